"""Convolutional networks."""

import math
from collections.abc import Callable

import keras

from tfvae import arguments
from tfvae.component import shape_tuple
from tfvae.networks.enlarging import layer_class
from tfvae.networks.shapes import sizes, strided_shape, strides_of


def conv_encoder(input_shape, filters=(32, 64), strides=None, kernel_size=3, activation: str | Callable = "relu"):
    """Returns x -> flat features through strided convolutions.

    Args:
        input_shape: (height, width, channels) of one image.
        filters: Channels of each convolution.
        strides: Stride of each, 2 by default; their product divides height and width.
        kernel_size: Side of the kernels.
        activation: Any Keras activation.

    Returns:
        A `keras.Sequential`, [B, *input_shape] -> [B, F].

    Raises:
        ValueError: The strides don't divide the image.

    >>> conv_encoder((28, 28, 1)).output_shape
    (None, 3136)
    """
    input_shape = shape_tuple("input_shape", input_shape)
    filters = sizes("filters", filters)
    strides = strides_of(strides, filters)
    strided_shape("input_shape", input_shape, strides)
    if len(input_shape) != 3:
        raise arguments.invalid("input_shape", "(height, width, channels), such as (28, 28, 1)", input_shape)
    kernel_size = arguments.integer("kernel_size", kernel_size)
    convolutions = [
        keras.layers.Conv2D(channels, kernel_size, strides=stride, padding="same", activation=activation)
        for channels, stride in zip(filters, strides, strict=True)
    ]
    return keras.Sequential([keras.Input(input_shape), *convolutions, keras.layers.Flatten()])


def conv_decoder(
    latent_shape,
    image_shape,
    filters=(64, 32),
    strides=None,
    kernel_size=3,
    activation: str | Callable = "relu",
    enlarge=keras.layers.Conv2DTranspose,
):
    """Returns z -> a feature map of the image's size through convolutions that enlarge it.

    A dense layer maps z to a small feature map, each convolution enlarges it by its
    stride, and the likelihood's head, a 1x1 convolution, produces the parameters of
    each pixel. Every operation is a LiteRT built-in.

    Args:
        latent_shape: Shape of one z.
        image_shape: (height, width) of the image; channels are the likelihood's.
        filters: Channels of each convolution.
        strides: Stride of each, 2 by default; their product divides height and width.
        kernel_size: Side of the kernels.
        activation: Any Keras activation.
        enlarge: Class of the convolutions: `keras.layers.Conv2DTranspose`, `ResizeConv2D`,
            `SubPixelConv2D`, or another layer with the same arguments. docs/mobile.md compares them: the default is the
            fastest, in training and on a phone.

    Returns:
        A `keras.Sequential`, [B, *latent_shape] -> [B, height, width, filters[-1]].

    Raises:
        ValueError: The strides don't divide the image, or `enlarge` is not a layer class.

    >>> conv_decoder((16,), (28, 28)).output_shape
    (None, 28, 28, 32)
    """
    latent_shape = shape_tuple("latent_shape", latent_shape)
    image_shape = shape_tuple("image_shape", image_shape)
    filters = sizes("filters", filters)
    strides = strides_of(strides, filters)
    kernel_size = arguments.integer("kernel_size", kernel_size)
    seed_map = (*strided_shape("image_shape", image_shape, strides), filters[0])
    layer = layer_class(enlarge)
    convolutions = [
        layer(channels, kernel_size, strides=stride, padding="same", activation=activation)
        for channels, stride in zip(filters, strides, strict=True)
    ]
    return keras.Sequential(
        [
            keras.Input(latent_shape),
            keras.layers.Flatten(),
            keras.layers.Dense(math.prod(seed_map), activation=activation),
            keras.layers.Reshape(seed_map),
            *convolutions,
        ]
    )
