"""The term that has a critic judge the reconstructions."""

import tensorflow as tf

from tfvae.component import register
from tfvae.terms import critics
from tfvae.terms.term import Term, Weight


@register
class Adversarial(Term):
    """What the reconstructions lack to pass for data, as a critic sees them.

    value:        log(1 + exp(-c(x'))),  x' = the mean of p(x|z), z ~ q(z|x)
    critic_loss:  log(1 + exp(-c(x))) + log(1 + exp(c(x')))

    The critic c gives logits, as many as it likes; over these it is a mean. It learns to tell x from x', and decoder
    and encoder to mislead it: the non-saturating game of Goodfellow et al. (2014), arXiv 1406.2661, section 3. Beside a
    likelihood it sharpens what that leaves blurred, as in the VAE-GAN of Larsen et al. (2016), arXiv 1512.09300. A
    schedule of the weight has the critic learn first.

    Args:
        critic: Keras network, [B, *event_shape] -> logits [B, ...], such as `networks.patch_critic((28, 28, 1))`. It
            runs as in inference: without dropout.
        weight: Nats for each nat of the game.

    Raises:
        ValueError: `critic` is no Keras layer; when the model is made, it can't be called on x.

    >>> from tfvae import networks
    >>> Adversarial(networks.patch_critic((28, 28, 1)), weight=10.0).critic.output_shape
    (None, 7, 7, 1)
    """

    def __init__(self, critic, weight: Weight = 1.0, **kwargs):
        super().__init__(weight=weight, **kwargs)
        self.critic = critics.network(critic, "networks.patch_critic((28, 28, 1))")

    def check(self, posterior, prior, likelihood):
        """Refuses a critic that can't be called on x."""
        super().check(posterior, prior, likelihood)
        critics.check(self.critic, likelihood.event_shape, "x", likelihood.float_dtype)

    def value(self, inference):
        """Returns how surely the critic knows the reconstructions for what they are, [B]."""
        return critics.loss(self.critic, inference.reconstruction[0], 1.0)

    def critic_loss(self, inference):
        """Returns the critic's cross-entropy for x and the reconstructions, [B]."""
        made = critics.loss(self.critic, tf.stop_gradient(inference.reconstruction[0]), 0.0)
        return made + critics.loss(self.critic, inference.x, 1.0)
