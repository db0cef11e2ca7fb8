"""Checks that an argument is a model, and that the model is trained."""

import warnings
import weakref

import tensorflow as tf

from tfvae import arguments

# Models already warned about. Kept here, not as an attribute, so that it is never saved or copied.
_WARNED = weakref.WeakSet()
UNTRAINED = "This model is untrained"


def expect(model):
    """Refuses anything but a model."""
    if not hasattr(model, "infer"):
        raise arguments.invalid("vae", "a VAE, as tfvae.VAE(...), a recipe or tfvae.load_model(path) gives it", model)


def usable(model):
    """Refuses anything but a model; warns once about one whose weights are the initial noise.

    Silent within a graph, where the model is traced, not used.
    """
    expect(model)
    if tf.inside_function() or model in _WARNED or model.trained:
        return
    _WARNED.add(model)
    warnings.warn(
        f"{UNTRAINED}: its weights are the random ones that it began with, and what it gives is noise. Train it with "
        "`fit`, or load a trained one with tfvae.load_model(path) or `load_weights`. Where its parts were trained "
        "elsewhere, say vae.trained = True.",
        UserWarning,
        stacklevel=3,
    )


def of_one_array(model, who, fix):
    """Refuses a model of several modalities for `who` needs an x that is one array; `fix` says what to do instead."""
    named = model.likelihood.modalities
    if named is not None:
        raise ValueError(
            f"{who} is for a model whose x is one array, and this model's is a dict of the modalities "
            f"{', '.join(named)}. {fix}"
        )
