"""EarlyStopping and ModelCheckpoint: which epoch they call the best."""

import keras
import numpy as np
import pytest

from tests.models import digits, make
from tfvae import callbacks, data, schedules, terms

STEPS = 3  # train steps an epoch


def mark(model):
    return model.likelihood.head.bias


def kept(model):
    """The epoch whose weights the model has."""
    return int(mark(model)[0])


def fit(callback, values, weight=1.0, name="val_elbo"):
    """Goes through epochs as `fit` does; the metric is planned, and each epoch leaves its number in the model."""
    vae = make(objective=[terms.NegativeLogLikelihood(), terms.KL(weight=weight)])
    vae.compile("sgd")
    vae.stop_training = False
    callback.set_model(vae)
    callback.on_train_begin()
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch)
        vae.progress.steps.assign(vae.progress.steps + STEPS)
        mark(vae).assign(np.full(mark(vae).shape, epoch))
        logs = {"loss": 1.0, "elbo": 2.0, "kl": 3.0}
        callback.on_epoch_end(epoch, logs if value is None else {**logs, name: value})
        if vae.stop_training:
            break
    callback.on_train_end()
    return vae, epoch + 1


def saved(callback):
    model = make()
    model.load_weights(callback.filepath)
    return kept(model)


def checkpoint(tmp_path, **kwargs):
    return callbacks.ModelCheckpoint(tmp_path / "best.weights.h5", save_weights_only=True, **kwargs)


def test_the_elbo_is_maximised(tmp_path):
    values, stop = [1.0, 3.0, 2.0, 2.5, 9.0], callbacks.EarlyStopping(patience=2)
    vae, epochs = fit(stop, values)
    assert (kept(vae), epochs, stop.best_epoch) == (1, 4, 1)
    save = checkpoint(tmp_path)
    fit(save, values)
    assert saved(save) == 4


@pytest.mark.parametrize("name", ["val_loss", "val_kl", "val_negative_log_likelihood"])
def test_a_loss_is_minimised(name, tmp_path):
    values = [3.0, 1.0, 2.0]
    vae, _ = fit(callbacks.EarlyStopping(monitor=name, patience=5), values, name=name)
    assert kept(vae) == 1
    if name == "val_kl":
        save = checkpoint(tmp_path, monitor=name)
        fit(save, values, name=name)
        assert saved(save) == 1


def test_no_epoch_of_the_warm_up_is_the_best(tmp_path):
    # The weight is final from step 5 on: in epoch 1, which begins below it. Epoch 2 is the first whole one.
    values, weight = [9.0, 8.0, 1.0, 2.0, 1.5], schedules.Linear(0.0, 1.0, steps=5)
    vae, epochs = fit(callbacks.EarlyStopping(patience=3), values, weight)
    assert (kept(vae), epochs) == (3, 5)
    save = checkpoint(tmp_path)
    fit(save, values, weight)
    assert saved(save) == 3


def test_the_warm_up_does_not_use_up_the_patience():
    _, epochs = fit(callbacks.EarlyStopping(patience=2), [9.0, 8.0, 7.0, 6.0, 5.0, 4.0], schedules.Linear(0, 1, 9))
    assert epochs == 6  # Epoch 3 is the best; 4 and 5 are the patience.


def test_a_plateau_of_the_schedule_is_no_end():
    waits = keras.optimizers.schedules.PiecewiseConstantDecay([6, 9], [0.0, 0.5, 1.0])
    vae, _ = fit(callbacks.EarlyStopping(patience=9), [9.0, 8.0, 7.0, 6.0, 1.0, 2.0], waits)
    assert kept(vae) == 5


def test_a_weight_that_passes_its_final_value_is_not_final_yet():
    bump = keras.optimizers.schedules.PiecewiseConstantDecay([1, 4], [1.0, 0.0, 1.0])
    vae, _ = fit(callbacks.EarlyStopping(patience=9), [9.0, 8.0, 1.0, 2.0], bump)
    assert kept(vae) == 3


