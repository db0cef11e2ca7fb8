"""What Keras users do with any model, and so with a VAE."""

import copy
import functools
import pickle

import keras
import numpy as np
import pytest

from tests.models import LATENT, digits, make
from tfvae import callbacks, data, families


def trained():
    vae = make()
    vae.compile(keras.optimizers.Adam(1e-2))
    vae.fit(digits(24), verbose=0)
    return vae


shared = functools.cache(trained)  # for those that leave it as they found it, but for a few steps

COPIES = {
    "copy.deepcopy": copy.deepcopy,
    "pickle": lambda value: pickle.loads(pickle.dumps(value)),
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_of_a_model_is_the_model_and_goes_its_own_way(how):
    vae = trained()
    other = COPIES[how](vae)
    for one, two in zip(vae.weights, other.weights, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    assert other.trained
    assert int(other.progress.steps) == int(vae.progress.steps) > 0
    # Also the draws that come next.
    np.testing.assert_array_equal(vae.sample(3), other.sample(3))
    before = vae.get_weights()
    other.fit(digits(24), verbose=0)
    for one, two in zip(before, vae.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def all_callbacks(folder):
    images = data.from_array(digits(24), batch_size=12)
    return [
        callbacks.EarlyStopping(monitor="elbo"),
        callbacks.ModelCheckpoint(folder / "best.keras", monitor="elbo"),
        callbacks.StopOnSkippedSteps(),
        callbacks.BackupAndRestore(folder / "backup"),
        callbacks.Samples(folder / "samples", count=4),
        callbacks.Reconstructions(digits(4), folder / "reconstructions"),
        callbacks.Traversals(digits(1), folder / "traversals"),
        callbacks.Scalars(str(folder / "logs")),
        callbacks.CollapseWarning(images, threshold=1e6),
    ]


def test_callbacks_are_copied_as_tuners_do(tmp_path):
    """Each trial gets a copy, before a training or after one."""
    given = all_callbacks(tmp_path / "first")
    copy.deepcopy(given)
    vae = make()
    vae.compile("adam")
    with pytest.warns(UserWarning, match="collapse"):
        vae.fit(digits(24), verbose=0, callbacks=given)
    again = copy.deepcopy(given)
    assert [type(each) for each in again] == [type(each) for each in given]
    other = make()
    other.compile("adam")
    with pytest.warns(UserWarning, match="collapse"):
        other.fit(digits(24), verbose=0, callbacks=again)
    assert again[0].model is other
    assert given[0].model is vae
    # A dataset can't be copied, nor need it be.
    assert again[-1].validation_data is given[-1].validation_data


@pytest.mark.parametrize("number", range(8))
def test_callbacks_without_a_dataset_are_pickled(number, tmp_path):
    callback = all_callbacks(tmp_path)[number]
    again = pickle.loads(pickle.dumps(callback))
    assert type(again) is type(callback)


def test_callbacks_know_which_way_is_better(tmp_path):
    kinds = (keras.callbacks.EarlyStopping, keras.callbacks.ReduceLROnPlateau, callbacks.EarlyStopping)
    files = (functools.partial(keras.callbacks.ModelCheckpoint, save_best_only=True), callbacks.ModelCheckpoint)
    given = []
    for monitor in ("val_elbo", "val_loss", "val_kl", "kl"):
        given += [kind(monitor=monitor) for kind in kinds]
        given += [kind(str(tmp_path / f"{len(given)}.keras"), monitor=monitor) for kind in files]
    validation = data.from_array(digits(12), batch_size=12)
    shared().fit(digits(24), verbose=0, validation_data=validation, callbacks=given)
    for each in given:
        assert each.monitor_op is (keras.ops.greater if each.monitor == "val_elbo" else keras.ops.less), each


def test_a_mode_that_was_asked_for_is_kept():
    vae, given = trained(), keras.callbacks.EarlyStopping(monitor="elbo", mode="min")
    vae.fit(digits(24), verbose=0, callbacks=[given])
    assert given.monitor_op is keras.ops.less


def test_every_metric_has_a_direction():
    assert {metric.name: metric._direction for metric in make().metrics} == {
        "loss": "down",
        "elbo": "up",
        "negative_log_likelihood": "down",
        "kl": "down",
        "skipped_steps": "down",
    }


def test_summary_and_layers(capsys):
    vae = make()
    vae.summary()
    told = capsys.readouterr().out
    for part in (vae.posterior, vae.likelihood):
        assert type(part).__name__ in told
        assert vae.get_layer(part.name) is part
    assert "Total params" in told
    assert vae.get_layer(index=0) is vae.encoder


def test_a_vae_is_a_layer_of_another_model(tmp_path):
    vae = trained()
    image = keras.Input((8, 8, 1))
    model = keras.Model(image, keras.layers.Dense(3)(keras.layers.Flatten()(vae(image))))
    assert model.output_shape == (None, 3)
    before = vae.get_weights()
    model.compile("adam", "mse")
    x = digits(12).astype("float32")
    model.fit(x, np.ones((12, 3), "float32"), verbose=0)
    assert not all(np.array_equal(one, two) for one, two in zip(before, vae.get_weights(), strict=True))
    model.save(tmp_path / "nested.keras")
    loaded = keras.saving.load_model(tmp_path / "nested.keras")
    keras.utils.set_random_seed(0)
    assert loaded.predict(x, verbose=0).shape == (12, 3)
    inner = next(layer for layer in loaded.layers if isinstance(layer, type(vae)))
    for one, two in zip(vae.get_weights(), inner.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_weights_of_another_model_change_nothing(tmp_path):
    path = tmp_path / "a.weights.h5"
    trained().save_weights(path)
    other = make(posterior=families.Normal(LATENT, scale=1.0))
    before = [np.array(variable) for variable in other.variables]
    with pytest.raises(ValueError, match=r"weights of another model: posterior differ.*\(layers/normal/head"):
        other.load_weights(path)
    for one, two in zip(before, other.variables, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not other.trained


def test_a_damaged_file_of_weights_changes_nothing(tmp_path):
    path = tmp_path / "a.weights.h5"
    vae = trained()
    vae.save_weights(path)
    before = vae.get_weights()
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ValueError, match="holds no weights that can be read"):
        vae.load_weights(path)
    for one, two in zip(before, vae.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_what_fails_within_keras_is_put_back(tmp_path, monkeypatch):
    path = tmp_path / "a.weights.h5"
    vae, other = trained(), trained()
    vae.save_weights(path)
    before = [np.array(variable) for variable in other.variables]

    def fail(store):
        raise OSError("the disk is gone")

    monkeypatch.setattr(other.likelihood.head, "load_own_variables", fail)
    with pytest.raises(ValueError, match=r"a\.weights\.h5 .*disk is gone"):
        other.load_weights(path)
    for one, two in zip(before, other.variables, strict=True):
        np.testing.assert_array_equal(one, two)
