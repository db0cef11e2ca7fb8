"""The .keras file: what it restores, and what it refuses."""

import json
import os
import pathlib
import subprocess
import sys
import zipfile

import keras
import numpy as np
import pytest

from tests.models import SHAPE, digits, make
from tfvae import data, families, schedules, terms

# The schedule is cut off on purpose: its position is what a file has to keep.
pytestmark = pytest.mark.filterwarnings("ignore:The weight of KL:UserWarning")


def trained(path=None):
    model = make(
        objective=[terms.NegativeLogLikelihood(), terms.KL(weight=schedules.Linear(0.0, 1.0, 10))],
        preprocessing=data.DynamicBinarize(),
    )
    model.compile(keras.optimizers.Adam(1e-2))
    model.fit(data.from_array(digits(), batch_size=12), epochs=1, verbose=0)
    if path is not None:
        model.save(path)
    return model


def test_training_goes_on_from_a_file(tmp_path):
    """Weights, optimizer, schedule position and random state: two more epochs are the same, bit for bit."""
    model = trained(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    histories = []
    for vae in (model, loaded):
        dataset = data.from_array(digits(), batch_size=12)
        histories.append(vae.fit(dataset, epochs=3, initial_epoch=1, verbose=0).history)
    assert histories[0] == histories[1]
    assert histories[0]["kl_weight"][0] == pytest.approx(0.4)
    for one, two in zip(model.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_dropout_goes_on_from_a_file(tmp_path):
    """Keras's own layers keep their noise, too."""

    def encoder():
        layers = [keras.layers.Flatten(), keras.layers.Dense(16), keras.layers.Dropout(0.5)]
        return keras.Sequential([keras.Input(SHAPE), *layers])

    model = make(encoder=encoder())
    model.compile()
    model.fit(digits(), batch_size=12, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    one, two = (vae.encoder(digits()[:4] / 255.0, training=True) for vae in (model, loaded))
    np.testing.assert_array_equal(one, two)


def test_weights_file_keeps_the_random_state(tmp_path):
    model = trained()
    model.save_weights(tmp_path / "m.weights.h5")
    other = trained()
    other.sample(2)
    other.load_weights(tmp_path / "m.weights.h5")
    np.testing.assert_array_equal(other.sample(2), model.sample(2))


def test_bare_import_loads(tmp_path):
    model = trained(tmp_path / "m.keras")
    program = (
        "import sys, numpy as np, keras, tfvae;"
        "m = keras.saving.load_model(sys.argv[1]);"
        "np.save(sys.argv[2], m.sample(3, seed=5)); print(m.name)"
    )
    environment = {**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parents[1])}
    command = [sys.executable, "-W", "ignore", "-c", program, str(tmp_path / "m.keras"), str(tmp_path / "s.npy")]
    subprocess.run(command, check=True, env=environment, capture_output=True, timeout=300)
    np.testing.assert_allclose(np.load(tmp_path / "s.npy"), model.sample(3, seed=5), atol=1e-6)


def rewritten(source, target, change):
    """Copies a .keras file with its config.json changed, and more members as `change` returns."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                config = json.loads(content)
                extra = change(config) or {}
                content = json.dumps(config)
            new.writestr(name, content)
        for name, content in extra.items():
            new.writestr(name, content)
    return target


def a_lambda(config):
    layer = keras.layers.Lambda(lambda x: __import__("os").system("touch owned") or x)
    config["config"]["encoder"] = keras.saving.serialize_keras_object(layer)


def a_lambda_as_activation(config):
    code = keras.saving.serialize_keras_object(lambda x: x)
    config["config"]["encoder"]["config"]["layers"][2]["config"]["activation"] = code


def a_foreign_class(config):
    config["config"]["prior"] = {"module": "subprocess", "class_name": "Popen", "config": {"args": ["touch", "owned"]}}


def a_foreign_function(config):
    config["config"]["preprocessing"] = {"module": "os", "class_name": "function", "config": "system"}


def a_keras_helper(config):
    config["config"]["prior"] = {
        "module": "keras.utils",
        "class_name": "get_file",
        "config": {"fname": "owned", "origin": "file:///etc/passwd"},
    }


def a_foreign_attribute_of_a_part(config):
    config["config"]["posterior"]["config"]["load_own_variables"] = "x"


def a_part_in_the_wrong_place(config):
    config["config"]["prior"] = config["config"]["likelihood"]


@pytest.mark.parametrize(
    "attack",
    [
        a_lambda,
        a_lambda_as_activation,
        a_foreign_class,
        a_foreign_function,
        a_keras_helper,
        a_foreign_attribute_of_a_part,
        a_part_in_the_wrong_place,
    ],
    ids=lambda attack: attack.__name__,
)
@pytest.mark.filterwarnings("ignore:The object being serialized includes a `lambda`:UserWarning")
def test_hostile_configuration_is_refused(attack, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained("good.keras")
    rewritten("good.keras", "evil.keras", attack)
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises((ValueError, TypeError)):
        keras.saving.load_model("evil.keras")
    assert {path.name for path in tmp_path.iterdir()} == before


def test_paths_that_climb_out_are_not_followed(tmp_path, monkeypatch):
    (tmp_path / "inside").mkdir()
    monkeypatch.chdir(tmp_path / "inside")
    trained("good.keras")
    absolute = str(tmp_path / "owned")
    rewritten("good.keras", "evil.keras", lambda config: {"../owned": "", "assets/../../owned": "", absolute: ""})
    with pytest.warns(UserWarning, match="Skipping invalid path"):
        keras.saving.load_model("evil.keras")
    assert not (tmp_path / "owned").exists()
    assert not (tmp_path / "inside" / "owned").exists()


@pytest.mark.parametrize("damage", ["empty", "cut", "no archive"])
def test_a_damaged_file_is_refused(damage, tmp_path):
    path = tmp_path / "m.keras"
    trained(path)
    content = path.read_bytes()
    path.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "no archive": b"x" * 1000}[damage])
    with pytest.raises((ValueError, zipfile.BadZipFile, OSError)):
        keras.saving.load_model(path)


def test_a_family_of_another_model_is_refused():
    family = families.Normal((3,))
    make(posterior=family)
    inputs = keras.Input(SHAPE)
    encoder = keras.Model(inputs, keras.layers.Dense(99)(keras.layers.Flatten()(inputs)))
    with pytest.raises(ValueError, match=r"built for features of shape \(16,\).*encoder gives \(99,\)"):
        make(posterior=family, encoder=encoder)
