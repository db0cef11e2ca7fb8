"""Arrays under a strategy with two replicas."""

import itertools

import keras
import numpy as np
import pytest

from tests.models import make, strategy
from tests.notes import Notes
from tfvae import data
from tfvae.data import epoch


@pytest.fixture(autouse=True)
def _own_epoch():
    # So that the scope of a strategy may be where the variable is made.
    epoch.variable.cache_clear()
    yield
    epoch.variable.cache_clear()


class Epochs(keras.callbacks.Callback):
    """Keeps the notes of each epoch."""

    def __init__(self, seen):
        super().__init__()
        self.seen, self.epochs = seen, []

    def on_epoch_begin(self, epoch, logs=None):
        self.seen.clear()  # `fit` looks at one batch before

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append([*self.seen])


def fit(inside, **options):
    """Fits 22 examples in batches of 6; returns, for each epoch, what each replica saw in each step."""
    images = np.arange(22, dtype="uint8")[:, None, None, None] * np.ones([8, 8, 1], "uint8")
    notes = Notes()
    notes.seen = []
    with strategy().scope():
        dataset = data.from_array(images, batch_size=6) if inside else None
        vae = make(preprocessing=notes)
        vae.compile("adam")
    dataset = dataset or data.from_array(images, batch_size=6)
    noted = Epochs(notes.seen)
    vae.fit(dataset, verbose=0, callbacks=[noted], **options)
    return noted.epochs


def test_each_example_comes_once_an_epoch_and_each_epoch_has_its_order():
    first, second = fit(inside=True, epochs=2)
    for shares in (first, second):
        # 3 + 3 for the two replicas, three times, and 2 + 2.
        assert sorted(map(len, shares)) == [2, 2, 3, 3, 3, 3, 3, 3]
        assert sorted(itertools.chain(*shares)) == [*range(22)]
    # The replicas run side by side, so the order of their notes is not fixed; which examples share a step is.
    assert sorted(map(sorted, first)) != sorted(map(sorted, second))
    # An epoch's order depends neither on those before it, nor on where the dataset was made.
    (resumed,) = fit(inside=False, epochs=2, initial_epoch=1)
    assert sorted(map(sorted, second)) == sorted(map(sorted, resumed))
