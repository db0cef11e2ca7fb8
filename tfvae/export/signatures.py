"""The served functions of a model, as pure functions of named tensors."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfvae.composition import parts
from tfvae.evaluation.likelihood import log_sums
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
    """Returns {"mean", "stddev"} of a distribution; "stddev" only if it is defined."""
    result = {"mean": distribution.mean()}
    try:
        result["stddev"] = distribution.stddev() + tf.zeros_like(result["mean"])
    except NotImplementedError:
        pass
    return result


def condition_spec(batch, *told):
    """Returns a list with the `tf.TensorSpec` of the condition that a model's parts take; empty if none takes one."""
    for part in told:
        if takes_condition(part):
            return [tf.TensorSpec([batch, *part.condition_shape], part.condition_dtype, "condition")]
    return []


def latent_spec(vae, batch):
    """Returns the `tf.TensorSpec` of z."""
    return tf.TensorSpec([batch, *vae.posterior.event_shape], vae.float_dtype, "latent")


def x_spec(vae, batch):
    """Returns the `tf.TensorSpec` of raw x."""
    raw_dtype = vae.preprocessing.raw_dtype if vae.preprocessing is not None else vae.float_dtype
    if vae.likelihood.takes_missing and not tf.as_dtype(raw_dtype).is_floating:
        raw_dtype = vae.float_dtype  # integers have no NaN
    return tf.TensorSpec([batch, *vae.likelihood.event_shape], raw_dtype, "x")


def all_signatures(vae):
    """Returns {name: Signature} of everything that is served, without the checks of `requests`.

    Functions that draw take their seed as an input. A served graph holds no
    state, so all replicas of a server give the same answers. `score` is included
    if posterior, prior and likelihood have densities.
    """
    condition = condition_spec(None, vae.encoder, vae.decoder, vae.prior)
    x = x_spec(vae, None)
    seed = tf.TensorSpec([2], tf.int32, "seed")
    count = tf.TensorSpec([], tf.int32, "count")
    num_samples = tf.TensorSpec([], tf.int32, "num_samples")
    temperature = tf.TensorSpec([], vae.float_dtype, "temperature")

    def decode(latent, condition=None):
        return moments(vae.decode(latent, condition))

    def encode(x, condition=None):
        return moments(vae.encode(x, condition))

    def encode_sample(x, seed, condition=None):
        return {"latent": vae.encode(x, condition).sample(seed=seed)}

    def reconstruct(x, condition=None):
        return {"mean": vae.decode(vae.encode(x, condition).mean(), condition).mean()}

    def generate(seed, count, temperature, condition=None):
        return {"mean": vae.sample(count, condition, temperature, seed=seed)}

    def score(x, num_samples, seed, condition=None):
        log_sum = log_sums(vae, x, condition, num_samples, seed)[0]
        return {"log_likelihood": tf.cast(log_sum - tf.math.log(tf.cast(num_samples, log_sum.dtype)), vae.float_dtype)}

    found = {
        "decode": Signature(decode, [latent_spec(vae, None), *condition]),
        "encode": Signature(encode, [x, *condition]),
        "encode_sample": Signature(encode_sample, [x, seed, *condition]),
        "reconstruct": Signature(reconstruct, [x, *condition]),
        "generate": Signature(generate, [seed, count, temperature, *condition]),
    }
    if not parts.without_density(vae):
        found["score"] = Signature(score, [x, num_samples, seed, *condition])
    return found


def example_inputs(signature, rng, batch=3):
    """Returns a plausible value of each input for checks, {name: array}.

    Args:
        signature: A `Signature`.
        rng: `numpy.random.Generator`.
        batch: Size of a dynamic batch.
    """
    values = {"count": batch, "num_samples": 4, "temperature": 1.0}
    for spec in signature.inputs:
        shape = [batch if side is None else side for side in spec.shape]
        if spec.name in values:
            continue
        if spec.dtype == tf.uint8:
            # Neither black nor white: both are outside the support of a density on an open interval.
            values[spec.name] = rng.integers(1, 255, shape)
        elif spec.dtype.is_integer:
            values[spec.name] = rng.integers(0, 2, shape)
        elif spec.name == "x":
            values[spec.name] = rng.random(shape)
        else:
            values[spec.name] = rng.standard_normal(shape)
    return {spec.name: np.asarray(values[spec.name], spec.dtype.as_numpy_dtype) for spec in signature.inputs}
