"""Datasets of arrays."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models import make
from tfvae import data
from tfvae.data import epoch


@pytest.fixture(autouse=True)
def _first_epoch():
    epoch.set_to(0)
    yield
    epoch.set_to(0)


def rows(dataset):
    return np.concatenate([batch.numpy() for batch in dataset])


def test_every_example_comes_once():
    x = np.arange(23)
    dataset = data.from_array(x, batch_size=5)
    assert dataset.cardinality() == 5
    order = rows(dataset)
    assert not np.array_equal(order, x)
    np.testing.assert_array_equal(np.sort(order), x)
    np.testing.assert_array_equal(rows(data.from_array(x, batch_size=5, shuffle=False)), x)


def test_the_order_is_a_function_of_seed_and_epoch():
    x = np.arange(50)

    def order(seed, number):
        epoch.set_to(number)
        return rows(data.from_array(x, batch_size=7, seed=seed))

    np.testing.assert_array_equal(order(1, 3), order(1, 3))
    assert not np.array_equal(order(1, 3), order(1, 4))
    assert not np.array_equal(order(1, 3), order(2, 3))


def test_the_shuffle_is_fair():
    """Each example is as likely at each place: chi-square over epochs, within 5 standard deviations."""
    count, epochs = 6, 240
    dataset = data.from_array(np.arange(count), batch_size=count)
    counts, orders = np.zeros((count, count)), set()
    for number in range(epochs):
        epoch.set_to(number)
        order = rows(dataset)
        counts[np.arange(count), order] += 1
        orders.add(tuple(order))
    expected = epochs / count
    chi2 = ((counts - expected) ** 2 / expected).sum()
    freedom = (count - 1) ** 2
    assert abs(chi2 - freedom) < 5 * np.sqrt(2 * freedom)
    # Of 720 orders 240 draws meet 720 (1 - e^(-1/3)) = 204, with a standard deviation of 6.
    assert abs(len(orders) - 204) < 5 * 6


def test_fit_shuffles_each_epoch_anew_through_transformations():
    seen = []
    dataset = data.from_array(np.arange(12, dtype="uint8"), batch_size=12)

    def remember(x):
        def note(values):
            seen.append(values.copy())
            return values

        tf.numpy_function(note, [x], tf.uint8)
        return tf.repeat(tf.reshape(x, [-1, 1, 1, 1]), 64, axis=0)[:12] * tf.ones([12, 8, 8, 1], tf.uint8)

    model = make(preprocessing=data.Binarize(maximum=255))
    model.compile()
    model.fit(dataset.map(remember), epochs=3, verbose=0)
    orders = {tuple(order) for order in seen}
    assert len(orders) == 3


def test_conditions_and_weights_stay_with_their_example():
    x = np.arange(20)
    for batch in data.from_array(x, x * 10, x / 2, batch_size=6):
        np.testing.assert_array_equal(batch[1], batch[0] * 10)
        np.testing.assert_array_equal(batch[2], batch[0] / 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"x": np.zeros((0, 3))}, "positive number of examples"),
        ({"x": np.zeros(5), "condition": np.zeros(4)}, "same, positive number"),
        ({"x": np.zeros(5), "batch_size": 0}, r"`batch_size`.*batch_size=0"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.from_array(**arguments)


def test_digits_are_real_disjoint_and_stable():
    from sklearn.datasets import load_digits

    source = load_digits()
    images = [data.digits(split)[0] for split in ("train", "validation", "test")]
    assert [image.dtype for image in images] == [np.uint8] * 3
    joined = np.concatenate(images).reshape(-1, 64)
    assert joined.shape == (1797, 64)
    assert (joined.min(), joined.max()) == (0, 255)
    # The same rows as the source's, each once.
    expected = np.rint(source.images * 255 / 16).astype("uint8").reshape(-1, 64)
    np.testing.assert_array_equal(joined[np.lexsort(joined.T)], expected[np.lexsort(expected.T)])
    assert int(images[0].astype(int).sum()) == int(data.digits("train")[0].astype(int).sum())
    with pytest.raises(ValueError, match=r"`split`.*train, validation, test.*split='all'"):
        data.digits("all")


def test_load_digits():
    dataset, info = data.load("digits", "test", batch_size=100, labels=True)
    batches = list(dataset)
    assert [len(batch[0]) for batch in batches] == [100, 80]
    assert batches[0][0].dtype == tf.uint8
    assert info == ("digits", "test", 180, (8, 8, 1), 10, 17, None, 255, None)
    images, labels = data.digits("test")
    np.testing.assert_array_equal(np.concatenate([b[1] for b in batches]), labels)
    np.testing.assert_array_equal(np.concatenate([b[0] for b in batches]), images)


def test_the_remainder_may_be_dropped():
    x = np.arange(23)
    dataset = data.from_array(x, batch_size=5, drop_remainder=True)
    assert dataset.cardinality() == 4
    first, second = ([len(batch) for batch in dataset], rows(dataset))
    assert first == [5, 5, 5, 5]
    assert len(np.unique(second)) == 20
    left = set()
    for _ in range(8):  # other ones each pass
        left |= set(x) - set(rows(dataset))
    assert len(left) > 3
    with pytest.raises(ValueError, match=r"`batch_size`.*1\.\.23.*drop_remainder"):
        data.from_array(x, batch_size=24, drop_remainder=True)


def test_a_training_takes_whole_batches_alone():
    vae = make()
    vae.compile("sgd")
    images = np.zeros((23, 8, 8, 1), "uint8")
    for dataset in (
        data.from_array(images, batch_size=5, drop_remainder=True),
        data.from_array(images, batch_size=5, endless=True, drop_remainder=True).take(4),
    ):
        before = int(vae.progress.steps)
        vae.fit(dataset, verbose=0)
        assert int(vae.progress.steps) - before == 4
