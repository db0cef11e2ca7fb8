"""Self-attention between the positions of a feature map."""

import math

import keras
import tensorflow as tf

from tfvae.component import Component, register
from tfvae.networks.group_norm import GroupNorm
from tfvae.networks.shapes import map_sizes

#: Scale of the last kernel of a residual branch, in place of 1: the branch adds little at first, and yet every weight
#: in it has a gradient, which 0 would stop.
BRANCH_SCALE = 0.02


@register
class SelfAttention(Component):
    """Adds to each position of a feature map what it looks up at all of them.

    y = x + W softmax(q k^T / sqrt(C)) v,  q, k and v linear in GroupNorm(x)

    The softmax is float32 or better. Its table has (height * width)^2 numbers for each example: it is for small maps.

    Reference: Vaswani et al. (2017), Attention is all you need, arXiv 1706.03762, equation 1.

    Raises:
        ValueError: It is called on what is no feature map.

    >>> SelfAttention()(tf.zeros([2, 4, 4, 8])).shape
    TensorShape([2, 4, 4, 8])
    """

    def build(self, input_shape):
        """Makes the kernels for maps [B, height, width, C]."""
        height, width, channels = map_sizes("SelfAttention", input_shape)
        self._positions = height * width
        self.norm = GroupNorm(dtype=self.dtype_policy)
        # Without biases: that of k would change no weight of the softmax, and have no gradient.
        self.query, self.key, self.value = (
            keras.layers.Dense(channels, use_bias=False, dtype=self.dtype_policy) for _ in range(3)
        )
        small = keras.initializers.VarianceScaling(BRANCH_SCALE, "fan_in", "truncated_normal")
        self.output_projection = keras.layers.Dense(channels, kernel_initializer=small, dtype=self.dtype_policy)
        for layer in (self.norm, self.query, self.key, self.value, self.output_projection):
            layer.build(input_shape)
        self.built = True

    def call(self, x):
        """Returns [B, height, width, C]."""
        x = tf.cast(x, self.compute_dtype)
        seen = tf.reshape(self.norm(x), [-1, self._positions, x.shape[-1]])
        scores = tf.matmul(self.query(seen), self.key(seen), transpose_b=True)
        scores = tf.cast(scores, self.float_dtype) / math.sqrt(x.shape[-1])
        weights = tf.cast(tf.nn.softmax(scores), self.compute_dtype)
        found = self.output_projection(tf.matmul(weights, self.value(seen)))
        return x + tf.reshape(found, [-1, *x.shape[1:]])

    def compute_output_shape(self, input_shape):
        """Returns the shape of x."""
        return input_shape
