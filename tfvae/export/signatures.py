"""The served functions of a model, as pure functions of named tensors."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from tfvae.composition import parts
from tfvae.evaluation.likelihood import log_sums
from tfvae.export import given
from tfvae.networks import takes_condition


class Signature(NamedTuple):
    """One served function.

    Attributes:
        function: Takes the inputs by name, returns {name: tensor}.
        inputs: A `tf.TensorSpec` with a name for each.
    """

    function: object
    inputs: list[tf.TensorSpec]


def condition_spec(batch, *told):
    """Returns a list with the `tf.TensorSpec` of the condition that a model's parts take; empty if none takes one."""
    for part in told:
        if takes_condition(part):
            return [tf.TensorSpec([batch, *part.condition_shape], part.condition_dtype, "condition")]
    return []


def latent_spec(vae, batch):
    """Returns the `tf.TensorSpec` of z."""
    return tf.TensorSpec([batch, *vae.posterior.event_shape], vae.float_dtype, "latent")


def all_signatures(vae):
    """Returns {name: Signature} of everything that is served, without the checks of `requests`.

    Functions that draw take their seed as an input. A served graph holds no
    state, so all replicas of a server give the same answers. `score` is included
    if posterior, prior and likelihood have densities.
    """
    condition = condition_spec(None, vae.encoder, vae.decoder, vae.prior)
    kind = given.of(vae)
    x = kind.specs(None)
    seed = tf.TensorSpec([2], tf.int32, "seed")
    count = tf.TensorSpec([], tf.int32, "count")
    num_samples = tf.TensorSpec([], tf.int32, "num_samples")
    temperature = tf.TensorSpec([], vae.float_dtype, "temperature")

    def decode(latent, condition=None):
        return kind.moments(vae.decode(latent, condition))

    def encode(condition=None, **x):
        return given.moments(vae.encode(kind.read(x), condition))

    def encode_sample(seed, condition=None, **x):
        return {"latent": vae.encode(kind.read(x), condition).sample(seed=seed)}

    def reconstruct(condition=None, **x):
        return kind.mean(vae.decode(vae.encode(kind.read(x), condition).mean(), condition).mean())

    def generate(seed, count, temperature, condition=None):
        return kind.mean(vae.sample(count, condition, temperature, seed=seed))

    def score(num_samples, seed, condition=None, **x):
        log_sum = log_sums(vae, kind.read(x), condition, num_samples, seed)[0]
        return {"log_likelihood": tf.cast(log_sum - tf.math.log(tf.cast(num_samples, log_sum.dtype)), vae.float_dtype)}

    found = {
        "decode": Signature(decode, [latent_spec(vae, None), *condition]),
        "encode": Signature(encode, [*x, *condition]),
        "encode_sample": Signature(encode_sample, [*x, seed, *condition]),
        "reconstruct": Signature(reconstruct, [*x, *condition]),
        "generate": Signature(generate, [seed, count, temperature, *condition]),
    }
    if not parts.without_density(vae):
        found["score"] = Signature(score, [*x, num_samples, seed, *condition])
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
        elif spec.name.split("_")[0] == "x":  # or x_NAME
            values[spec.name] = rng.random(shape)
        else:
            values[spec.name] = rng.standard_normal(shape)
    return {spec.name: np.asarray(values[spec.name], spec.dtype.as_numpy_dtype) for spec in signature.inputs}
