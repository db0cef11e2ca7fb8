"""The total correlation of the latents, by a critic."""

import math

import tensorflow as tf

from tfvae.component import register
from tfvae.terms import critics, draws
from tfvae.terms.term import Term, Weight


@register
class TotalCorrelation(Term):
    """KL(q(z) || prod_j q(z_j)): how far the latents of the aggregate posterior are from independent, in nats.

    value:        c(z),  z ~ q(z|x)
    critic_loss:  log(1 + exp(-c(z))) + log(1 + exp(c(z'))),  z'_j ~ q(z_j), each j by itself

    The critic c gives the logit by which it tells z from z', whose dimensions come from
    different examples. The best one's is log q(z) / prod_j q(z_j), whose mean is the
    total correlation. Beside a VAE's objective, with weight gamma, it is FactorVAE. The
    batch of z' is that of all replicas; a sample weight is the chance of an example to
    give a dimension.

    Reference: Kim and Mnih (2018), Disentangling by factorising, arXiv 1802.05983,
    equations 2 and 3, algorithm 2 (with z' from the same batch, drawn with repetition).

    Args:
        critic: Keras network, [B, D] -> [B, 1], D the number of latent dimensions, such
            as `networks.mlp_critic((16,))`. It runs as in inference: without dropout.
        weight: gamma.

    Raises:
        ValueError: `critic` is no Keras layer; when the model is made, it can't be called
            on z, or doesn't give one logit; in `fit`, batches of one example.

    >>> from tfvae import networks
    >>> TotalCorrelation(networks.mlp_critic((16,)), weight=10.0).critic.output_shape
    (None, 1)
    """

    couples_examples = True
    critic_of = "z"
    least_examples = 2

    def __init__(self, critic, weight: Weight = 1.0, **kwargs):
        super().__init__(weight=weight, **kwargs)
        self.critic = critics.network(critic, "networks.mlp_critic((16,))")

    def check(self, posterior, prior, likelihood):
        """Refuses a critic that can't be called on z as a vector, or gives several logits."""
        super().check(posterior, prior, likelihood)
        size = math.prod(posterior.event_shape)
        shape = critics.check(self.critic, (size,), "z", posterior.float_dtype)
        if math.prod(shape[1:]) != 1:
            expected = f"one logit for each z, as networks.mlp_critic(({size},)) gives"
            raise ValueError(f"The critic's output has the shape {shape}. Expected {expected}.")

    def value(self, inference):
        """Returns the critic's logit of each z, [B]."""
        return tf.reshape(critics.logits(self.critic, draws.first(inference)), [-1])

    def critic_loss(self, inference):
        """Returns the critic's cross-entropy for z and as many z', [B]."""
        z = tf.stop_gradient(draws.first(inference))
        mixed = _mixed(inference, z, inference.seed(self))
        own, others = (critics.logits(self.critic, each) for each in (z, mixed))
        return critics.mean(tf.nn.softplus(-own)) + critics.mean(tf.nn.softplus(others))


def _mixed(inference, z, seed):
    """Returns [B, D], each number that of an example drawn for it alone, by the weights of the whole batch."""
    weights = tf.cast(inference.whole_batch(inference.weights), z.dtype)
    return draws.each_by_itself(inference, z, tf.repeat(weights[:, tf.newaxis], z.shape[1], axis=1), seed)
