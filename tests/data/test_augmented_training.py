"""Training on augmented data: the pictures of its epochs, also when it resumes; and nothing else sees them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.data.test_augment import passes
from tests.models import digits, make, without_noise
from tfvae import callbacks, data
from tfvae.data import resident


class Seen(keras.callbacks.Callback):
    """Notes the pictures that the train steps see, one array an epoch."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.batches = []
        step = self.model.train_step
        self.model.train_function._one = lambda batch: self.batches.append(np.asarray(batch)) or step(batch)

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(np.concatenate(self.batches))

    def on_train_batch_end(self, batch, logs=None):
        pass  # a callback that watches batches has them one by one


def model():
    vae = without_noise(make())
    vae.compile("sgd", jit_compile=False)
    return vae


def seen(dataset, vae=None, **fit):
    noted = Seen()
    (vae or model()).fit(dataset, verbose=0, callbacks=[*fit.pop("callbacks", ()), noted], **fit)
    return noted.epochs


def training():
    return data.augment(data.from_array(digits(), batch_size=8), flip=True, shift=1, crop=0.9)


def test_a_training_sees_the_pictures_of_its_epochs_and_a_resumed_one_the_same(tmp_path):
    expected = passes(training(), 3)
    for one, two in zip(seen(training(), epochs=3), expected, strict=True):
        np.testing.assert_array_equal(one, two)

    class Killed(Exception):
        pass

    def kill(epoch, logs=None):
        if epoch == 0:
            raise Killed

    stop = keras.callbacks.LambdaCallback(on_epoch_end=kill)
    with pytest.raises(Killed):
        model().fit(training(), epochs=3, verbose=0, callbacks=[callbacks.BackupAndRestore(tmp_path), stop])
    resumed = seen(training(), epochs=3, callbacks=[callbacks.BackupAndRestore(tmp_path)])
    assert len(resumed) == 2
    for one, two in zip(resumed, expected[1:], strict=True):
        np.testing.assert_array_equal(one, two)


def test_data_without_end_goes_on_at_its_train_step():
    def endless():
        return data.augment(data.from_array(digits(), batch_size=8, endless=True), flip=True, shift=1)

    assert int(endless().cardinality()) == tf.data.INFINITE_CARDINALITY
    whole = seen(endless(), epochs=3, steps_per_epoch=3)
    (resumed,) = seen(endless(), epochs=3, initial_epoch=2, steps_per_epoch=3)
    np.testing.assert_array_equal(resumed, whole[2])
    assert len({one.tobytes() for one in whole}) == 3


@pytest.mark.slow
def test_blocks_in_xla_take_the_steps_of_a_plain_graph():
    """Neither reads the data from memory, past what varies it."""
    assert resident.of(data.from_array(digits())) is not None
    assert resident.of(training()) is None
    models = []
    for dataset, options in (
        (training(), {"jit_compile": False}),
        (training(), {"jit_compile": True, "steps_per_execution": 2}),
        (data.from_array(digits(), batch_size=8), {"jit_compile": False}),
    ):
        vae = without_noise(make())
        vae.compile("sgd", **options)
        vae.fit(dataset, epochs=2, verbose=0)
        models.append(vae)
    plain, blocks, other = ([variable.numpy() for variable in vae.trainable_variables] for vae in models)
    assert models[1].train_function.blocks > 0
    for one, two in zip(plain, blocks, strict=True):
        np.testing.assert_allclose(one, two, rtol=2e-4, atol=1e-5)
    assert max(np.abs(one - two).max() for one, two in zip(plain, other, strict=True)) > 1e-3


def test_all_but_training_sees_the_pictures_as_they_are():
    vae = make()
    vae.compile("sgd")
    vae.trained = True
    augmented, plain = training(), data.from_array(digits(), batch_size=8)
    assert vae.evaluate(augmented, verbose=0) == vae.evaluate(plain, verbose=0)
    np.testing.assert_array_equal(vae.predict(augmented, verbose=0), vae.predict(plain, verbose=0))
    history = vae.fit(augmented, validation_data=augmented, verbose=0).history
    assert history["val_loss"] == [vae.evaluate(plain, verbose=0, return_dict=True)["loss"]]


def test_endless_data_is_evaluated_as_it_is():
    vae = make()
    vae.compile("sgd")
    endless = data.from_array(digits(), batch_size=8).repeat()
    kept = vae.evaluate(endless, steps=5, verbose=0)
    assert vae.evaluate(data.augment(endless, shift=2), steps=5, verbose=0) == kept
