"""A record of the random numbers that are drawn: by which kernel, from which seed."""

import contextlib
import warnings
from typing import NamedTuple

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import op_callbacks

_RANDOM = ("Random", "Multinomial", "Binomial", "TruncatedNormal")
# These hand a seed on, or are an order of data.
_NO_DRAW = ("RandomGetKeyCounter", "RandomGetAlg", "Shuffle", "Dataset")


class Draw(NamedTuple):
    """One call of a kernel that draws.

    Attributes:
        kernel: Its name.
        seed: What decides its numbers, key and counter; () where that is TensorFlow's global generator.
        size: How many numbers.
    """

    kernel: str
    seed: tuple
    size: int

    @property
    def is_noise(self):
        """Whether the numbers aren't other seeds, as `tf.random.fold_in` and `split` draw them."""
        return "FullInt" not in self.kernel


@contextlib.contextmanager
def recorded():
    """Yields a list that grows by a `Draw` for each call of a kernel that draws; functions run eagerly meanwhile."""
    draws = []

    def note(kernel, size, *seeds):
        if len(seeds) == 1:  # of the older kernels, which make key and counter of it themselves
            seeds = [value.numpy() for value in tf.raw_ops.StatelessRandomGetKeyCounter(seed=seeds[0])]
        seed = tuple(int(number) for value in seeds for number in np.ravel(value))
        draws.append(Draw(tf.compat.as_str(np.asarray(kernel).item()), seed, int(size)))

    def see(kernel, inputs, attributes, outputs, op_name=None, graph=None):
        del attributes, op_name, graph
        kernel = tf.compat.as_str(kernel)
        if any(text in kernel for text in _RANDOM) and not any(text in kernel for text in _NO_DRAW):
            # The first input is a shape, or the parameters.
            seeds = [value for value in inputs[1:] if _is_seed(kernel, value)]
            # TFP runs some samplers as functions of its own: there the numbers are known when they run.
            tf.numpy_function(note, [kernel, tf.size(outputs[0]), *seeds], [])
        return outputs

    eagerly = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    op_callbacks.add_op_callback(see)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Even though the `tf.config.experimental_run_functions_eagerly`")
            yield draws
    finally:
        op_callbacks.remove_op_callback(see)
        tf.config.run_functions_eagerly(eagerly)


def _is_seed(kernel, value):
    # Newer kernels take a key, uint64 [1], and a counter, uint64 [2]; older ones two integers.
    return "Stateless" in kernel and (value.dtype == tf.uint64 or (value.shape == (2,) and value.dtype.is_integer))
