"""One network for each member of a group."""

from typing import Any

from keras import ops

from tfvae import arguments
from tfvae.component import Component, register
from tfvae.networks.conditional import takes_condition


@register
class Each(Component):
    """Calls one network on each member of a group, such as the two pictures of a pair or the latents of each.

    [B, G, ...] -> [B, G, ...], the members on the axis after the batch

    A family of events (G, D) makes parameters of its features (G, F) by one dense layer for all members, so encoder and
    posterior of a pair are those of one picture. A likelihood of pictures (G, H, W, C) takes maps (G, H, W, F), as
    `Each(networks.conv_decoder((10,), (64, 64)))` gives.

    Args:
        network: A Keras model of one member. It takes no condition.

    Raises:
        ValueError: `network` can't be called, or takes a condition.

    >>> import tensorflow as tf
    >>> from tfvae.networks import mlp_encoder
    >>> Each(mlp_encoder((8, 8, 1), (16,)))(tf.zeros([5, 2, 8, 8, 1])).shape
    TensorShape([5, 2, 16])
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        if not callable(network) or takes_condition(network):
            example = "a Keras model without a condition, such as networks.mlp_encoder((8, 8, 1))"
            raise arguments.invalid("network", example, network)
        self.network: Any = network

    def call(self, x, training=None):
        """Returns the network's features of each member.

        Args:
            x: [B, G, ...].
            training: As for every Keras layer.
        """
        members = x.shape[1]
        features = self.network(ops.reshape(x, [-1, *x.shape[2:]]), training=training)
        return ops.reshape(features, [-1, members, *features.shape[1:]])
