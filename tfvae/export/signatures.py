"""The functions of a model that are served, as pure functions of named tensors."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

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
    """Returns {name: Signature} of everything that is served, without the checks of `requests`.

    Whatever draws takes its seed as an input: a served graph holds no state, so
    any replica of a server answers alike. `score` is there where posterior and
    likelihood have densities.
    """
    raw_dtype = vae.preprocessing.raw_dtype if vae.preprocessing is not None else vae.float_dtype
    condition = condition_spec(vae, None)
    x = tf.TensorSpec([None, *vae.likelihood.event_shape], raw_dtype, "x")
    seed = tf.TensorSpec([2], tf.int32, "seed")
    count = tf.TensorSpec([], tf.int32, "count")
    num_samples = tf.TensorSpec([], tf.int32, "num_samples")
    temperature = tf.TensorSpec([], vae.float_dtype, "temperature")

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
        "decode": decode(vae),
        "encode": Signature(encode, [x, *condition]),
        "encode_sample": Signature(encode_sample, [x, seed, *condition]),
        "reconstruct": Signature(reconstruct, [x, *condition]),
        "generate": Signature(generate, [seed, count, temperature, *condition]),
    }
    if vae.posterior.has_density and vae.likelihood.has_density:
        found["score"] = Signature(score, [x, num_samples, seed, *condition])
    return found


def example_inputs(signature, rng, batch=3):
    """Returns a plausible value for each input, for checks: {name: array}.

    Args:
        signature: A `Signature`.
        rng: `numpy.random.Generator`.
        batch: What a dynamic batch becomes.
    """
    values = {"count": batch, "num_samples": 4, "temperature": 1.0}
    for spec in signature.inputs:
        shape = [batch if side is None else side for side in spec.shape]
        if spec.name in values:
            continue
        if spec.dtype == tf.uint8:
            # Neither black nor white, which a density on an open interval may not have.
            values[spec.name] = rng.integers(1, 255, shape)
        elif spec.dtype.is_integer:
            values[spec.name] = rng.integers(0, 2, shape)
        elif spec.name == "x":
            values[spec.name] = rng.random(shape)
        else:
            values[spec.name] = rng.standard_normal(shape)
    return {spec.name: np.asarray(values[spec.name], spec.dtype.as_numpy_dtype) for spec in signature.inputs}
