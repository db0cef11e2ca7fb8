"""What a run's folder holds."""

import csv

import keras
import numpy as np
from PIL import Image

DIGITS = ("--dataset", "digits", "--recipe", "vae", "--latent-size", "2")


def rows(folder):
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def assert_same_run(folder, other):
    """Weights, optimizer, the state of all noise, and the history are bit-identical."""
    with np.load(folder / "checkpoints" / "last.npz") as a, np.load(other / "checkpoints" / "last.npz") as b:
        assert sorted(a.files) == sorted(b.files)
        for name in a.files:
            np.testing.assert_array_equal(a[name], b[name])
    first, second = (keras.saving.load_model(path / "model.keras") for path in (folder, other))
    for a, b in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert rows(folder) == rows(other)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def picture(path):
    with Image.open(path) as image:
        return np.asarray(image)
