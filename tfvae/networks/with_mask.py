"""Any network, told which entries of x are there."""

from typing import Any

from keras import ops

from tfvae import arguments
from tfvae.component import Component, register
from tfvae.networks.conditional import takes_condition


@register
class WithMask(Component):
    """Passes x to a network with 0 in place of NaN, and as extra channels which entries are there.

    network(concat[x * mask, mask]),  mask = 1 where an entry is there, 0 where it is NaN

    The encoder of a model whose likelihood is `families.Observed`. Without the mask, a
    missing entry would look like one that is 0.

    Reference: Nazabal et al. (2020), Handling incomplete heterogeneous data using VAEs,
    arXiv 1807.03653, section 2, whose encoder sees zeros, too.

    Args:
        network: A Keras model whose input's last axis is twice as long as that of x. A
            network that takes a condition goes around this one: `Conditional(WithMask(...))`.

    Raises:
        ValueError: `network` can't be called, or takes a condition.

    >>> import tensorflow as tf
    >>> from tfvae.networks import linear
    >>> WithMask(linear((2 * 2,)))(tf.constant([[0.5, float("nan")]])).numpy().tolist()
    [[0.5, 0.0, 1.0, 0.0]]
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        if not callable(network):
            raise arguments.invalid("network", "a Keras model, such as networks.mlp_encoder((8, 8, 2))", network)
        if takes_condition(network):
            raise arguments.invalid(
                "network", "one without a condition, which goes around: networks.Conditional(WithMask(...))", network
            )
        self.network: Any = network

    def call(self, x, training=None):
        """Returns the network's features.

        Args:
            x: [B, ...], NaN where an entry is missing.
            training: As for every Keras layer.
        """
        x = ops.cast(x, self.compute_dtype)
        missing = ops.isnan(x)
        there = ops.cast(ops.logical_not(missing), self.compute_dtype)
        x = ops.where(missing, ops.zeros_like(x), x)
        return self.network(ops.concatenate([x, there], axis=-1), training=training)
