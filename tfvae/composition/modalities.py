"""Refuses parts of which only some know the modalities of x, or that name other ones."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from tfvae.vectors import by_name

_FIX = (
    "A model of several modalities has likelihood=families.Modalities({...}), decoder=networks.ModalityDecoders("
    "{...}), and encoder=networks.ModalityEncoders({...}) with posterior=families.ProductOfExperts({...}), or an "
    "encoder of the vector that they make, networks.WithMask(...), with another posterior."
)
#: Distances from 0, in units of a standard normal, at which a prior is compared with one.
_AT = (-2.0, 0.0, 1.5)


def check(vae):
    """Refuses parts that don't agree on the modalities, and tells the preprocessing their shapes.

    Raises:
        ValueError: With the reason and the fix.
    """
    parts = {name: getattr(vae, name) for name in ("encoder", "posterior", "decoder", "likelihood", "preprocessing")}
    named: dict[str, Any] = {name: getattr(part, "modalities", None) for name, part in parts.items()}
    if not any(named.values()):
        return
    needed = ["likelihood", "decoder"]
    if named["encoder"] or named["posterior"]:
        needed += ["encoder", "posterior"]
    lacking = [name for name in needed if not named[name]]
    if lacking:
        raise ValueError(f"Some parts of this model are of several modalities, and {', '.join(lacking)} isn't. {_FIX}")
    if len({named[name] for name in needed}) > 1:
        given = "; ".join(f"{name}: {', '.join(named[name])}" for name in needed)
        raise ValueError(f"The parts of a model need the same modalities. Received: {given}.")
    shapes = vae.likelihood.event_shapes
    seen = getattr(vae.encoder, "seen_shapes", shapes)
    other = [name for name in shapes if seen[name] != shapes[name]]
    if other:
        name = other[0]
        raise ValueError(
            f"The encoder's network for {name} is for events of shape {seen[name]}, and the likelihood's {name} has "
            f"the event_shape {shapes[name]}. Give both the same shape."
        )
    if vae.preprocessing is not None:
        _preprocessing(vae, named["preprocessing"], shapes)
    if named["posterior"]:
        _prior(vae)


def _preprocessing(vae, named, shapes):
    if named is None:
        raise ValueError(
            "The preprocessing of a model of several modalities is data.PerModality({name: step}), with a step for "
            f"those that need one of {', '.join(shapes)}. Received: preprocessing={vae.preprocessing!r}."
        )
    vae.preprocessing.take_shapes(shapes)


def _prior(vae):
    """Refuses a prior other than the expert N(0, I) of the product: of nothing, q(z|x) would not be p(z)."""
    given, fix = vae.prior, f"Use priors.StandardNormal({vae.posterior.event_shape})"
    normal = getattr(given, "condition_shape", None) is None and not given.trainable_weights
    if normal:
        law = given.distribution(encode=lambda x: vae.posterior.kind(len(x)))
        z = tf.stack([tf.fill(given.event_shape, tf.constant(value, vae.float_dtype)) for value in _AT])
        size = math.prod(given.event_shape)
        exact = -0.5 * size * (np.square(_AT) + math.log(2 * math.pi))
        normal = bool(np.allclose(np.reshape(law.log_prob(z), -1), exact, rtol=1e-5))
    if not normal:
        raise ValueError(
            f"The prior N(0, I) is one of the experts of families.{type(vae.posterior).__name__}, and this model's is "
            f"{given!r}. "
            f"{fix}, or an encoder of the whole vector, networks.WithMask(...), with a posterior such as "
            "families.Normal."
        )


def sparsest(vae):
    """Returns an x [1, ...] of which as much is missing as may be.

    All is NaN, but for the first entry of a modality whose family takes missing entries, `families.Observed`: its
    network has to make something of the rest.
    """
    nothing = tf.constant(math.nan, vae.float_dtype)
    if vae.likelihood.modalities is None:
        return tf.fill([1, *vae.likelihood.event_shape], nothing)
    pieces = {}
    for name, family in vae.likelihood.families.items():
        entries = np.full([1, math.prod(family.event_shape)], math.nan)
        entries[0, 0] = 0.0 if family.takes_missing else math.nan
        pieces[name] = tf.cast(tf.reshape(entries, [1, *family.event_shape]), vae.float_dtype)
    return by_name.join(pieces, vae.likelihood.event_shapes)
