"""Normalisation over groups of channels, which sees one example at a time."""

import math

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

    def _mean(self, x):
        """Returns the mean of each group, [B, groups, 1], of [B, height, width, C]."""
        # Sums, since an exporter to 8 bits takes means for pooling, and would round the statistics to 256 levels.
        sums = tf.reshape(tf.reduce_sum(x, [1, 2]), [-1, *self._shape])
        return tf.reduce_sum(sums, -1, keepdims=True) / self._numbers

    def _by_channel(self, x):
        return tf.reshape(x, [-1, 1, 1, math.prod(self._shape)])

    def call(self, x):
        """Returns the normalised map, [B, height, width, C]."""
        wide = tf.cast(x, self.float_dtype)
        gamma, beta = (tf.cast(tf.convert_to_tensor(each), wide.dtype) for each in (self.gamma, self.beta))
        # The variance is that of x - mean: as E[x^2] - mean^2 it would lose its digits where the mean is large.
        centred = wide - self._by_channel(self._mean(wide) * tf.ones(self._shape, wide.dtype))
        variance = self._mean(tf.square(centred))
        scale = tf.math.rsqrt(variance + self.epsilon) * tf.reshape(gamma, self._shape)
        return tf.cast(centred * self._by_channel(scale) + beta, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Returns the shape of x."""
        return input_shape
