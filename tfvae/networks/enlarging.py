"""Convolutions that enlarge a feature map, with the arguments of Keras's transposed convolutions."""

import inspect
from typing import Any

import keras
import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component, register


def layer_class(enlarge) -> Any:
    """Returns `enlarge`, an argument that is a class of layers.

    Raises:
        ValueError: It is something else.
    """
    if not inspect.isclass(enlarge) or not issubclass(enlarge, keras.layers.Layer):
        classes = "a class of layers, such as keras.layers.Conv2DTranspose or networks.SubPixelConv2D"
        raise arguments.invalid("enlarge", classes, enlarge)
    return enlarge


class _Enlarging(Component):
    """A convolution, with an enlargement of the map before or after it."""

    def __init__(
        self,
        filters,
        kernel_size,
        strides=2,
        padding="same",
        activation=None,
        kernel_initializer="glorot_uniform",
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.filters = arguments.integer("filters", filters)
        self.kernel_size = arguments.integer("kernel_size", kernel_size)
        self.strides = arguments.integer("strides", strides)
        if padding != "same":
            raise arguments.invalid("padding", "'same': the map grows by `strides` exactly", padding)
        self.padding = padding
        self.activation = activation
        self.kernel_initializer = kernel_initializer
        self.convolution = keras.layers.Conv2D(
            self._channels(),
            kernel_size,
            padding=padding,
            activation=activation,
            kernel_initializer=kernel_initializer,
            dtype=self.dtype_policy,
        )

    def _channels(self):
        return self.filters

    def build(self, input_shape):
        """Makes the kernel for maps [B, height, width, C]."""
        self.convolution.build(input_shape)
        self.built = True

    def compute_output_shape(self, input_shape):
        """Returns [B, strides * height, strides * width, filters]."""
        batch, height, width, _ = input_shape
        sides = (side and side * self.strides for side in (height, width))
        return (batch, *sides, self.filters)


@register
class ResizeConv2D(_Enlarging):
    """Repeats every pixel `strides` times in both directions, then applies a convolution.

    It avoids the checkerboard artifacts of unevenly overlapping kernels, but takes
    strides^2 times the multiplications of a transposed convolution with this kernel, on
    the large map.

    Args:
        filters: Channels of the result.
        kernel_size: Side of the kernel.
        strides: Factor by which height and width grow.
        padding: "same".
        activation: Any Keras activation.
        kernel_initializer: Any Keras initializer.

    Reference: Odena, Dumoulin and Olah (2016), Deconvolution and checkerboard
    artifacts, Distill, doi 10.23915/distill.00003.

    >>> ResizeConv2D(8, 3)(tf.zeros([1, 7, 7, 4])).shape
    TensorShape([1, 14, 14, 8])
    """

    def call(self, x):
        """Returns the enlarged map."""
        if self.strides > 1:
            size = (self.strides * x.shape[1], self.strides * x.shape[2])
            x = keras.ops.image.resize(x, size, interpolation="nearest", data_format="channels_last")
        return self.convolution(x)


@register
class SubPixelConv2D(_Enlarging):
    """A convolution to `strides`^2 times the channels, which then become pixels.

    y[s i + a, s j + b, c] = (W * x)[i, j, (s a + b) filters + c],  s = strides

    It has as many multiplications and weights as a transposed convolution whose kernel
    has the side kernel_size * strides, all on the small map.

    Args:
        filters: Channels of the result.
        kernel_size: Side of the kernel.
        strides: Factor by which height and width grow.
        padding: "same".
        activation: Any Keras activation.
        kernel_initializer: Any Keras initializer.

    Reference: Shi et al. (2016), Real-time single image and video super-resolution
    using an efficient sub-pixel convolutional neural network, arXiv 1609.05158,
    equation 4.

    >>> SubPixelConv2D(8, 3)(tf.zeros([1, 7, 7, 4])).shape
    TensorShape([1, 14, 14, 8])
    """

    def _channels(self):
        return self.filters * self.strides**2

    def call(self, x):
        """Returns the enlarged map."""
        x = self.convolution(x)
        return tf.nn.depth_to_space(x, self.strides) if self.strides > 1 else x
