"""What a network sees in pictures: its outputs, as rows of numbers, and which network it was."""

import hashlib
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments


def check(network):
    """Refuses anything but a Keras network or None."""
    if network is not None and not isinstance(network, keras.Layer):
        raise arguments.invalid("network", "a Keras model from intensities [B, h, w, c] to features, or None", network)


def name(network):
    """Returns which network it is, in words: its name, its size, and a hash that changes with any weight.

    The hash is of the weights alone: how `adapted` resizes and scales is not in it.

    >>> name(None)
    'none: the values themselves'
    """
    if network is None:
        return "none: the values themselves"
    digest = hashlib.sha256()
    for weight in network.weights:
        digest.update(np.ascontiguousarray(keras.ops.convert_to_numpy(weight)).tobytes())
    return f"{network.name}, {network.count_params():,} weights, sha256 {digest.hexdigest()[:8]}"


def of(network) -> Any:
    """Returns the function [B, ...] -> float64 [B, D] of a network in inference; None is the identity.

    Raises:
        ValueError: From the function: the network doesn't take the pictures, or its features are not finite.
    """
    if network is None:
        return lambda x: np.asarray(x, "float64").reshape(len(x), -1)
    compiled = tf.function(lambda x: network(x, training=False), autograph=False, reduce_retracing=True)

    def extract(x):
        try:
            found = compiled(x)
        except (ValueError, TypeError, tf.errors.InvalidArgumentError) as error:
            raise ValueError(
                f"Invalid value for argument `network`. Expected one that takes pictures {tuple(x.shape[1:])} as "
                f"intensities. {network.name} doesn't: {arguments.one_line(error)}. One that takes colour, another "
                "size or other values is adapted by evaluation.adapted(network, preprocess, channels)."
            ) from error
        if not tf.is_tensor(found):
            raise arguments.invalid("network", "a network with one output", network.name)
        found = found.numpy().astype("float64").reshape(len(x), -1)
        if not np.isfinite(found).all():
            raise arguments.invalid("network", "finite features of every picture", network.name)
        return found

    return extract


def adapted(network, preprocess: Any = None, channels=3, size=None):
    """Returns a network on pictures' intensities, made of one on pixels such as those of `keras.applications`.

    intensities in [0, 1] -> three channels -> bilinear resizing, antialiased -> * 255 -> preprocess -> network

    Resizing without a filter changes the Frechet distance more than most models differ: Parmar, Zhang and Zhu (2022),
    On aliased resizing and surprising subtleties in GAN evaluation, arXiv 2104.11222.

    Args:
        network: A Keras model of one input [B, h, w, 3].
        preprocess: Pixels in [0, 255], RGB, to what `network` takes, such as
            `keras.applications.inception_v3.preprocess_input`; None for a network that takes such pixels.
        channels: Of the pictures: 3, or 1, which is repeated.
        size: (h, w) that `network` is given; None is its input's size.

    Returns:
        A `keras.Model` from [B, any, any, channels]. For features of a convolutional network end it in a pooling, as by
        `include_top=False, pooling="avg"`.

    Raises:
        ValueError: The network's size is not known, or a wrong argument.

    >>> import keras
    >>> network = keras.Sequential([keras.Input((32, 32, 3)), keras.layers.GlobalAveragePooling2D()], name="mean")
    >>> adapted(network, keras.applications.mobilenet_v2.preprocess_input, channels=1)(tf.ones([2, 8, 8, 1])).shape
    TensorShape([2, 3])
    """
    if not isinstance(network, keras.Model):
        raise arguments.invalid("network", "a Keras model of one input [B, h, w, 3]", network)
    if preprocess is not None and not callable(preprocess):
        raise arguments.invalid("preprocess", "a function of pixels, or None", preprocess)
    if channels not in (1, 3):
        raise arguments.invalid("channels", "1 or 3", channels)
    size = tuple(network.input_shape[1:3]) if size is None else size
    if not isinstance(size, tuple | list) or len(size) != 2 or None in size:
        raise arguments.invalid("size", "(height, width), which this network's input doesn't say", size)
    height, width = (arguments.integer("size", each) for each in size)
    inputs: Any = keras.Input((None, None, channels))
    x: Any = keras.layers.Concatenate()([inputs] * 3) if channels == 1 else inputs
    x = keras.layers.Resizing(height, width, antialias=True)(x)
    x = keras.layers.Rescaling(255.0)(x)
    x = x if preprocess is None else preprocess(x)
    return keras.Model(inputs, network(x), name=network.name)
