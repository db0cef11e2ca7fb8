"""The single source of randomness.

Every draw in the library is stateless and takes a seed from this module. The
state of a model's noise is one Keras `SeedGenerator`, so it is a variable that
checkpoints hold. The module also fixes two things: TFP wants int32[2] where
Keras makes int64[2], and `MirroredStrategy` would draw the same noise on every
replica, so the replica's number is folded in.
"""

import contextlib
import contextvars
import itertools
import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.devices import replicas, xla


def generator(seed=None):
    """Returns a `keras.random.SeedGenerator`; None takes a seed that `keras.utils.set_random_seed` fixes."""
    return keras.random.SeedGenerator(seed)


def next_seed(seed_generator):
    """Advances `seed_generator` and returns a fresh seed, different on every replica.

    Returns:
        int32 tensor of shape [2].
    """
    seed = tf.cast(tf.convert_to_tensor(seed_generator.next()), tf.int32)
    return fold(seed, replicas.replica_id())


def as_seed(seed, seed_generator):
    """Returns `seed` as int32[2]: an int, an int32[2] tensor, or None for the generator's next seed.

    Raises:
        ValueError: `seed` is none of these.
    """
    if seed is None:
        return next_seed(seed_generator)
    if isinstance(seed, int | np.integer):
        return tf.constant([int(seed) & 0x7FFFFFFF, int(seed) >> 31 & 0x7FFFFFFF], tf.int32)
    seed = tf.convert_to_tensor(seed)
    if seed.shape != (2,) or not seed.dtype.is_integer:
        raise ValueError(
            "Invalid value for argument `seed`. Expected an int, an integer tensor of shape [2] or None. "
            f"Received: seed={seed!r}"
        )
    return tf.cast(seed, tf.int32)


def fold(seed, *positions):
    """Returns the seed at `positions` (ints or integer tensors) of the stream that `seed` names."""
    for position in positions:
        seed = tf.random.fold_in(seed, position)  # pyright: ignore[reportArgumentType]: the stub's result is an int
    return seed


def _algorithm():
    # TensorFlow's default, Philox, has its own kernel on a CPU. XLA expands it into instructions and repeats them in
    # every consumer of the noise: binarising 100,000 pixels takes 20 ms. Threefry takes 0.1 ms there, but has no
    # kernel outside XLA.
    return "threefry" if xla.tracing() else "auto_select"


_given: contextvars.ContextVar[Any] = contextvars.ContextVar("given", default=None)


@contextlib.contextmanager
def given(numbers, columns):
    """Within it, draws are made of `numbers` in place of noise, for a graph that may hold no random operation.

    Seeds have no say. Only draws through this module are made so.

    Args:
        numbers: [B, sum(columns)] in [0, 1), a row for each of the B examples that are drawn.
        columns: What `columns_of` returned for the same draws.
    """
    ends = itertools.accumulate(columns, initial=0)
    pieces = iter([numbers[:, start:end] for start, end in itertools.pairwise(ends)])
    before = _given.set(lambda shape, dtype: tf.reshape(tf.cast(next(pieces), dtype), shape))
    try:
        yield
    finally:
        _given.reset(before)


def columns_of(draw):
    """Returns how many uniform numbers each draw takes for an example, in order: two for a normal one.

    Args:
        draw: count -> draws for that many examples through this module, which run eagerly.

    Raises:
        ValueError: A draw is not one for each example.
    """
    count, found = 2, []

    def take(shape, dtype):
        sides = [int(side) for side in shape]
        if next((side for side in sides if side != 1), 1) != count:
            raise ValueError(f"A draw of shape {sides} is not one for each of {count} examples.")
        found.append(math.prod(sides) // count)
        return tf.fill(sides, tf.constant(0.5, dtype))

    before = _given.set(take)
    try:
        draw(count)
    finally:
        _given.reset(before)
    return found


def uniform(shape, seed, dtype):
    """Draws from U[0, 1). Without a seed, uses TensorFlow's global one, as a `tfd.Distribution` does."""
    if _given.get() is not None:
        return _given.get()(shape, dtype)
    return tf.random.stateless_uniform(shape, tfp.random.sanitize_seed(seed), dtype=dtype, alg=_algorithm())


def normal(shape, seed, dtype):
    """Draws from N(0, 1), seeded as for `uniform`."""
    if _given.get() is not None:
        # Box and Muller (1958).
        length, angle = uniform(shape, seed, dtype), uniform(shape, seed, dtype)
        return tf.sqrt(-2 * tf.math.log(1 - length)) * tf.cos(2 * math.pi * angle)
    return tf.random.stateless_normal(shape, tfp.random.sanitize_seed(seed), dtype=dtype, alg=_algorithm())


def index(logits, seed, count=()):
    """Draws from softmax(logits), [..., K] -> int32 [*count, ...], by one uniform number each; seeded as `uniform`."""
    return index_at(logits, uniform(tf.concat([count, tf.shape(logits)[:-1]], 0), seed, logits.dtype))


def index_at(logits, uniform):
    """Returns the first index of [..., K] whose cumulative probability is above `uniform` [..., ...], as int32."""
    # TensorFlow's softmax takes five axes at most.
    probs = tf.exp(logits - tf.reduce_logsumexp(logits, axis=-1, keepdims=True))
    below = tf.cumsum(probs, axis=-1)[..., :-1] <= uniform[..., None]
    return tf.reduce_sum(tf.cast(below, tf.int32), axis=-1)


class Normal(tfp.distributions.Normal):
    """TFP's, with noise from `normal`, which uses XLA's fast generator: worth 9 % of an MLP's step there."""

    def _sample_n(self, n, seed=None):
        loc, scale = tf.convert_to_tensor(self.loc), tf.convert_to_tensor(self.scale)
        shape = tf.concat([[n], self._batch_shape_tensor(loc=loc, scale=scale)], 0)
        return loc + scale * normal(shape, seed, self.dtype)


def states(model):
    """Returns the state of every seed generator in a Keras model, which Keras's files leave out."""
    others = {id(variable) for variable in model.weights}
    others |= {id(variable) for metric in model.metrics for variable in metric.variables}
    others |= {id(variable) for variable in model.progress.variables}
    return [variable for variable in model.variables if id(variable) not in others]
