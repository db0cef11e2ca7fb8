"""Any network of vectors that are divided by their length."""

from typing import Any

from keras import ops

from tfvae.component import Component, register
from tfvae.networks.log_counts import unconditional


@register
class UnitLength(Component):
    """Passes x / |x| to a network, |x| the Euclidean length of the whole event; 0 where x is 0.

    network(x / |x|)

    Who bought much and who bought little look alike if they bought the same things. The likelihood sees x itself.

    Reference: Liang et al. (2018), Variational autoencoders for collaborative filtering, arXiv 1802.05814, section 4.3.

    Args:
        network: A Keras model whose input has x's shape. A network that takes a condition goes around this one.

    Raises:
        ValueError: `network` can't be called, or takes a condition.

    >>> import tensorflow as tf
    >>> from tfvae.networks import linear
    >>> (5 * UnitLength(linear((2,)))(tf.constant([[3.0, 4.0], [0.0, 0.0]]))).numpy().round(2).tolist()
    [[3.0, 4.0], [0.0, 0.0]]
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network: Any = unconditional("UnitLength", network)

    def call(self, x, training=None):
        """Returns the network's features.

        Args:
            x: [B, ...].
            training: As for every Keras layer.
        """
        x = ops.cast(x, self.float_dtype)
        squares = ops.sum(ops.square(x), axis=tuple(range(1, len(x.shape))), keepdims=True)
        # The root of 0 has no finite gradient.
        x = x * ops.where(squares > 0, ops.rsqrt(ops.where(squares > 0, squares, 1.0)), 0.0)
        return self.network(ops.cast(x, self.compute_dtype), training=training)
