"""The functions of a model that are served, as pure functions of named tensors."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfvae.networks import takes_condition


class Signature(NamedTuple):
    """One served function.

    Attributes:
        function: Takes the inputs in order, returns {name: tensor}.
        inputs: A `tf.TensorSpec` with a name for each.
    """

    function: object
    inputs: list[tf.TensorSpec]


def moments(distribution):
    """Returns {"mean", "stddev"} of a distribution; "stddev" where it is defined."""
    result = {"mean": distribution.mean()}
    try:
        result["stddev"] = distribution.stddev() + tf.zeros_like(result["mean"])
    except NotImplementedError:
        pass
    return result


def condition_spec(vae, batch):
    """Returns the `tf.TensorSpec` of a conditional model's condition in a list, an empty list for the others."""
    for part in (vae.encoder, vae.decoder, vae.prior):
        if takes_condition(part):
            return [tf.TensorSpec([batch, *part.condition_shape], part.condition_dtype, "condition")]
    return []


def decode(vae, batch=None):
    """Returns the signature z -> moments of p(x|z), of a dynamic or a given batch."""
    latent = tf.TensorSpec([batch, *vae.posterior.event_shape], vae.float_dtype, "latent")

    def function(latent, condition=None):
        return moments(vae.decode(latent, condition))

    return Signature(function, [latent, *condition_spec(vae, batch)])


def all_signatures(vae):
    """Returns {name: Signature}: decode, encode, reconstruct, generate.

    `generate` takes the seed, the count and the temperature as inputs: a served
    graph holds no state, so any replica of a server answers alike.
    """
    raw_dtype = vae.preprocessing.raw_dtype if vae.preprocessing is not None else vae.float_dtype
    condition = condition_spec(vae, None)
    x = [tf.TensorSpec([None, *vae.likelihood.event_shape], raw_dtype, "x"), *condition]

    def encode(x, condition=None):
        return moments(vae.encode(x, condition))

    def reconstruct(x, condition=None):
        return {"mean": vae.decode(vae.encode(x, condition).mean(), condition).mean()}

    def generate(seed, count, temperature, condition=None):
        return {"mean": vae.sample(count, condition, temperature, seed=seed)}

    draw = [
        tf.TensorSpec([2], tf.int32, "seed"),
        tf.TensorSpec([], tf.int32, "count"),
        tf.TensorSpec([], vae.float_dtype, "temperature"),
    ]
    return {
        "decode": decode(vae),
        "encode": Signature(encode, x),
        "reconstruct": Signature(reconstruct, x),
        "generate": Signature(generate, [*draw, *condition]),
    }


def example_inputs(signature, rng, batch=3):
    """Returns a plausible value for each input, for checks: {name: array}.

    Args:
        signature: A `Signature`.
        rng: `numpy.random.Generator`.
        batch: What a dynamic batch becomes.
    """
    values = {}
    for spec in signature.inputs:
        shape = [batch if side is None else side for side in spec.shape]
        if spec.name == "count":
            values[spec.name] = batch
        elif spec.name == "temperature":
            values[spec.name] = 1.0
        elif spec.dtype == tf.uint8:
            values[spec.name] = rng.integers(0, 256, shape)
        elif spec.dtype.is_integer:
            values[spec.name] = rng.integers(0, 2, shape)
        elif spec.name == "x":
            values[spec.name] = rng.random(shape)
        else:
            values[spec.name] = rng.standard_normal(shape)
    return {spec.name: np.asarray(values[spec.name], spec.dtype.as_numpy_dtype) for spec in signature.inputs}
