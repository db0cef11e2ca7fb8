"""The single source of randomness.

Every draw in the library is stateless and takes a seed from this module. The
state of a model's noise is one Keras `SeedGenerator`, so it is a variable that
checkpoints hold. The module also fixes two things: TFP wants int32[2] where
Keras makes int64[2], and `MirroredStrategy` would draw the same noise on every
replica, so the replica's number is folded in.
"""

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


def uniform(shape, seed, dtype):
    """Draws from U[0, 1). Without a seed, uses TensorFlow's global one, as a `tfd.Distribution` does."""
    return tf.random.stateless_uniform(shape, tfp.random.sanitize_seed(seed), dtype=dtype, alg=_algorithm())


def normal(shape, seed, dtype):
    """Draws from N(0, 1), seeded as for `uniform`."""
    return tf.random.stateless_normal(shape, tfp.random.sanitize_seed(seed), dtype=dtype, alg=_algorithm())


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
