"""Datasets of sparse matrices, made dense a batch at a time."""

import zipfile
from typing import Any

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.data import finite
from tfvae.data.array import from_array


def from_sparse(
    x,
    condition=None,
    sample_weight=None,
    *,
    batch_size=128,
    shuffle=True,
    seed=0,
    endless=False,
    drop_remainder=False,
):
    """Returns a dataset of dense batches from a sparse matrix, such as counts of cells and genes or users and items.

    As `from_array(x.toarray(), ...)`: the same batches in the same orders, for a matrix that would not fit into memory.
    Memory holds what is stored of it, 8 bytes an entry with float32 values, and the dense batches of a few steps.

    Args:
        x: [N, D] matrix of `scipy.sparse`. CSR is taken as it is, any other format converted once.
        condition: As for `from_array`, like all that follow.
        sample_weight: Weights.
        batch_size: Examples per batch.
        shuffle: Whether each training pass has its own order.
        seed: Seed of the order.
        endless: Whether passes repeat without end.
        drop_remainder: Whether to leave out the examples that don't fill a whole batch.

    Returns:
        A `tf.data.Dataset` of x [B, D], (x, condition) or (x, condition, sample_weight); x float64 if the matrix is,
        else float32.

    Raises:
        ValueError: No sparse matrix of numbers, or one with NaN or infinity; and as for `from_array`.

    >>> import scipy.sparse
    >>> dataset = from_sparse(scipy.sparse.eye(5, format="csr"), batch_size=2, shuffle=False)
    >>> [batch.shape.as_list() for batch in dataset]
    [[2, 5], [2, 5], [1, 5]]
    """
    options = {"batch_size": batch_size, "shuffle": shuffle, "seed": seed, "endless": endless}
    return from_array(SparseRows(x), condition, sample_weight, drop_remainder=drop_remainder, **options)


def is_stored(names):
    """Returns whether an .npz file whose arrays have these names is one of `scipy.sparse.save_npz`."""
    return {"format", "shape", "data"} <= set(names)


def read(path):
    """Returns the matrix of a file of `scipy.sparse.save_npz`, as CSR.

    Raises:
        ValueError: The file is damaged.
    """
    import scipy.sparse

    try:
        return scipy.sparse.load_npz(path).tocsr()
    except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is damaged ({error}). Write it again with scipy.sparse.save_npz.") from error


class SparseRows:
    """The rows of a sparse matrix as those of an array, each dense when a batch asks for it.

    `from_array` takes it in place of an array, alone or as a modality of several.

    Args:
        matrix: [N, D] matrix of `scipy.sparse`.

    Attributes:
        shape: (N, D).
        dtype: float64 if the matrix's is, else float32.

    Raises:
        ValueError: No sparse matrix of numbers, or one with NaN or infinity.

    >>> import scipy.sparse
    >>> SparseRows(scipy.sparse.csr_matrix([[0, 2], [3, 0]])).gather(tf.constant([1, 0])).numpy().tolist()
    [[3.0, 0.0], [0.0, 2.0]]
    """

    ndim = 2

    def __init__(self, matrix: Any):
        # Asked by what it can do, so that SciPy is imported by who has a matrix of it, and not here.
        if not hasattr(matrix, "tocsr") or len(matrix.shape) != 2 or matrix.dtype.kind not in "biuf":
            expected = "a matrix of scipy.sparse, of numbers, such as scipy.sparse.csr_matrix(x); of others from_array"
            raise arguments.invalid("x", expected, matrix)
        matrix = matrix.tocsr()
        values = matrix.data
        bad = np.flatnonzero(~np.isfinite(values)) if values.dtype.kind == "f" else ()
        if len(bad):
            rows = np.unique(np.searchsorted(matrix.indptr, bad, side="right") - 1)
            finite.refuse("x", rows, matrix.shape[0])
        self.shape = tuple(int(side) for side in matrix.shape)
        self.dtype = np.dtype("float64" if values.dtype == "float64" else "float32")
        # Inputs of the pipeline, not constants in its graph, which holds 2 GiB at most.
        with tf.device("CPU:0"):
            self._starts = tf.constant(matrix.indptr, tf.int64)
            self._columns = tf.convert_to_tensor(matrix.indices)
            self._values = tf.convert_to_tensor(values.astype(self.dtype, copy=False))

    def __len__(self):
        """Returns N."""
        return self.shape[0]

    def gather(self, rows):
        """Returns the rows at positions `rows`, a tensor [B] -> [B, D]; works in a graph, too."""
        rows = tf.cast(rows, tf.int64)
        stored: Any = tf.ragged.range(tf.gather(self._starts, rows), tf.gather(self._starts, rows + 1))
        place = stored.value_rowids()
        column = tf.cast(tf.gather(self._columns, stored.values), tf.int64)
        count = tf.size(rows, tf.int64)
        # Entries that are stored twice add up, as they do in SciPy.
        dense = tf.scatter_nd(
            tf.stack([place, column], axis=1), tf.gather(self._values, stored.values), tf.stack([count, self.shape[1]])
        )
        return tf.ensure_shape(dense, [None, self.shape[1]])
