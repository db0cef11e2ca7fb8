"""Two convolutions beside a way around them."""

from collections.abc import Callable

import keras
import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component, register
from tfvae.networks import activations
from tfvae.networks.attention import BRANCH_SCALE
from tfvae.networks.group_norm import GroupNorm
from tfvae.networks.shapes import map_sizes


@register
class ResidualBlock(Component):
    """A residual block of two convolutions, each after a normalisation and an activation.

    y = skip(x) + conv(act(norm(conv(act(norm(x))))))

    The skip is x itself, or a 1x1 convolution where the number of channels changes. The last kernel starts small, so
    a deep stack of blocks starts near to none.

    Reference: He et al. (2016), Identity mappings in deep residual networks, arXiv 1603.05027.

    Args:
        filters: Channels of the result.
        kernel_size: Side of the kernels.
        activation: Any Keras activation.

    Raises:
        ValueError: It is called on what is no feature map.

    >>> ResidualBlock(16)(tf.zeros([2, 8, 8, 4])).shape
    TensorShape([2, 8, 8, 16])
    """

    def __init__(self, filters, kernel_size=3, activation: str | Callable = "silu", **kwargs):
        super().__init__(**kwargs)
        self.filters = arguments.integer("filters", filters)
        self.kernel_size = arguments.integer("kernel_size", kernel_size)
        self.activation = activation
        self._activate = activations.get(activation)

    def build(self, input_shape):
        """Makes the kernels for maps [B, height, width, C]."""
        *_, channels = map_sizes("ResidualBlock", input_shape)
        small = keras.initializers.VarianceScaling(BRANCH_SCALE, "fan_in", "truncated_normal")
        self.norms = [GroupNorm(dtype=self.dtype_policy) for _ in range(2)]
        self.convolutions = [self._convolution(self.kernel_size, initial) for initial in ("he_normal", small)]
        inner = (*input_shape[:-1], self.filters)
        for shape, norm, convolution in zip((input_shape, inner), self.norms, self.convolutions, strict=True):
            norm.build(shape)
            convolution.build(shape)
        self.skip = None
        if channels != self.filters:
            self.skip = self._convolution(1, "lecun_normal")
            self.skip.build(input_shape)
        self.built = True

    def _convolution(self, kernel_size, initializer):
        return keras.layers.Conv2D(
            self.filters, kernel_size, padding="same", kernel_initializer=initializer, dtype=self.dtype_policy
        )

    def call(self, x):
        """Returns [B, height, width, filters]."""
        x = tf.cast(x, self.compute_dtype)
        around = x if self.skip is None else self.skip(x)
        for norm, convolution in zip(self.norms, self.convolutions, strict=True):
            x = convolution(self._activate(norm(x)))
        return around + x

    def compute_output_shape(self, input_shape):
        """Returns [B, height, width, filters]."""
        return (*input_shape[:-1], self.filters)
