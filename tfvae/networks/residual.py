"""Residual networks for pictures."""

import math
from collections.abc import Callable

import keras

from tfvae import arguments
from tfvae.component import shape_tuple
from tfvae.networks import activations
from tfvae.networks.attention import SelfAttention
from tfvae.networks.enlarging import layer_class
from tfvae.networks.residual_block import ResidualBlock
from tfvae.networks.shapes import sizes, strided_shape, strides_of


def _kernel(stride):
    """Returns the side of a kernel that leaves out no pixel."""
    return max(3, stride)


def _attention(attention, smallest):
    if attention and smallest == (1, 1):
        raise ValueError(
            "Invalid value for argument `attention`. Expected False where the smallest map is 1x1, as attention is "
            "between positions. Give fewer `filters`, or smaller `strides`. Received: attention=True"
        )
    return [SelfAttention()] if attention else []


def residual_encoder(
    input_shape,
    filters=(16, 32, 64),
    blocks=1,
    strides=None,
    attention=False,
    activation: str | Callable = "silu",
    flatten=True,
):
    """Returns x -> features through residual blocks, for pictures of 32x32 to 256x256.

    Each stage is a strided convolution followed by blocks (`ResidualBlock`). The first one shrinks the picture before
    any block sees it, as blocks at full size would take most of the time.

    Args:
        input_shape: (height, width, channels) of one image.
        filters: Channels of each stage. Multiples of 16 are the fastest.
        blocks: Blocks of each stage.
        strides: Stride of each stage, 2 by default; their product divides height and width.
        attention: Whether `SelfAttention` follows the last stage.
        activation: Any Keras activation.
        flatten: Whether the features are a vector. Otherwise they are the smallest map, for a posterior over maps,
            such as `families.Normal((8, 8, 4))`.

    Returns:
        A `keras.Sequential`, [B, *input_shape] -> [B, F], or [B, h, w, filters[-1]].

    Raises:
        ValueError: The strides don't divide the image.

    >>> residual_encoder((64, 64, 3)).output_shape
    (None, 4096)
    >>> residual_encoder((64, 64, 3), flatten=False).output_shape
    (None, 8, 8, 64)
    """
    input_shape = shape_tuple("input_shape", input_shape)
    filters = sizes("filters", filters)
    strides = strides_of(strides, filters)
    smallest = strided_shape("input_shape", input_shape, strides)
    if len(input_shape) != 3:
        raise arguments.invalid("input_shape", "(height, width, channels), such as (64, 64, 3)", input_shape)
    blocks = arguments.integer("blocks", blocks)
    layers = []
    for channels, stride in zip(filters, strides, strict=True):
        options = {"strides": stride, "padding": "same", "kernel_initializer": "lecun_normal"}
        layers.append(keras.layers.Conv2D(channels, _kernel(stride), **options))
        layers += [ResidualBlock(channels, activation=activation) for _ in range(blocks)]
    layers += [*_attention(attention, smallest), keras.layers.Activation(activations.get(activation))]
    return keras.Sequential([keras.Input(input_shape), *layers, *([keras.layers.Flatten()] if flatten else [])])


def residual_decoder(
    latent_shape,
    image_shape,
    filters=(64, 32, 16),
    blocks=1,
    strides=None,
    attention=False,
    activation: str | Callable = "silu",
    enlarge=keras.layers.Conv2DTranspose,
):
    """Returns z -> a feature map of the image's size through residual blocks, for pictures of 32x32 to 256x256.

    Each stage is blocks (`ResidualBlock`) followed by a convolution that enlarges the map, so that no block works at
    full size. Every operation is a LiteRT built-in.

    Args:
        latent_shape: Shape of one z: a vector's, which a dense layer maps to the smallest map, or that of the smallest
            map itself, (h, w, c).
        image_shape: (height, width) of the image; channels are the likelihood's.
        filters: Channels of each stage. Multiples of 16 are the fastest.
        blocks: Blocks of each stage.
        strides: Factor by which each stage enlarges, 2 by default; their product divides height and width.
        attention: Whether `SelfAttention` comes before the first stage.
        activation: Any Keras activation.
        enlarge: Class of the convolutions that enlarge: `keras.layers.Conv2DTranspose`, `ResizeConv2D`,
            `SubPixelConv2D`, or another layer with the same arguments.

    Returns:
        A `keras.Sequential`, [B, *latent_shape] -> [B, height, width, filters[-1]].

    Raises:
        ValueError: The strides don't divide the image, `latent_shape` is another map than the smallest, or `enlarge`
            is not a layer class.

    >>> residual_decoder((128,), (64, 64)).output_shape
    (None, 64, 64, 16)
    >>> residual_decoder((8, 8, 4), (64, 64)).output_shape
    (None, 64, 64, 16)
    """
    latent_shape = shape_tuple("latent_shape", latent_shape)
    image_shape = shape_tuple("image_shape", image_shape)
    filters = sizes("filters", filters)
    strides = strides_of(strides, filters)
    smallest = strided_shape("image_shape", image_shape, strides)
    blocks = arguments.integer("blocks", blocks)
    layer = layer_class(enlarge)
    layers = [keras.Input(latent_shape)]
    if len(latent_shape) < 3:
        dense = keras.layers.Dense(math.prod(smallest) * filters[0], kernel_initializer="lecun_normal")
        layers += [keras.layers.Flatten(), dense, keras.layers.Reshape((*smallest, filters[0]))]
    elif latent_shape[:-1] == smallest:
        layers.append(keras.layers.Conv2D(filters[0], 3, padding="same", kernel_initializer="lecun_normal"))
    else:
        expected = f"a vector's, such as (128,), or that of the smallest map, ({smallest[0]}, {smallest[1]}, channels)"
        raise arguments.invalid("latent_shape", expected, latent_shape)
    layers += _attention(attention, smallest)
    for channels, enlarged, stride in zip(filters, (*filters[1:], filters[-1]), strides, strict=True):
        layers += [ResidualBlock(channels, activation=activation) for _ in range(blocks)]
        # Of transposed convolutions that halve the channels, this keeps the variance.
        options = {"strides": stride, "padding": "same", "kernel_initializer": "he_normal"}
        layers.append(layer(enlarged, _kernel(stride), **options))
    return keras.Sequential([*layers, keras.layers.Activation(activations.get(activation))])
