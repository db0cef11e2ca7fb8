"""The term that has a critic judge what the model makes."""

import tensorflow as tf

from tfvae.component import register
from tfvae.terms import critics
from tfvae.terms.term import Term, Weight


@register
class Adversarial(Term):
    """What the model's pictures lack to pass for data, as a critic sees them.

    value:        E misled(c(x'))
    critic_loss:  real(c(x)) + E made(c(x'))

    x' is the mean of p(x|z), z ~ q(z|x), and with `of_samples` also z ~ p(z); E is the mean over the two. The critic c
    gives logits, as many as it likes, over which all are means. It learns to tell x from x', and the model to mislead
    it. Beside a likelihood it sharpens what that leaves blurred, as in the VAE-GAN of Larsen et al. (2016), arXiv
    1512.09300. A schedule of the weight has the critic learn first; `terms.Balanced` spares one the search for a
    weight. `terms.PerNetwork(generative=Adversarial(...))` leaves the encoder out of the game.

    Args:
        critic: Keras network, [B, *event_shape] -> logits [B, ...], such as `networks.patch_critic((28, 28, 1))`. It
            runs as in inference: without dropout.
        weight: Nats for each unit of the game.
        game: What each of the two descends, such as `games.Hinge()`; None is `games.NonSaturating()`.
        of_samples: Whether the critic also sees decoded draws of the prior, one for each example. Then what `sample`
            returns is trained, and not just what `reconstruct` does. The decoder runs twice.

    Raises:
        ValueError: `critic` is no Keras layer, or `game` no game; when the model is made, the critic can't be called on
            x.

    >>> from tfvae import networks
    >>> Adversarial(networks.patch_critic((28, 28, 1)), weight=10.0).critic.output_shape
    (None, 7, 7, 1)
    """

    critic_of = "x"

    def __init__(self, critic, weight: Weight = 1.0, game=None, of_samples=False, **kwargs):
        super().__init__(weight=weight, **kwargs)
        self.critic = critics.network(critic, "networks.patch_critic((28, 28, 1))")
        self.game = critics.game(game)
        self.of_samples = of_samples

    def check(self, posterior, prior, likelihood):
        """Refuses a critic that can't be called on x."""
        super().check(posterior, prior, likelihood)
        critics.check(self.critic, likelihood.event_shape, "x", likelihood.float_dtype)

    def value(self, inference):
        """Returns how surely the critic knows what the model made, [B]."""
        return self._mean(self.game.misled, self._made(inference))

    def critic_loss(self, inference):
        """Returns the critic's loss for x and what the model made, [B]."""
        made = [tf.stop_gradient(each) for each in self._made(inference)]
        return self._mean(self.game.made, made) + self._mean(self.game.real, [inference.x])

    def _made(self, inference):
        return [inference.reconstruction[0], *([inference.generated(self)] if self.of_samples else [])]

    def _mean(self, loss, several):
        """Returns the mean of a loss over the logits of each example, and over several events of it, [B]."""
        return sum(critics.mean(loss(critics.logits(self.critic, each))) for each in several) / len(several)
