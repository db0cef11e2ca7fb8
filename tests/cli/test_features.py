"""The network that a recipe compares pictures with: from a file, of ImageNet, or trained on the data."""

import tomllib

import keras
import numpy as np
import pytest

from tests.cli import program
from tests.models import seeing
from tfvae import evaluation, load_model, networks, terms

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (40, 8, 8)).astype("uint8")
SMALL = ("--recipe", "dfc_vae", "--latent-size", "2", "--epochs", "1")


@pytest.fixture
def pictures(tmp_path):
    np.save(tmp_path / "x.npy", PICTURES)
    return tmp_path / "x.npy"


def perceptual(run):
    (term,) = (term for term in load_model(run / "model.keras").objective if isinstance(term, terms.Perceptual))
    return term.network


def same(network, other):
    return all(np.array_equal(a, b) for a, b in zip(network.get_weights(), other.get_weights(), strict=True))


def recorded(run):
    return tomllib.loads((run / "config.toml").read_text())["model"]["network"]


@pytest.mark.slow
def test_a_network_of_the_data_is_kept_with_the_run(tmp_path, pictures, monkeypatch, capsys):
    made = evaluation.classifier
    monkeypatch.setattr(evaluation, "classifier", lambda *data, epochs, verbose: made(*data, epochs=1, verbose=0))
    run = tmp_path / "run"
    assert program.run("train", "--dataset", pictures, "--output", run, *SMALL) == 0
    errors = capsys.readouterr().err
    assert "dfc_vae compares pictures by a classifier of these data. Invalid value for argument `image_shape`" in errors
    assert "training a classifier of turned pictures" in errors
    assert recorded(run) == str(run / "features.keras")
    kept = keras.saving.load_model(run / "features.keras")
    assert same(kept, perceptual(run))
    # A run by that configuration trains no other, and has a copy of its own.
    again = program.train(tmp_path / "again", run / "config.toml")
    assert "classifier" not in capsys.readouterr().err
    assert recorded(again) == str(again / "features.keras")
    assert (run / "history.csv").read_bytes() == (again / "history.csv").read_bytes()
    # Nor does the run if it goes on, or begins again in its own folder.
    for arguments in (("--resume", "--epochs", "2"), (run / "config.toml", "--overwrite")):
        program.train(run, *arguments)
        assert same(kept, perceptual(run))


def test_that_of_imagenet_comes_first(tmp_path, pictures, monkeypatch, capsys):
    given = seeing()
    monkeypatch.setattr(networks, "vgg19", lambda shape: given)
    run = tmp_path / "run"
    assert program.run("train", "--dataset", pictures, "--output", run, *SMALL) == 0
    assert "dfc_vae compares pictures by VGG19, which was trained on ImageNet" in capsys.readouterr().err
    assert same(given, perceptual(run))


def test_one_of_a_file(tmp_path, pictures):
    seeing().save(tmp_path / "own.keras")
    run = program.train(tmp_path / "run", "--dataset", pictures, *SMALL, "--set", f"model.network={tmp_path}/own.keras")
    assert same(seeing(), perceptual(run))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("none.keras", "there is no such file"),
        ("x.npy", "is no Keras network"),
        ("3", "expected the file of a network"),
    ],
)
def test_it_is_refused(tmp_path, pictures, monkeypatch, capsys, value, message):
    monkeypatch.chdir(tmp_path)
    command = ("train", "--dataset", pictures, "--output", "run", *SMALL, "--set", f"model.network={value}")
    assert program.run(*command) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
