"""Any network of the logarithms of counts."""

from typing import Any

from keras import ops

from tfvae import arguments
from tfvae.component import Component, register
from tfvae.networks.conditional import takes_condition


def unconditional(holder, network):
    """Returns `network`, refusing what can't be called or takes a condition.

    Args:
        holder: Name of the class around it, for the error.
        network: Any value.

    Raises:
        ValueError: It is neither.
    """
    if not callable(network):
        raise arguments.invalid("network", "a Keras model, such as networks.mlp_encoder((2000,))", network)
    if takes_condition(network):
        expected = f"one without a condition, which goes around: networks.Conditional({holder}(...))"
        raise arguments.invalid("network", expected, network)
    return network


@register
class LogCounts(Component):
    """Passes log(1 + x) to a network.

    network(log(1 + x)),  x >= 0

    Counts of genes or words span five powers of ten, and a dense layer of them would begin with features, and a KL, as
    large as the largest. The likelihood sees the counts themselves.

    Reference: Lopez et al. (2018), Deep generative modeling for single-cell transcriptomics, Nature Methods 15.

    Args:
        network: A Keras model whose input has x's shape. A network that takes a condition goes around this one.

    Raises:
        ValueError: `network` can't be called, or takes a condition.

    >>> import tensorflow as tf
    >>> from tfvae.networks import linear
    >>> LogCounts(linear((2,)))(tf.constant([[0.0, 99_999.0]])).numpy().round().tolist()
    [[0.0, 12.0]]
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        self.network: Any = unconditional("LogCounts", network)

    def call(self, x, training=None):
        """Returns the network's features.

        Args:
            x: [B, ...] counts.
            training: As for every Keras layer.
        """
        # In float32 or above: a count of 70,000 is infinite in float16.
        x = ops.log1p(ops.cast(x, self.float_dtype))
        return self.network(ops.cast(x, self.compute_dtype), training=training)
