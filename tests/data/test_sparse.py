"""Sparse matrices: the batches of the dense one, in the same orders."""

import keras
import numpy as np
import pytest
import scipy.sparse
import tensorflow as tf

from tests.data.loading import load
from tfvae import data, recipes
from tfvae.data import epoch

RNG = np.random.default_rng(0)
DENSE = np.where(RNG.random((23, 9)) < 0.2, RNG.integers(1, 50, (23, 9)), 0).astype("float32")
DENSE[4] = 0  # a row without any entry
MATRIX = scipy.sparse.csr_matrix(DENSE)
LABELS = np.arange(23, dtype="int32")


@pytest.fixture(autouse=True)
def _first_epoch():
    epoch.set_to(0)
    yield
    epoch.set_to(0)


OPTIONS = {
    "shuffled": {"batch_size": 5, "seed": 3},
    "in order": {"batch_size": 4, "shuffle": False},
    "whole batches": {"batch_size": 5, "drop_remainder": True},
    "labels": {"batch_size": 5, "condition": LABELS},
    "weights": {"batch_size": 5, "condition": LABELS, "sample_weight": LABELS + 1.0},
}


@pytest.mark.parametrize("name", OPTIONS)
def test_batches_are_those_of_the_dense_matrix(name):
    found = []
    for dataset in (data.from_sparse(MATRIX, **OPTIONS[name]), data.from_array(DENSE, **OPTIONS[name])):
        epoch.set_to(5)
        found.append([tf.nest.map_structure(np.asarray, batch) for batch in dataset])
    for one, two in zip(*found, strict=True):
        tf.nest.map_structure(np.testing.assert_array_equal, one, two)


def test_passes_without_end_are_those_of_the_dense_matrix():
    one, two = (
        list(make(x, batch_size=5, endless=True).take(12).as_numpy_iterator())
        for make, x in ((data.from_sparse, MATRIX), (data.from_array, DENSE))
    )
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("form", ["csc", "coo", "lil", "dok", "bsr"])
def test_any_format_and_dtype_and_entries_that_are_stored_twice(form):
    rows = tf.constant([3, 0, 3, 22])
    np.testing.assert_array_equal(data.SparseRows(MATRIX.asformat(form)).gather(rows), DENSE[rows])
    for dtype, expected in (("int64", "float32"), ("bool", "float32"), ("uint8", "float32"), ("float64", "float64")):
        found = data.SparseRows(scipy.sparse.csr_array(MATRIX.astype(dtype)))
        assert (found.shape, len(found), found.dtype) == ((23, 9), 23, expected)
        np.testing.assert_array_equal(found.gather(rows), DENSE[rows].astype(dtype))
    twice = scipy.sparse.csr_matrix((np.array([1.0, 2.0, 4.0]), np.array([1, 1, 0]), np.array([0, 2, 3])), (2, 3))
    np.testing.assert_array_equal(data.SparseRows(twice).gather([1, 0]), [[4, 0, 0], [0, 3, 0]])


def test_rows_that_are_not_finite_are_named():
    bad = DENSE.copy()
    bad[[7, 11], [2, 3]] = np.nan, np.inf
    with pytest.raises(ValueError, match=r"2 of 23 examples, at the rows 7, 11\."):
        data.from_sparse(scipy.sparse.csr_matrix(bad))


def test_training_takes_the_steps_of_the_dense_matrix():
    found = []
    for dataset in (data.from_sparse(MATRIX, batch_size=12), data.from_array(DENSE, batch_size=12)):
        keras.utils.set_random_seed(0)
        model = recipes.count_vae((9,), 2, seed=0)
        model.compile("adam", run_eagerly=True)
        found.append(model.fit(dataset, verbose=0).history["loss"])
        reconstructed = model.predict(dataset, verbose=0)
        np.testing.assert_allclose(
            reconstructed.sum(axis=1), DENSE.sum(axis=1), rtol=1e-4, atol=0.01
        )  # in the order of x
    np.testing.assert_allclose(*found, rtol=1e-5)


def test_a_file_of_scipy_is_split_by_its_rows(tmp_path):
    scipy.sparse.save_npz(tmp_path / "counts.npz", MATRIX.tocsc())
    np.savez(tmp_path / "dense.npz", x=DENSE)
    for split in ("train", "validation", "test", "all"):
        (one, _, info), (two, _, other) = (load(tmp_path / name, split) for name in ("counts.npz", "dense.npz"))
        assert info._replace(name="") == other._replace(name="")
        np.testing.assert_array_equal(one, two)
    with pytest.raises(ValueError, match="labels=False"):
        load(tmp_path / "counts.npz", "train", labels=True)
    np.savez(tmp_path / "counts.npz", format=b"csr", shape=[2, 3], data=[1.0])
    with pytest.raises(ValueError, match=r"damaged.*scipy\.sparse\.save_npz"):
        load(tmp_path / "counts.npz", "train")