def test_a_weight_that_nears_its_end_forever_arrives():
    decays = keras.optimizers.schedules.ExponentialDecay(1.0, STEPS, 1e-4)
    vae, _ = fit(callbacks.EarlyStopping(patience=9), [9.0, 1.0, 2.0, 1.0], decays)
    assert kept(vae) == 2


def test_a_small_weight_is_warmed_up_too():
    weight = schedules.Linear(0.0, 1e-5, steps=STEPS)
    vae, _ = fit(callbacks.EarlyStopping(patience=9), [9.0, 1.0, 2.0], weight)
    assert kept(vae) == 2


def test_a_warm_up_beyond_the_training_is_said(tmp_path):
    values, weight = [9.0, 8.0, 1.0], schedules.Linear(0.0, 1.0, steps=100)
    with pytest.warns(UserWarning, match=r"none can be called the best.*last epoch.*train steps, not epochs"):
        vae, _ = fit(callbacks.EarlyStopping(patience=1), values, weight)
    assert kept(vae) == 2
    save = checkpoint(tmp_path)
    with pytest.warns(UserWarning, match="the last epoch was saved"):
        fit(save, values, weight)
    assert saved(save) == 2


def test_nan_is_never_the_best(tmp_path):
    values = [float("nan"), 1.0, 2.0, float("nan")]
    vae, _ = fit(callbacks.EarlyStopping(patience=5), values)
    assert kept(vae) == 2
    save = checkpoint(tmp_path)
    fit(save, values)
    assert saved(save) == 2


@pytest.mark.parametrize("make_callback", [lambda path: callbacks.EarlyStopping(), checkpoint])
def test_an_absent_metric_is_an_error(make_callback, tmp_path):
    callback = make_callback(tmp_path)
    with pytest.raises(ValueError, match=r"elbo, kl, loss.*Received: monitor='val_elbo'.*validation_data"):
        fit(callback, [None])
    callback.monitor = "elbow"
    with pytest.raises(ValueError, match=r"elbo, kl, loss.*Received: monitor='elbow'. Monitor one of them"):
        fit(callback, [None])


def test_epochs_without_validation_are_passed_over(tmp_path):
    values = [None, 1.0, None, 3.0, None, 2.0]
    vae, _ = fit(callbacks.EarlyStopping(patience=5, validation_freq=2), values)
    assert kept(vae) == 3
    save = checkpoint(tmp_path, validation_freq=[2, 4, 6])
    fit(save, values)
    assert saved(save) == 3


def test_saving_every_epoch_asks_for_no_metric(tmp_path):
    save = callbacks.ModelCheckpoint(str(tmp_path / "{epoch}.weights.h5"), save_best_only=False, save_weights_only=True)
    fit(save, [None, None], schedules.Linear(0.0, 1.0, steps=100))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.weights.h5", "2.weights.h5"]


def test_a_best_of_steps_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"`save_freq`.*save_freq=10"):
        checkpoint(tmp_path, save_freq=10)


def test_with_real_validation_the_file_holds_the_restored_model(tmp_path):
    vae = make()
    vae.compile(keras.optimizers.Adam(0.01), run_eagerly=True)
    train, validation = (data.from_array(digits(72)[part], batch_size=36) for part in (slice(36), slice(36, 72)))
    stop, save = callbacks.EarlyStopping(patience=3), callbacks.ModelCheckpoint(tmp_path / "best.keras")
    history = vae.fit(train, validation_data=validation, epochs=6, verbose=0, callbacks=[stop, save]).history
    best = int(np.argmax(history["val_elbo"]))
    assert stop.best_epoch == best
    assert vae.evaluate(validation, verbose=0, return_dict=True)["elbo"] == pytest.approx(history["val_elbo"][best])
    loaded = keras.saving.load_model(tmp_path / "best.keras")
    for one, two in zip(loaded.get_weights(), vae.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
