"""Annealed importance sampling: chains of draws along a path from one law to another."""

import math
from typing import NamedTuple

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random

# Of the sigmoid that spaces the temperatures.
_STEEPNESS = 4.0
# The share of accepted moves that a pilot steers to, and how fast.
_ACCEPTED, _GAIN = 0.8, 0.4
# The scale of a dimension counts as one more chain with the mean scale of all.
_PRIOR_CHAINS = 1.0


class Moves(NamedTuple):
    """The lengths of all moves of a path, frozen, so that chains keep the laws that they should.

    Attributes:
        size: [T - 1, B], the leapfrog step in units of `scale`.
        scale: [T - 1, B, *latent], the spread of z at each temperature.
    """

    size: tf.Tensor
    scale: tf.Tensor


class Path(NamedTuple):
    """The geometric path from a law to an unnormalised one, f_b = start^(1 - b) target^b.

    Attributes:
        start: z [C, B, *latent] -> log start(z), [C, B].
        ratio: Likewise, log target(z) - log start(z).
    """

    start: object
    ratio: object


def temperatures(count):
    """Returns T + 1 inverse temperatures from 0 to 1, close to each other near both ends.

    Wu et al. (2017), arXiv 1611.04273, section 5: b_t of a sigmoid of (2 t / T - 1) times 4, rescaled to [0, 1].

    >>> temperatures(4).round(3).tolist()
    [0.0, 0.105, 0.5, 0.895, 1.0]
    """
    values = 1 / (1 + np.exp(-_STEEPNESS * np.linspace(-1.0, 1.0, count + 1)))
    return (values - values[0]) / (values[-1] - values[0])


def longest(leapfrog_steps):
    """Returns the longest step: a quarter of a Gaussian's period in all, after which a move forgets where it began."""
    return math.pi / (2 * leapfrog_steps)


def _move(path, heat, z, size, scale, leapfrog_steps, seed):
    """Returns (z, the share of chains [B] that moved) after one move that keeps the law f_b, b = `heat`."""

    def log_density(z):
        return path.start(z) + tf.cast(heat, z.dtype) * path.ratio(z)

    rank = scale.shape.rank - size.shape.rank
    steps = tf.reshape(size, tf.concat([tf.shape(size), tf.ones(rank, tf.int32)], 0)) * scale
    kernel = tfp.mcmc.HamiltonianMonteCarlo(log_density, steps, leapfrog_steps)
    z, found = kernel.one_step(z, kernel.bootstrap_results(z), seed=seed)
    return z, tf.reduce_mean(tf.cast(found.is_accepted, size.dtype), axis=0)


def _spread(z):
    """Returns the standard deviation of z over chains, [B, *latent], drawn a little to that of all dimensions."""
    variance = tf.math.reduce_variance(z, axis=0)
    typical = tf.reduce_mean(variance, axis=list(range(1, variance.shape.rank)), keepdims=True)
    chains = tf.cast(tf.shape(z)[0], z.dtype)
    mixed = (chains * variance + _PRIOR_CHAINS * typical) / (chains + _PRIOR_CHAINS)
    return tf.sqrt(tf.maximum(mixed, np.finfo(z.dtype.name).tiny))


def tune(path, z, heats, leapfrog_steps, seed):
    """Runs chains whose moves follow what was accepted before, and returns their `Moves`.

    The chains themselves are of no use: a move that depends on the chain's past keeps no law.

    Args:
        path: A `Path`.
        z: [C, B, *latent], draws of its start.
        heats: [T + 1], from 0 to 1.
        leapfrog_steps: int.
        seed: int32[2].
    """
    count = tf.shape(heats)[0] - 2
    most = tf.cast(longest(leapfrog_steps), z.dtype)
    sizes, scales = tf.TensorArray(z.dtype, count), tf.TensorArray(z.dtype, count)

    def step(number, z, log_size, sizes, scales):
        size, scale = tf.minimum(tf.exp(log_size), most), _spread(z)
        z, accepted = _move(path, heats[number + 1], z, size, scale, leapfrog_steps, random.fold(seed, number))
        log_size = tf.math.log(size) + tf.cast(_GAIN, z.dtype) * (accepted - tf.cast(_ACCEPTED, z.dtype))
        return number + 1, z, log_size, sizes.write(number, size), scales.write(number, scale)

    begun = tf.fill(tf.shape(z)[1:2], tf.math.log(most))
    *_, sizes, scales = tf.while_loop(
        lambda number, *_: number < count, step, (0, z, begun, sizes, scales), parallel_iterations=1
    )
    return Moves(sizes.stack(), scales.stack())


def log_weights(path, z, heats, moves, leapfrog_steps, seed):
    """Returns log w of each chain, float64 [C, B] in nats, and the mean share of accepted moves, [B].

    log w = sum_t (b_t+1 - b_t) log(target(z_t) / start(z_t)),  z_t+1 after a move that keeps f_b, b = b_t+1

    With `heats` from 0 to 1 and z drawn from the start, the mean of w is the target's integral; with `heats` from 1 to
    0 and z drawn from the target, it is 1 over the integral. Neal (2001), Annealed importance sampling, Statistics and
    Computing 11, equation 11.

    Args:
        path: A `Path`.
        z: [C, B, *latent].
        heats: [T + 1].
        moves: `Moves`, in the order of `heats`.
        leapfrog_steps: int.
        seed: int32[2].
    """
    last = tf.shape(heats)[0] - 2

    def weigh(number, z, total):
        return total + (heats[number + 1] - heats[number]) * tf.cast(path.ratio(z), tf.float64)

    def step(number, z, total, accepted):
        total = weigh(number, z, total)
        size, scale = moves.size[number], moves.scale[number]
        z, share = _move(path, heats[number + 1], z, size, scale, leapfrog_steps, random.fold(seed, number))
        return number + 1, z, total, accepted + share

    shape = tf.shape(z)
    begun = (0, z, tf.zeros(shape[:2], tf.float64), tf.zeros(shape[1:2], z.dtype))
    number, z, total, accepted = tf.while_loop(lambda number, *_: number < last, step, begun, parallel_iterations=1)
    return weigh(number, z, total), accepted / tf.cast(tf.maximum(last, 1), z.dtype)
