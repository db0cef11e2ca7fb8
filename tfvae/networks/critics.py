"""Critics: networks that tell two kinds of events apart by a logit."""

import keras

from tfvae import arguments
from tfvae.component import shape_tuple
from tfvae.networks.shapes import sizes

_SLOPE = 0.2  # of the leaky ReLU where it is negative, as in the DCGAN (Radford et al. 2016, arXiv 1511.06434)


def mlp_critic(event_shape, units=(256, 256)):
    """Returns an event -> one logit through dense layers.

    Args:
        event_shape: Shape of one event, such as that of z.
        units: Size of each hidden layer.

    Returns:
        A `keras.Sequential`, [B, *event_shape] -> [B, 1].

    >>> mlp_critic((16,)).output_shape
    (None, 1)
    """
    layers = []
    for size in sizes("units", units):
        layers += [keras.layers.Dense(size), keras.layers.LeakyReLU(_SLOPE)]
    flat = [keras.Input(shape_tuple("event_shape", event_shape)), keras.layers.Flatten()]
    return keras.Sequential([*flat, *layers, keras.layers.Dense(1)])


def patch_critic(image_shape, filters=(64, 128), kernel_size=4):
    """Returns an image -> a logit for each patch through strided convolutions.

    Each logit judges the patch that it sees, so that the critic knows textures and edges, and not what an image shows.

    Args:
        image_shape: (height, width, channels).
        filters: Channels of each convolution of stride 2.
        kernel_size: Side of the kernels.

    Returns:
        A `keras.Sequential`, [B, *image_shape] -> [B, height, width, 1], each side divided by 2 as often. What it sees
        on the way is in the layers "features_1", "features_2", ...

    Raises:
        ValueError: `image_shape` is not that of an image.

    Reference: Isola et al. (2017), Image-to-image translation with conditional adversarial networks, arXiv 1611.07004,
    section 3.2.2.

    >>> patch_critic((28, 28, 1)).output_shape
    (None, 7, 7, 1)
    """
    image_shape = shape_tuple("image_shape", image_shape)
    if len(image_shape) != 3:
        raise arguments.invalid("image_shape", "(height, width, channels), such as (28, 28, 1)", image_shape)
    kernel_size = arguments.integer("kernel_size", kernel_size)
    layers = []
    for number, channels in enumerate(sizes("filters", filters), 1):
        layers.append(keras.layers.Conv2D(channels, kernel_size, strides=2, padding="same"))
        layers.append(keras.layers.LeakyReLU(_SLOPE, name=f"features_{number}"))
    return keras.Sequential([keras.Input(image_shape), *layers, keras.layers.Conv2D(1, 3, padding="same")])
