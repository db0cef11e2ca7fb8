"""Stochastic layers: how a model's posterior, prior and decoder make its latents, one layer or several."""

from typing import Any

import tensorflow as tf

from tfvae import arguments
from tfvae.hierarchy.one_level import OneLevel
from tfvae.hierarchy.several_levels import SeveralLevels

__all__ = ["OneLevel", "SeveralLevels", "check_temperature", "of"]


def of(model, condition=None, training=False):
    """Returns the stochastic layers of a model, a `OneLevel` or `SeveralLevels`.

    Args:
        model: A `LatentVariableModel`.
        condition: The batch's condition, or None.
        training: As for every Keras layer.
    """
    kind: Any = OneLevel if model.posterior.latent_shapes is None else SeveralLevels
    return kind(model, condition, training)


def check_temperature(model, temperature):
    """Refuses a temperature that is no number >= 0, nor a list of one for each of several levels."""
    shapes = model.posterior.latent_shapes
    if isinstance(temperature, list | tuple) and shapes is not None:
        if len(temperature) != len(shapes):
            raise arguments.invalid("temperature", f"a number, or a list of {len(shapes)}, one a level", temperature)
    else:
        temperature = [temperature]
    for number in temperature:
        arguments.known(arguments.number, "temperature", number, "a number >= 0", minimum=0)
    if not model.prior.has_centre and not tf.is_tensor(temperature[0]) and temperature[0] != 1:
        expected = "1, as p(z) is uniform on a manifold and has no centre that draws could be nearer to"
        raise arguments.invalid("temperature", expected, temperature[0])
