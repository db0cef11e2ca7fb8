"""What data is loaded."""

import os

import numpy as np
import scipy.sparse
import tensorflow as tf

from tests.errors.broken import write
from tests.errors.models import bad_rows
from tests.errors.row import row
from tests.models import digits
from tfvae import data, recipes


def augmented(**options):
    return data.augment(data.from_array(digits(), batch_size=12), **options)


ROWS = {
    "pairs without factors": row(lambda: data.pairs(np.zeros(3), [0, 1, 2]), "`factors`", r"\[N, F\]"),
    "pairs that share nothing": row(
        lambda: data.pairs(np.zeros(2), [[0, 1], [0, 2]], num_changed=2), "`num_changed`", r"1\.\.1", "=2"
    ),
    "no pair": row(lambda: data.pairs(np.zeros(2), [[0, 1], [1, 2]]), "No two examples share all factors but 1"),
    "unknown dataset": row(lambda: data.load("digitz"), "`name`", "Did you mean digits", "name='digitz'"),
    "no folder": row(lambda: data.load("./images"), "`name`", "no such folder or file", r"'\./images'"),
    "unknown split": row(lambda: data.load("digits", "tran"), "`split`", "train, validation, test", "'tran'"),
    "unknown split of sprites": row(lambda: data.sprites("valid"), "`split`", "validation", "'valid'"),
    "an argument of folders": row(lambda: data.load("digits", image_size=(8, 8)), "`image_size`", "Leave it out"),
    "a batch of 0": row(lambda: data.load("digits", batch_size=0), "`batch_size`", "batch_size=0"),
    "a batch that is text": row(lambda: data.load("digits", batch_size="128"), "`batch_size`", "batch_size='128'"),
    "a seed that is text": row(lambda: data.load("digits", seed="x"), "`seed`", "an int", "seed='x'"),
    "an empty folder": row(
        lambda: data.load("pictures"), "Expected images", "none", given=lambda: os.mkdir("pictures")
    ),
    "an empty split": row(
        lambda: data.load("few.npy", "validation"),
        "split 'validation' .* is empty",
        "Add examples, or take split='all'",
        given=lambda: np.save("few.npy", np.zeros((2, 8, 8), "uint8")),
    ),
    "a file that is no array": row(
        lambda: data.load("x.npy"), r"x\.npy is no NumPy file", r"numpy\.save", given=lambda: write("x.npy", b"text")
    ),
    "no examples": row(lambda: data.from_array(digits()[:0]), "same, positive number of examples", r"\(0, 8, 8, 1\)"),
    "labels of another number": row(
        lambda: data.from_array(digits(), np.zeros(3)), "number of examples", r"\(36, 8, 8, 1\), \(3,\)"
    ),
    "rows of several lengths": row(lambda: data.from_array([[1, 2], [3]]), "`x`", "whose rows have one shape"),
    "text": row(lambda: data.from_array(np.array(["a", "b"])), "`x`", "array of numbers", "<U1"),
    "NaN in an array": row(
        lambda: data.from_array(bad_rows(3, 20), batch_size=12), "`x`", "2 of 36", "rows 3, 20", "Repair or leave out"
    ),
    "infinity in a condition": row(
        lambda: data.from_array(digits(), np.where(np.arange(36) == 7, np.inf, 0.0), batch_size=12),
        "`condition`",
        "rows 7",
    ),
    "negative sample weights": row(
        lambda: data.from_array(digits(), sample_weight=-np.ones(36), batch_size=12), "`sample_weight`", ">= 0"
    ),
    "a sparse matrix of SciPy": row(
        lambda: data.from_array(scipy.sparse.csr_matrix(np.eye(4))), "`x`", "csr_matrix", r"x\.toarray\(\)"
    ),
    "a sparse dataset of an array": row(
        lambda: data.from_sparse(np.eye(3)), "`x`", r"scipy\.sparse", "from_array", error=ValueError
    ),
    "NaN in a sparse matrix": row(
        lambda: data.from_sparse(scipy.sparse.csr_matrix(np.diag([1.0, np.nan, 2.0]))), "`x`", "1 of 3", "rows 1"
    ),
    "labels of a sparse matrix": row(
        lambda: data.load("x.npz", labels=True),
        r"x\.npz is a sparse matrix",
        "labels=False",
        given=lambda: scipy.sparse.save_npz("x.npz", scipy.sparse.eye(4, format="csr")),
    ),
    "fractions that are no counts": row(
        lambda: recipes.count_vae((2,), 2).fit(np.array([[0.5, 2.0]]), verbose=0),
        "whole numbers",
        "1 of 2",
        "before they are normalised",
    ),
    "negative counts": row(
        lambda: recipes.count_vae((2,), 2).encode(np.array([[-1, 2]])), "whole numbers", "from -1 to 2"
    ),
    "a sparse tensor": row(lambda: data.from_array(tf.sparse.eye(4)), "`x`", "sparse", r"tf\.sparse\.to_dense"),
    "a ragged tensor": row(lambda: data.from_array(tf.ragged.constant([[1.0], []])), "ragged", r"x\.to_tensor\(\)"),
    "a dictionary of nothing": row(lambda: data.from_array({}), "`x`", "array of numbers", "a dict"),
    "a weight for each pixel": row(
        lambda: data.from_array(digits(), sample_weight=np.ones((36, 8, 8, 1))), "`sample_weight`", r"\(36,\)"
    ),
    "no IDX files": row(lambda: data.prepare("mnist", "nowhere", "out"), "`source`", "train-images", "'nowhere'"),
    "augmenting an array": row(
        lambda: data.augment(digits(), flip=True), "`dataset`", "data.from_array", "dataset='ndarray'"
    ),
    "augmenting vectors": row(
        lambda: data.augment(data.from_array(np.zeros((4, 5))), flip=True), "`dataset`", "height, width", r"\(None, 5\)"
    ),
    "augmenting without a change": row(lambda: augmented(), "varies nothing", "flip=True", "crop=1.0"),
    "a flip that is text": row(lambda: augmented(flip="left"), "`flip`", "True or False", "flip='left'"),
    "reflection that is text": row(lambda: augmented(shift=1, reflect="edge"), "`reflect`", "reflect='edge'"),
    "a shift beyond the picture": row(lambda: augmented(shift=8), "`shift`", r"\(8, 8\)", "shift=8"),
    "a shift of half a pixel": row(lambda: augmented(shift=(1, 0.5)), "`shift`", "an int", "shift=0.5"),
    "a shift in three directions": row(lambda: augmented(shift=(1, 1, 1)), "`shift`", r"\(vertical, horizontal\)"),
    "a crop in pixels": row(lambda: augmented(crop=6), "`crop`", r"\(0, 1\]", "crop=6"),
    "a crop of nothing": row(lambda: augmented(crop=0), "`crop`", r"\(0, 1\]", "crop=0"),
    "a seed of augmentation": row(lambda: augmented(flip=True, seed="x"), "`seed`", "an int", "seed='x'"),
}
