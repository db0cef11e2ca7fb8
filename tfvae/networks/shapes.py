"""Argument checks shared by the networks."""

import math

from tfvae import arguments
from tfvae.component import shape_tuple


def sizes(argument, values):
    """Returns layer sizes as a tuple of positive ints.

    Raises:
        ValueError: `values` is neither a positive int nor a sequence of them.
    """
    try:
        return shape_tuple(argument, values)
    except ValueError:
        raise arguments.invalid(argument, "a size or several, positive ints such as (64, 32)", values) from None


def strided_shape(argument, image_shape, strides):
    """Returns the height and width that are left of `image_shape` after `strides`.

    Args:
        argument: Name of the argument that gave the shape.
        image_shape: (height, width, ...).
        strides: One int for each layer.

    Raises:
        ValueError: The product of the strides doesn't divide the image.
    """
    if len(image_shape) < 2:
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected an image shape (height, width[, channels]). "
            f"Received: {argument}={image_shape}. Use an mlp network for vectors."
        )
    total = math.prod(strides)
    height, width = image_shape[:2]
    if height % total or width % total:
        near = tuple(-(-side // total) * total for side in (height, width))
        raise ValueError(
            f"Strides {tuple(strides)} divide the image by {total}, and {height}x{width} is no multiple of that. "
            f"Pad or resize the images to {near[0]}x{near[1]}, or give other `strides`. "
            f"Received: {argument}={image_shape}"
        )
    return height // total, width // total


def strides_of(strides, filters):
    """Returns one stride for each of `filters`: those given, or 2.

    Raises:
        ValueError: They are no positive ints, or not as many as `filters`.
    """
    strides = (2,) * len(filters) if strides is None else sizes("strides", strides)
    if len(strides) != len(filters):
        raise ValueError(
            f"Invalid value for argument `strides`. Expected one for each of `filters`. Received: strides={strides}, "
            f"filters={filters}"
        )
    return strides


def map_sizes(layer, input_shape):
    """Returns (height, width, channels) of the feature maps that a layer is built for.

    Args:
        layer: Name of the layer, for the error.
        input_shape: [B, height, width, C].

    Raises:
        ValueError: It is another shape, or a size is unknown.
    """
    if len(input_shape) != 4 or None in input_shape[1:]:
        raise ValueError(
            f"{layer} takes feature maps (batch, height, width, channels) of known size. "
            f"Received: input_shape={tuple(input_shape)}. Put a keras.Input((height, width, channels)) before it."
        )
    return tuple(input_shape[1:])
