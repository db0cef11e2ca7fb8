"""The served functions of a model, as pure functions of named tensors."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfvae.composition import parts
from tfvae.evaluation.likelihood import log_sums
from tfvae.export import given, ranks
from tfvae.networks.conditional import takes_condition, told


class Signature(NamedTuple):
    """One served function.

    Attributes:
        function: Takes the inputs by name, returns {name: tensor}.
        inputs: A `tf.TensorSpec` with a name for each.
        follows: None, or a function of {output: array} that gives those of the outputs that jump where others change
            by rounding: what they have to be, given the others.
    """

    function: object
    inputs: list[tf.TensorSpec]
    follows: Any = None


def condition_spec(batch, *told):
    """Returns a list with the `tf.TensorSpec` of the condition that a model's parts take; empty if none takes one."""
    for part in told:
        if takes_condition(part):
            return [tf.TensorSpec([batch, *part.condition_shape], part.condition_dtype, "condition")]
    return []


def latent_spec(vae, batch):
    """Returns the `tf.TensorSpec` of z."""
    return tf.TensorSpec([batch, *vae.posterior.event_shape], vae.float_dtype, "latent")


def all_signatures(vae, typicality=None):
    """Returns {name: Signature} of everything that is served, without the checks of `requests`.

    Functions that draw take their seed as an input. A served graph holds no
    state, so all replicas of a server give the same answers. `score` is included
    if posterior, prior and likelihood have densities.

    Args:
        vae: The model.
        typicality: What `evaluation.typicality` made for it, by which `score` also returns p-values; or None.
    """
    condition = condition_spec(None, *told(vae))
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
        seen = kind.read(x)
        return kind.mean(vae.decode(vae.encode(seen, condition).mean(), condition, seen).mean())

    def generate(seed, count, temperature, condition=None):
        return kind.mean(vae.sample(count, condition, temperature, seed=seed))

    def score(num_samples, seed, condition=None, **x):
        def estimate(count):
            log_sum = log_sums(vae, kind.read(x), condition, count, seed)[0][0]
            return tf.cast(log_sum - tf.math.log(tf.cast(count, log_sum.dtype)), vae.float_dtype)

        found = {"log_likelihood": estimate(num_samples)}
        if typicality is None:
            return found
        # However many draws are asked for: a rank is one among scores that were made in the same way.
        count = typicality.score.num_samples
        alike = tf.cond(tf.equal(num_samples, count), lambda: found["log_likelihood"], lambda: estimate(count))
        return {**found, "p_value": ranks.p_values(typicality, alike)}

    found = {
        "decode": Signature(decode, [latent_spec(vae, None), *condition]),
        "encode": Signature(encode, [*x, *condition]),
        "encode_sample": Signature(encode_sample, [*x, seed, *condition]),
        "reconstruct": Signature(reconstruct, [*x, *condition]),
        "generate": Signature(generate, [seed, count, temperature, *condition]),
    }
    if not parts.without_density(vae):
        follows = None if typicality is None else ranks.following(typicality)
        found["score"] = Signature(score, [*x, num_samples, seed, *condition], follows)
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
        if spec.dtype == tf.string:
            values[spec.name] = np.full(shape, "")
        elif spec.dtype == tf.uint8:
            # Neither black nor white: both are outside the support of a density on an open interval.
            values[spec.name] = rng.integers(1, 255, shape)
        elif spec.dtype.is_integer:
            values[spec.name] = rng.integers(0, 2, shape)
        elif spec.name.split("_")[0] == "x":  # or x_NAME
            values[spec.name] = rng.random(shape)
        else:
            values[spec.name] = rng.standard_normal(shape)
    # Texts are objects to TensorFlow.
    return {spec.name: np.asarray(values[spec.name], spec.dtype.as_numpy_dtype) for spec in signature.inputs}
