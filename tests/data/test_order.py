"""What evaluates reads in the order of the input; each pass of a training has an order of its own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import SHAPE, digits, make
from tfvae import callbacks, data, evaluation, latent

X = digits(23)
LABELS = np.arange(23, dtype="int32")


@pytest.fixture(scope="module")
def vae():
    model = make(preprocessing=data.Binarize())
    model.compile("sgd")
    model.trained = True
    return model


MADE_OF_IT = {
    "itself": lambda dataset: dataset,
    "mapped": lambda dataset: dataset.map(lambda x: x),
    "one behind the other": lambda dataset: dataset.take(2).concatenate(dataset.skip(2)),
}


@pytest.mark.parametrize("made", MADE_OF_IT)
def test_results_are_in_the_order_of_the_input(vae, made):
    shuffled = MADE_OF_IT[made](data.from_array(X, batch_size=5))
    given = data.from_array(X, batch_size=5, shuffle=False)
    assert not np.array_equal(np.concatenate(list(shuffled)), X)
    np.testing.assert_allclose(vae.predict(shuffled, verbose=0), vae.predict(X, verbose=0), rtol=1e-6)
    assert vae.evaluate(shuffled, verbose=0) == vae.evaluate(given, verbose=0)
    one, two = (evaluation.log_likelihood(vae, each, 3, verbose=0).per_example for each in (shuffled, given))
    np.testing.assert_array_equal(one, two)


def test_positions_and_pairs_are_of_the_input(vae):
    indices, squared = latent.nearest(X[:7], data.from_array(X, batch_size=5))
    np.testing.assert_array_equal(indices, np.arange(7))
    np.testing.assert_array_equal(squared, 0)
    (first, second) = (evaluation.activity(vae, data.from_array(X, batch_size=5)) for _ in range(2))
    np.testing.assert_array_equal(first.mean_variance, second.mean_variance)


def order(dataset):
    return tuple(int(number) for batch in dataset for number in np.asarray(batch))


def test_each_pass_of_a_loop_has_its_order_and_a_look_from_elsewhere_is_none(vae):
    numbered = data.from_array(LABELS, batch_size=6)
    expected = [order(numbered) for _ in range(4)]
    assert len(set(expected)) == 4
    assert all(sorted(one) == sorted(LABELS) for one in expected)
    # The same again from the first pass on, whatever the library reads in between.
    data.epoch.set_to(0)
    shuffled = data.from_array(X, batch_size=5)
    found = []
    for _ in range(4):
        found.append(order(numbered))
        vae.predict(shuffled, verbose=0)
        evaluation.activity(vae, shuffled)
    assert found == expected
    # One iterator over several passes, too.
    data.epoch.set_to(0)
    assert order(numbered.repeat(4)) == sum(expected, ())


class Orders(keras.callbacks.Callback):
    """Notes the first pixel of each example that a step sees, one list an epoch."""

    def __init__(self, meanwhile=lambda: None):
        super().__init__()
        self.meanwhile, self.epochs = meanwhile, []

    def on_epoch_begin(self, epoch, logs=None):
        self.meanwhile()
        self.seen = []
        step = self.model.train_step
        self.model.train_function._one = lambda batch: self.seen.extend(np.asarray(batch)[:, 0, 0, 0]) or step(batch)

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(tuple(self.seen))
        self.meanwhile()

    def on_train_batch_end(self, batch, logs=None):
        pass  # a callback that watches batches has them one by one


def orders(model, dataset, meanwhile=lambda: None, **fit):
    noted = Orders(meanwhile)
    model.fit(dataset, verbose=0, callbacks=[noted], **fit)
    return noted.epochs


def numbered(**options):
    return data.from_array(
        LABELS.astype("uint8")[:, None, None, None] * np.ones(SHAPE, "uint8"), batch_size=6, **options
    )


def model():
    vae = make()
    vae.compile("sgd")
    return vae


MADE_ALIKE = {"in memory": lambda: numbered(), "pipeline": lambda: numbered().map(lambda x: x)}


@pytest.mark.parametrize("source", MADE_ALIKE)
def test_each_epoch_of_a_model_has_its_order(source, tmp_path):
    dataset = MADE_ALIKE[source]()
    whole = orders(model(), dataset, epochs=4)
    assert len(set(whole)) == 4
    # Several calls of `fit` go on where the last one ended, and so does a model that was saved and loaded.
    several = model()
    found = orders(several, dataset) + orders(several, dataset) + orders(several, dataset, epochs=3, initial_epoch=2)
    several.save(tmp_path / "m.keras")
    found += orders(keras.saving.load_model(tmp_path / "m.keras"), dataset)
    assert found == whole
    # A training that goes on at an epoch has its order, also without the file.
    assert orders(model(), dataset, epochs=4, initial_epoch=2) == whole[2:]
    # What a callback reads of the data is no pass of the training.
    assert orders(model(), dataset, lambda: order(dataset.map(lambda x: x[:, 0, 0, 0])), epochs=4) == whole


def test_a_resumed_training_has_the_orders_of_the_uninterrupted_one(tmp_path):
    dataset = numbered()
    whole = model()
    expected = orders(whole, dataset) + orders(whole, dataset, epochs=3)

    class Killed(Exception):
        pass

    def kill(epoch, logs=None):
        if epoch == 1:
            raise Killed

    killed = model()
    orders(killed, dataset)
    path = tmp_path / "backup"
    with pytest.raises(Killed):
        killed.fit(
            dataset,
            epochs=3,
            verbose=0,
            callbacks=[callbacks.BackupAndRestore(path), keras.callbacks.LambdaCallback(on_epoch_end=kill)],
        )
    noted = Orders()
    model().fit(dataset, epochs=3, verbose=0, callbacks=[callbacks.BackupAndRestore(path), noted])
    assert noted.epochs == expected[3:]


def test_repeated_data_has_a_new_order_each_pass():
    """One iterator goes through all epochs, here of two steps, of passes of four."""
    (first, second, third, fourth) = orders(model(), numbered().repeat(), epochs=4, steps_per_epoch=2)
    assert sorted(first + second) == sorted(third + fourth) == list(range(23))
    assert first + second != third + fourth


def test_data_without_end_goes_on_from_one_fit_to_the_next():
    endless = numbered(endless=True)
    whole = orders(model(), endless, epochs=3, steps_per_epoch=3)
    several = model()
    assert [
        *orders(several, endless, steps_per_epoch=3),
        *orders(several, endless, epochs=2, steps_per_epoch=3),
    ] == whole


def test_a_foreign_dataset_is_read_as_it_comes(vae):
    foreign = tf.data.Dataset.from_tensor_slices(X).batch(5)
    np.testing.assert_allclose(vae.predict(foreign, verbose=0), vae.predict(X, verbose=0), rtol=1e-6)


def test_datasets_that_are_read_side_by_side_have_one_order():
    for size in (1, 6, 100):  # also of one batch, which is at its end as it is read
        numbered = data.from_array(LABELS, batch_size=size)
        others = data.from_array(LABELS, batch_size=size)
        for one, two in ((numbered, numbered.map(lambda x: x * 1)), (numbered, others)):
            both = tf.data.Dataset.zip((one, two))
            found = [(tuple(np.asarray(a)), tuple(np.asarray(b))) for _ in range(3) for a, b in both]
            assert all(a == b for a, b in found)
            assert len({a for a, _ in found}) > 1


DROPPED = {
    "next": lambda dataset: next(iter(dataset)),
    "next of a map": lambda dataset: next(iter(dataset.map(lambda x: x + 0))),
    "take": lambda dataset: np.concatenate(list(dataset.take(1))),
    "take of a prefetched map": lambda dataset: np.concatenate(list(dataset.map(lambda x: x + 0).prefetch(1).take(1))),
    "break": lambda dataset: first_of(dataset),
    "break of rows": lambda dataset: first_of(dataset.unbatch().batch(6)),
    "read to the end": lambda dataset: order(dataset)[:6],
}


def first_of(dataset):
    for batch in dataset:
        return batch


@pytest.mark.parametrize("read", DROPPED.values(), ids=DROPPED)
def test_a_pass_that_is_left_counts(read):
    numbered = data.from_array(LABELS, batch_size=6)
    data.epoch.set_to(0)
    orders = [order(numbered) for _ in range(4)]
    data.epoch.set_to(0)
    assert [tuple(np.asarray(read(numbered))) for _ in range(4)] == [one[:6] for one in orders]


def test_a_pass_under_way_counts_for_nothing():
    numbered = data.from_array(LABELS, batch_size=6)
    data.epoch.set_to(0)
    iterators = [iter(numbered) for _ in range(3)]
    first, *others = [tuple(next(iterator).numpy()) for iterator in iterators]
    assert others == [first, first]
    # Nor does its end, once the number has been set anew.
    with data.epoch.at(5):
        fifth = order(numbered)
    data.epoch.set_to(5)
    del iterators
    assert order(numbered) == fifth


def test_a_look_of_the_library_is_no_pass(vae):
    images = data.from_array(X, batch_size=6)
    data.epoch.set_to(0)
    first = next(iter(images)).numpy()
    data.epoch.set_to(0)
    with data.epoch.at(0):
        iterator = iter(images)
        next(iterator)
    vae.predict(images, verbose=0)
    vae.evaluate(images, verbose=0)
    del iterator
    np.testing.assert_array_equal(next(iter(images)), first)


def test_no_two_seeds_and_passes_have_one_order():
    found = []
    for seed in range(6):
        data.epoch.set_to(0)
        numbered = data.from_array(LABELS, batch_size=23, seed=seed)
        found += [order(numbered) for _ in range(6)]
        endless = iter(data.from_array(LABELS, batch_size=23, seed=seed, endless=True))
        passes = [tuple(int(number) for number in next(endless)) for _ in range(6)]
        assert len(set(passes)) == 6
    assert len(set(found)) == 36
    # Nor does a later pass of one repeat the numbers that an earlier pass of another was made of, moved by one.
    places = np.argsort(found, axis=1).astype("float64")
    correlations = np.corrcoef(places)[np.triu_indices(36, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(23)
