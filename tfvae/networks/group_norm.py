"""Normalisation over groups of channels, which sees one example at a time."""

import math
from typing import Any

import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component, register
from tfvae.networks.shapes import map_sizes


def groups(channels, group_size):
    """Returns the number of groups: the most that divide the channels and have `group_size` or more of them each.

    >>> groups(64, 16), groups(40, 16), groups(7, 16)
    (4, 2, 1)
    """
    most = max(channels // group_size, 1)
    return next(count for count in range(most, 0, -1) if channels % count == 0)


@register
class GroupNorm(Component):
    """Group normalisation of feature maps.

    y = gamma (x - mean) / sqrt(variance + epsilon) + beta,  mean and variance over a group's channels and all positions

    Each example is normalised by itself, in training as elsewhere, so nothing couples a batch or its replicas. The
    statistics are float32 or better, whatever the compute dtype and in a LiteRT file of 8 bits.

    Reference: Wu and He (2018), Group normalization, arXiv 1803.08494.

    Args:
        group_size: Least number of channels in a group, all of which have the same. Of maps with fewer, there is one.
        epsilon: Added to the variance.

    Raises:
        ValueError: It is called on what is no feature map.

    >>> GroupNorm()(tf.zeros([2, 8, 8, 40])).shape
    TensorShape([2, 8, 8, 40])
    """

    def __init__(self, group_size=16, epsilon=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.group_size = arguments.integer("group_size", group_size)
        self.epsilon = arguments.number("epsilon", epsilon, "a number > 0, such as 1e-5", minimum=1e-12)

    def build(self, input_shape):
        """Makes scale and offset for maps [B, height, width, C]."""
        height, width, channels = map_sizes("GroupNorm", input_shape)
        count = groups(channels, self.group_size)
        self._shape = (count, channels // count)
        self._numbers = height * width * channels // count
        self.gamma = self.add_weight(shape=(channels,), initializer="ones", name="gamma", autocast=False)
        self.beta = self.add_weight(shape=(channels,), initializer="zeros", name="beta", autocast=False)
        self.built = True

    def _by_channel(self, sums):
        """Returns the mean of each group at each of its channels, [B, 1, 1, C], of sums over positions, [B, C]."""
        in_groups = tf.reduce_sum(tf.reshape(sums, [-1, *self._shape]), -1, keepdims=True)
        means = in_groups / self._numbers * tf.ones(self._shape, sums.dtype)
        return tf.reshape(means, [-1, 1, 1, math.prod(self._shape)])

    def call(self, x):
        """Returns the normalised map, [B, height, width, C]."""

        def over_positions(x):
            # Sums, since an exporter to 8 bits takes means for pooling, and would round the statistics to 256 levels.
            return tf.reduce_sum(x, [1, 2])

        @tf.custom_gradient
        def normalised(x, gamma, beta):
            # The variance is that of x - mean: as E[x^2] - mean^2 it would lose its digits where the mean is large.
            centred = x - self._by_channel(over_positions(x))
            inverse = tf.math.rsqrt(self._by_channel(over_positions(tf.square(centred))) + self.epsilon)
            scale = inverse * gamma

            def gradient(upstream):
                # In closed form, which passes over the map less often than a tape over the lines above.
                sums, products = over_positions(upstream), over_positions(upstream * centred)
                common = inverse * self._by_channel(sums * gamma)
                along = inverse**3 * self._by_channel(products * gamma)
                by_gamma = tf.reduce_sum(products * tf.reshape(inverse, tf.shape(products)), 0)
                return upstream * scale - (centred * along + common), by_gamma, tf.reduce_sum(sums, 0)

            return centred * scale + beta, gradient

        wide = tf.cast(x, self.float_dtype)
        gamma, beta = (tf.cast(tf.convert_to_tensor(each), wide.dtype) for each in (self.gamma, self.beta))
        normal: Any = normalised(wide, gamma, beta)
        return tf.cast(normal, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Returns the shape of x."""
        return input_shape
