"""The term that has a critic tell latents from draws of the prior."""

import math

import tensorflow as tf

from tfvae.component import register
from tfvae.terms import critics, draws
from tfvae.terms.term import Term, Weight


@register
class LatentAdversarial(Term):
    """What the latents lack to pass for draws of the prior, as a critic sees them.

    value:        misled(c(z)),  z ~ q(z|x)
    critic_loss:  real(c(y)) + made(c(z)),  y ~ p(z)

    The critic c gives the logit by which it tells draws of the prior from those of the aggregate posterior q(z), and
    the encoder learns to mislead it. In the default game the best critic's is log p(z) / q(z), of which both are
    functions alone. It needs no density: beside a likelihood it makes an adversarial autoencoder, or, with a
    `families.Deterministic` posterior, a WAE-GAN (weight lambda). A draw of the prior weighs what
    its example weighs. A prior that is learned learns nothing of it.

    Reference: Makhzani et al. (2015), Adversarial autoencoders, arXiv 1511.05644, section 2; Tolstikhin et al. (2018),
    Wasserstein auto-encoders, arXiv 1711.01558, algorithm 1.

    Args:
        critic: Keras network, [B, D] -> logits [B, ...], D the number of latent dimensions, such as
            `networks.mlp_critic((16,))`. It runs as in inference: without dropout.
        weight: Nats for each unit of the game.
        game: What each of the two descends, such as `games.Hinge()`; None is `games.NonSaturating()`.

    Raises:
        ValueError: `critic` is no Keras layer, or `game` no game; when the model is made, the critic can't be called on
            z.

    >>> from tfvae import networks
    >>> LatentAdversarial(networks.mlp_critic((16,)), weight=10.0).critic.output_shape
    (None, 1)
    """

    critic_of = "z"

    def __init__(self, critic, weight: Weight = 1.0, game=None, **kwargs):
        super().__init__(weight=weight, **kwargs)
        self.critic = critics.network(critic, "networks.mlp_critic((16,))")
        self.game = critics.game(game)

    def check(self, posterior, prior, likelihood):
        """Refuses a critic that can't be called on z as a vector."""
        super().check(posterior, prior, likelihood)
        critics.check(self.critic, (math.prod(posterior.event_shape),), "z", posterior.float_dtype)

    def value(self, inference):
        """Returns how surely the critic knows each z, [B]."""
        return critics.mean(self.game.misled(critics.logits(self.critic, draws.first(inference))))

    def critic_loss(self, inference):
        """Returns the critic's loss for z and a draw of the prior, [B]."""
        points = [tf.stop_gradient(each[0]) for each in draws.pair(self, inference)]
        made, real = (critics.logits(self.critic, each) for each in points)
        return critics.mean(self.game.made(made)) + critics.mean(self.game.real(real))
