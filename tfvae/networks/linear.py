"""The identity network, for linear models."""

import keras

from tfvae.component import shape_tuple


def linear(input_shape):
    """Returns x -> flat x, a network without weights.

    A family's head is one dense layer, so with this as encoder and decoder the
    model is linear: probabilistic PCA and factor analysis.

    Args:
        input_shape: Shape of one input.

    Returns:
        A `keras.Sequential`, [B, *input_shape] -> [B, F].

    >>> linear((8, 8, 1)).output_shape
    (None, 64)
    """
    return keras.Sequential([keras.Input(shape_tuple("input_shape", input_shape)), keras.layers.Flatten()])
