"""Every recipe runs from the command line by its name alone."""

import json
import math

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression

from tests import suites
from tests.cli import program
from tfvae import data, recipes


@pytest.mark.filterwarnings("ignore:The weight of KL:UserWarning")  # warm_up_vae's 1000 steps
@pytest.mark.parametrize("name", suites.of_recipes(recipes.__all__, "command line"))
def test_a_recipe_trains_draws_and_is_measured_by_name(name, tmp_path):
    digits = ("--dataset", "digits", "--recipe", name)
    folder = program.train(tmp_path / "run", *digits, "--latent-size", "3", "--epochs", "1")
    assert program.run("sample", folder, "--count", "20") == 0
    assert len(np.unique(np.asarray(Image.open(folder / "samples.png")))) > 2
    assert program.run("evaluate", folder, "--num-samples", "5", "--quiet") == 0
    found = json.loads((folder / "evaluation-test.json").read_text())
    assert all(math.isfinite(value) for value in found.values() if isinstance(value, float))


@pytest.mark.slow
def test_of_an_image_and_its_label_either_is_asked_of_the_other(tmp_path):
    digits = ("--dataset", "digits", "--recipe", "mmvae", "--latent-size", "8")
    folder = program.train(tmp_path / "run", *digits, "--epochs", "20")
    assert program.run("sample", folder, "--count", "60", "--condition", "3", "--output", folder / "threes.npy") == 0
    threes = np.load(folder / "threes.npy")
    images, labels = data.digits("train")
    judge = LogisticRegression(max_iter=500).fit(images.reshape(len(images), -1) / 255, labels)
    assert np.mean(judge.predict(threes.reshape(60, -1)) == 3) > 0.8
    assert program.run("reconstruct", folder, "--count", "4") == 0
    assert program.run("vary", folder, "--count", "4") == 0
    assert program.run("encode", folder) == 0
    assert np.load(folder / "latents-test.npz")["mean"].shape == (180, 8)
    assert program.run("evaluate", folder, "--num-samples", "5", "--quiet") == 0
    assert json.loads((folder / "evaluation-test.json").read_text())["label_from_image_accuracy"] > 0.8


@pytest.mark.exhaustive
def test_what_a_model_of_modalities_lacks_is_refused(tmp_path, capsys):
    digits = ("--dataset", "digits", "--recipe", "mvae", "--latent-size", "2")
    folder = program.train(tmp_path / "run", *digits, "--epochs", "1")
    for command, message in (
        (("sample", folder, "--condition", "10"), "a label in 0..9"),
        (("evaluate", folder, "--samples", "20"), "images with labels"),
        (("fit-prior", folder), "modalities image, label"),
    ):
        assert program.run(*command) != 0
        assert message in capsys.readouterr().err
    Image.fromarray(data.digits("test")[0][0, ..., 0]).save(tmp_path / "digit.png")
    assert program.run("vary", folder, "--image", tmp_path / "digit.png") == 0
