"""Draws of the aggregate posterior and of the prior, side by side, for terms that compare the two."""

import math

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import random
from tfvae.networks import takes_condition


def refuse_without_gradient(term, posterior, prior):
    """Refuses a learned prior whose draws carry no gradient to all that is learned.

    Args:
        term: The `Term` that compares draws, for the error.
        posterior: A built `Family`.
        prior: A `Prior`.

    Raises:
        ValueError: With the reason and the fix.
    """
    if not prior.trainable_variables or takes_condition(prior):
        return
    if not all(_carry_gradient(p) for _, p in posterior.pairs(prior)):
        raise ValueError(
            f"{type(term).__name__} compares draws of z with draws of the prior, and those of a "
            f"{type(prior).__name__} carry no gradient to all of its variables, which would learn something else than "
            "this term. Use a prior without variables, such as priors.StandardNormal, one of a family, such as "
            "priors.Learned(families.Normal((16,))), or set prior.trainable = False first."
        )


def pair(term, inference):
    """Returns the draws of z that `term` asks for, and as many of the prior, each [K, B, D] with flat events."""
    z = inference.z[: term.num_samples]
    return flat(z), flat(like(z, inference.prior(), random.fold(inference.seed(term), 0)))


def of_whole_batch(term, inference):
    """Returns those of `pair` for the examples of all replicas, [K, N, D] each, and their weights, [N]."""
    z, y = whole(inference, *pair(term, inference))
    return z, y, tf.cast(inference.whole_batch(inference.weights), z.dtype)


def first(inference):
    """Returns one draw of z for each example, with flat events, [B, D]."""
    return flat(inference.z[:1])[0]


def whole(inference, *points):
    """Returns each of `points`, [K, B, D], for the examples of all replicas, [K, N, D]; all in one exchange."""
    joined = inference.whole_batch(tf.transpose(tf.concat(points, axis=-1), [1, 0, 2]))
    return tf.split(tf.transpose(joined, [1, 0, 2]), [each.shape[-1] for each in points], axis=-1)


def each_by_itself(inference, values, weights, seed):
    """Returns [B, D], each number of `values` [B, D] that of an example of all replicas drawn for it alone.

    Args:
        inference: The forward pass.
        values: [B, D].
        weights: [N, D], how likely each example of all replicas is to give a number.
        seed: int32[2].
    """
    every = tf.transpose(inference.whole_batch(values))
    chances = tf.cumsum(tf.transpose(weights), axis=1)
    chances = tf.math.divide_no_nan(chances, tf.reduce_max(chances, axis=1, keepdims=True))
    # Below the last one, so that an example without weight that stands behind it is never drawn.
    point = tf.transpose(random.uniform(tf.concat([[1], tf.shape(values)], 0), seed, values.dtype)[0])
    rows = tf.searchsorted(chances, point * chances[:, -1:], side="right")
    rows = tf.minimum(rows, tf.shape(every)[1] - 1)
    mixed = tf.transpose(tf.gather(every, rows, batch_dims=1, axis=1))
    return tf.ensure_shape(mixed, values.shape)


def flat(z):
    """Returns z with flat events, [K, B, ...] -> [K, B, D]."""
    return tf.reshape(z, [*tf.unstack(tf.shape(z)[:2]), math.prod(z.shape[2:])])


def like(z, law, seed):
    """Returns draws of the prior for z [K, B, ...], each example's of its own where the prior knows a condition."""
    y = law.sample(tf.shape(z)[: 2 - law.batch_shape.rank], seed=seed)
    return y if _carry_gradient(law) else tf.stop_gradient(y)


def _carry_gradient(law):
    return all(kind == tfd.FULLY_REPARAMETERIZED for kind in tf.nest.flatten(law.reparameterization_type))
