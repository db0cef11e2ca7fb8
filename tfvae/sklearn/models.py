"""The model of a table: what is made where no other is given, and what one has to be."""

import inspect
from typing import Any

import numpy as np

from tfvae import arguments, families, networks, recipes, terms
from tfvae.inputs import models

# Of either network. Tables of some hundreds of rows have no use for more.
_UNITS = (64, 64)


def standardized_vae(event_shape, latent_size, **parts):
    """Returns the model of a table of standardised columns that the estimators make by default.

    log p(x|z) = log N(x; loc(z), diag(s^2)),  s_j^2 = mean squared error of column j

    Dense networks of two layers of 64 units, and a Gaussian that is calibrated column by column. The recipe is
    `recipes.sigma_vae` (Rybkin et al. 2020, arXiv 2006.13202) with other parts.

    Args:
        event_shape: (d,).
        latent_size: Number of latent dimensions.
        **parts: Arguments of `VAE`, which replace these.

    >>> standardized_vae((5,), 2).likelihood
    Normal((5,), scale='optimal_dimension', min_scale=0.05)
    """
    table = {
        "encoder": networks.mlp_encoder(event_shape, _UNITS, "silu"),
        "decoder": networks.mlp_decoder((latent_size,), _UNITS, "silu"),
        "likelihood": families.Normal(event_shape, scale="optimal_dimension", min_scale=0.05),
        "preprocessing": None,
    }
    return recipes.sigma_vae(event_shape, latent_size, **(table | parts))


def standardized_iwae(event_shape, latent_size, num_samples=20, **parts):
    """Returns the model of a table of standardised columns with gaps that `VAEImputer` makes by default, a MIWAE.

    loss = -E[log 1/K sum_k p(x_there|z_k) p(z_k) / q(z_k|x_there)],  z_k ~ q(z|x_there)

    Parts as in `standardized_vae`, but that the encoder also sees which entries are there, and that the Gaussian's
    scale of each column is learned by gradient.

    Mattei and Frellsen (2019), arXiv 1812.02633.

    Args:
        event_shape: (d,).
        latent_size: Number of latent dimensions.
        num_samples: K.
        **parts: Arguments of `VAE`, which replace these.

    >>> standardized_iwae((5,), 2).likelihood
    Observed(Normal((5,), scale='shared_dimension', min_scale=0.05))
    """
    gaps = {
        "encoder": networks.WithMask(networks.mlp_encoder((2 * event_shape[0],), _UNITS, "silu")),
        "likelihood": families.Observed(families.Normal(event_shape, scale="shared_dimension", min_scale=0.05)),
        "objective": [terms.ImportanceWeighted(num_samples)],
    }
    return standardized_vae(event_shape, latent_size, **(gaps | parts))


def made(make_model, event_shape, latent_size, default=standardized_vae) -> Any:
    """Returns the model that `make_model`, or `default` in place of None, makes.

    A callable that takes a `preprocessing`, as recipes do, gets None for it: theirs are of pixels.

    Raises:
        ValueError: It is no callable, or makes no VAE, one of another shape or of modalities, or one with a condition.
    """
    make_model = default if make_model is None else make_model
    if not callable(make_model):
        expected = "None or a callable (event_shape, latent_size) -> VAE, such as recipes.sigma_vae"
        raise arguments.invalid("make_model", expected, make_model)
    vae: Any = make_model(event_shape, latent_size, **_without_preprocessing(make_model))
    if not hasattr(vae, "infer"):
        raise ValueError(
            "Invalid value for argument `make_model`. Expected a callable (event_shape, latent_size) -> VAE. It "
            f"returned {arguments.shortened(repr(vae))}. Return the model, as recipes.sigma_vae does."
        )
    models.of_one_array(vae, "An estimator of tfvae.sklearn", "Train it with its own `fit`.")
    shape = tuple(vae.likelihood.event_shape)
    if shape != event_shape:
        raise ValueError(
            f"Invalid value for argument `make_model`. Expected a model of x of shape {event_shape}, a row of the "
            f"table. It made one of {shape}. Make its parts by the `event_shape` that the callable is given."
        )
    if vae.conditional:
        raise ValueError(
            "Invalid value for argument `make_model`. Expected a model without a condition, as an estimator has none "
            "to give. Leave the condition out, or train the model with its own `fit`."
        )
    return vae


def _without_preprocessing(make_model):
    try:
        taken = inspect.signature(make_model).parameters
    except (TypeError, ValueError):  # of some callables written in C nobody knows it
        return {}
    # What a `functools.partial` has bound is the user's choice.
    bound = "preprocessing" in getattr(make_model, "keywords", {})
    open_to_all = any(one.kind is one.VAR_KEYWORD for one in taken.values())
    return {"preprocessing": None} if not bound and ("preprocessing" in taken or open_to_all) else {}


def refuse_other_units(vae, rows):
    """Refuses a model that changes the rows [n, d] it is given: its densities would be in other units than theirs.

    Raises:
        ValueError: The preprocessing changes them.
    """
    if vae.preprocessing is not None and not np.allclose(vae.preprocess(rows).numpy(), rows, rtol=1e-6, equal_nan=True):
        raise ValueError(
            "Invalid value for argument `make_model`. Expected a model that takes the columns as they are. Its "
            f"preprocessing {vae.preprocessing!r} changes them. Make it with preprocessing=None."
        )
