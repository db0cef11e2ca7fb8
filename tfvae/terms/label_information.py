"""What latents say of the factors of others, by a critic."""

import math

import tensorflow as tf

from tfvae.component import register
from tfvae.terms import critics, draws, factors
from tfvae.terms.term import Term, Weight


@register
class LabelInformation(Term):
    """sum_{k != l} I(m_k; y_l): what the mean of each latent says of the factors that are not its own, in nats.

    I(m; y) >= E[c(m, y)] - log E[e^{c(m, y')}],  y' ~ p(y) by itself

    m is the mean of q(z|x), and factor l the own one of latent l, if any. The critic c, one network that is told which
    latent and which factor it sees, raises the bound, and the model lowers it: what is left in latent k is factor k.
    The best critic is log p(m, y) / (p(m) p(y)), for which both sides are equal; one that lags says too little. Each
    expectation is that of the batch's labelled examples; the logarithm of a mean over B of them is too low, and so the
    estimate too high, by Var[e^c] / (2 B E[e^c]^2).

    Labels are the condition, as for `terms.FactorLabels`: -1 where unknown. Beside that term it keeps factors apart, by
    itself it leaves open whether latent k holds factor k.

    Reference: Belghazi et al. (2018), Mutual information neural estimation, arXiv 1801.04062.

    Args:
        critic: Keras network, [B, 2 + D + F] -> [B, 1], for D latents and F factors: m_k, y_l in [0, 1], and which k
            and l they are of, one-hot. Such as `networks.mlp_critic((2 + 10 + 5,))`.
        num_values: How many values each factor takes.
        weight: As for every term.

    Raises:
        ValueError: `critic` is no Keras layer, or `num_values` no numbers of values; when the model is made, it can't
            be called on such vectors, or doesn't give one logit; in `fit`, batches of one example.

    >>> from tfvae import networks
    >>> LabelInformation(networks.mlp_critic((2 + 10 + 5,)), (3, 6, 12, 12, 12)).condition_shape
    (5,)
    """

    couples_examples = True
    critic_of = "z and y"
    least_examples = 2

    def __init__(self, critic, num_values, weight: Weight = 1.0, **kwargs):
        super().__init__(weight=weight, **kwargs)
        self.critic = critics.network(critic, "networks.mlp_critic((2 + 10 + 5,))")
        self.num_values = factors.num_values(num_values)
        self.condition_shape = (len(self.num_values),)

    def check(self, posterior, prior, likelihood):
        """Refuses a critic that can't be called on a latent and a label, or gives several logits."""
        super().check(posterior, prior, likelihood)
        size = 2 + math.prod(posterior.by_level()[0].event_shape) + len(self.num_values)
        shape = critics.check(self.critic, (size,), "z and y", posterior.float_dtype)
        if math.prod(shape[1:]) != 1:
            expected = f"one logit, as networks.mlp_critic(({size},)) gives"
            raise ValueError(f"The critic's output has the shape {shape}. Expected {expected}.")

    def value(self, inference):
        """Returns [B], whose weighted mean is the bound."""
        return self._bound(inference, lambda mean: mean)

    def critic_loss(self, inference):
        """Returns [B], minus the bound."""
        return -self._bound(inference, tf.stop_gradient)

    def _bound(self, inference, seen):
        if inference.condition is None:
            return tf.zeros_like(inference.weights)
        means, labels, known = factors.labelled(inference, self.num_values)
        mean, known = seen(means), tf.cast(known, means.dtype)
        weights = tf.cast(inference.weights, mean.dtype)[:, tf.newaxis] * known
        every = inference.whole_batch(weights)
        total = tf.reduce_sum(every, axis=0)  # [F], the share of examples with a label
        mixed = draws.each_by_itself(inference, labels, every, inference.seed(self))
        own = self._logits(mean, labels)  # [B, D, F]
        other = inference.whole_batch(self._logits(mean, mixed))
        shares = tf.math.divide_no_nan(every, total)
        # A weight of 0 is a logarithm of -inf: left out of the sum, and of its gradient.
        weighted = other + tf.where(shares > 0, tf.math.log(tf.maximum(shares, 1e-37)), -1e9)[:, tf.newaxis]
        above = tf.where(total > 0, tf.reduce_logsumexp(weighted, axis=0), 0.0)  # [D, F]
        others = 1.0 - tf.eye(mean.shape[1], labels.shape[1], dtype=mean.dtype)
        scale = tf.math.divide_no_nan(known, total)  # [B, F]
        return tf.reduce_sum(others * (own * scale[:, tf.newaxis] - above), axis=[1, 2])

    def _logits(self, mean, labels):
        """Returns the critic's logit for each latent and factor, [B, D, F]."""
        count, latents, number = tf.shape(mean)[0], mean.shape[1], len(self.num_values)
        grid = [count, latents, number, 1]
        which = [
            tf.broadcast_to(tf.eye(latents, dtype=mean.dtype)[:, tf.newaxis], [count, latents, number, latents]),
            tf.broadcast_to(tf.eye(number, dtype=mean.dtype), [count, latents, number, number]),
        ]
        numbers = [tf.broadcast_to(mean[:, :, tf.newaxis, tf.newaxis], grid)]
        numbers += [tf.broadcast_to(labels[:, tf.newaxis, :, tf.newaxis], grid)]
        flat = tf.reshape(tf.concat([*numbers, *which], axis=-1), [-1, 2 + latents + number])
        return tf.reshape(critics.logits(self.critic, flat), [count, latents, number])
