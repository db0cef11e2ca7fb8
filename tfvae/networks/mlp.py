"""Fully connected networks."""

from collections.abc import Callable

import keras

from tfvae.component import shape_tuple
from tfvae.networks.shapes import sizes


def _mlp(input_shape, units, activation):
    layers = [keras.layers.Dense(size, activation=activation) for size in units]
    return keras.Sequential([keras.Input(input_shape), keras.layers.Flatten(), *layers])


def mlp_encoder(input_shape, units=(512,), activation: str | Callable = "relu"):
    """Returns x -> features through dense layers.

    Args:
        input_shape: Shape of one x.
        units: Size of each hidden layer.
        activation: Any Keras activation.

    Returns:
        A `keras.Sequential`, [B, *input_shape] -> [B, units[-1]].

    >>> mlp_encoder((8, 8, 1), units=(128, 64)).output_shape
    (None, 64)
    """
    return _mlp(shape_tuple("input_shape", input_shape), sizes("units", units), activation)


def mlp_decoder(latent_shape, units=(512,), activation: str | Callable = "relu"):
    """Returns z -> features through dense layers; the likelihood's head maps them to the event.

    Args:
        latent_shape: Shape of one z.
        units: Size of each hidden layer.
        activation: Any Keras activation.

    Returns:
        A `keras.Sequential`, [B, *latent_shape] -> [B, units[-1]].

    >>> mlp_decoder((16,), units=(128,)).output_shape
    (None, 128)
    """
    return _mlp(shape_tuple("latent_shape", latent_shape), sizes("units", units), activation)
