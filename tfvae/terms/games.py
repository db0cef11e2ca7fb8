"""Games of a critic and what it judges: what each descends, given the critic's logits."""

import abc
from typing import Any

import tensorflow as tf

from tfvae.component import Component, register

__all__ = ["Game", "Hinge", "NonSaturating"]


class Game(Component, abc.ABC):
    """What a critic and a model descend, elementwise in the critic's logits.

    Args:
        **kwargs: `name` and `dtype` of a Keras layer.
    """

    @abc.abstractmethod
    def real(self, logits) -> Any:
        """Returns what the critic descends for data."""

    @abc.abstractmethod
    def made(self, logits) -> Any:
        """Returns what the critic descends for what the model made."""

    @abc.abstractmethod
    def misled(self, logits) -> Any:
        """Returns what the model descends for what it made."""


@register
class NonSaturating(Game):
    """Cross-entropy; the model descends that of the wrong label, so that a sure critic still teaches it.

    real: log(1 + exp(-c)),  made: log(1 + exp(c)),  misled: log(1 + exp(-c))

    Reference: Goodfellow et al. (2014), Generative adversarial networks, arXiv 1406.2661, section 3.

    >>> NonSaturating().misled(tf.zeros([1])).numpy().round(3)
    array([0.693], dtype=float32)
    """

    def real(self, logits):
        """Returns log(1 + exp(-c))."""
        return tf.nn.softplus(-logits)

    def made(self, logits):
        """Returns log(1 + exp(c))."""
        return tf.nn.softplus(logits)

    def misled(self, logits):
        """Returns log(1 + exp(-c))."""
        return tf.nn.softplus(-logits)


@register
class Hinge(Game):
    """Hinges for the critic, which leaves alone what it is sure of; the model descends the logit itself.

    real: max(0, 1 - c),  made: max(0, 1 + c),  misled: -c

    Reference: Lim and Ye (2017), Geometric GAN, arXiv 1705.02894; of autoencoders Rombach et al. (2022), arXiv
    2112.10752.

    >>> Hinge().made(tf.constant([-2.0, 0.5])).numpy()
    array([0. , 1.5], dtype=float32)
    """

    def real(self, logits):
        """Returns max(0, 1 - c)."""
        return tf.nn.relu(1 - logits)

    def made(self, logits):
        """Returns max(0, 1 + c)."""
        return tf.nn.relu(1 + logits)

    def misled(self, logits):
        """Returns -c."""
        return -logits
