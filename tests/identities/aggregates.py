"""What a term that compares draws of z with draws of the prior sees, made by hand."""

import functools

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import random
from tfvae.inference import Inference, Latent

WEIGHTS = np.array([2.0, 0.0, 1.0, 3.0, 0.5])


def inference(z, law, weights=None, seed=0):
    """What a term sees of draws z [K, B, ...]."""
    weights = tf.ones(z.shape[1], z.dtype) if weights is None else tf.cast(weights, z.dtype)
    seeds = lambda place: random.fold(tf.stack([7, seed]), place)  # noqa: E731
    latent = Latent(z, None, None, law, None)
    total = tf.reduce_sum(weights)
    return Inference(
        None, (latent,), None, z.shape[0], tf.math.divide_no_nan(weights, total), total, seeds, prior=lambda: law
    )


def estimate(term, seen):
    value = term.value(seen)
    assert value.shape == seen.weights.shape
    return seen.share(value)


def between(term, z, y, weights=None, seed=0):
    """The term's value for draws z and y, [B, D] or [K, B, D], of any number of examples, [] in NumPy."""
    return traced(term)(*_points(z, y), weights, tf.constant(seed)).numpy()


def value_and_gradient(term, z, y, weights=None):
    """The same, and its gradient in z."""
    z, y = _points(z, y)
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = traced(term)(z, y, weights, tf.constant(0))
    return value.numpy(), tape.gradient(value, z).numpy()


def _points(*draws):
    return (tf.constant(points.reshape(-1, *points.shape[-2:])) for points in draws)


@functools.cache
def traced(term):
    """A function of the term, as its loops take long one operation after the other."""

    def value(z, y, weights, seed):
        return estimate(term, inference(z, Given(y), weights, seed))

    return tf.function(value, autograph=False)


class Given(tfd.Distribution):
    """A prior whose draws are these, [K, B, D]."""

    def __init__(self, draws):
        self.draws = draws
        super().__init__(draws.dtype, tfd.FULLY_REPARAMETERIZED, validate_args=False, allow_nan_stats=True)

    def sample(self, sample_shape=(), seed=None, name="sample", **kwargs):
        """Returns the draws."""
        return self.draws

    def _batch_shape(self):
        return tf.TensorShape([])

    def _event_shape(self):
        return self.draws.shape[2:]
