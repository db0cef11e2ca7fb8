"""Rows of an array that stays in its file."""

import numpy as np
import tensorflow as tf


class Rows:
    """Some rows of a memory-mapped array, read when a batch asks for them.

    `from_array` takes it in place of an array that is too large for memory.

    Args:
        array: [M, ...] array, such as `numpy.load(path, mmap_mode="r")`.
        positions: [N] rows of it; None for all.
        event_shape: Shape given to each row; by default its own.

    Attributes:
        shape: (N, *event_shape).
        dtype: As the array's, in the machine's byte order.

    >>> rows = Rows(np.arange(10), [7, 2])
    >>> rows.shape, rows.gather(tf.constant([1, 0])).numpy()
    ((2,), array([2, 7]))
    """

    def __init__(self, array, positions=None, event_shape=None):
        self._array = array
        self._positions = np.arange(len(array)) if positions is None else np.asarray(positions)
        self.shape = (len(self._positions), *(array.shape[1:] if event_shape is None else event_shape))
        self.ndim = len(self.shape)
        self.dtype = array.dtype.newbyteorder("=")

    def __len__(self):
        """Returns N."""
        return self.shape[0]

    def gather(self, rows):
        """Returns the rows at positions `rows`, a tensor [B] -> [B, *event_shape]; works in a graph, too."""

        def read(rows):
            taken = np.asarray(self._array[self._positions[rows]], self.dtype)
            return taken.reshape(-1, *self.shape[1:])

        taken = tf.numpy_function(read, [rows], tf.dtypes.as_dtype(self.dtype), stateful=False)
        return tf.ensure_shape(taken, [None, *self.shape[1:]])
