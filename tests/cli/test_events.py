"""Data that are no pictures, and few of them, from a file to an export."""

import json

import numpy as np
import pytest
from PIL import Image

from tests import suites
from tests.cli import program

SHAPES = {"vectors": (60, 7), "five channels": (60, 8, 8, 5), "volumes": (60, 3, 4, 5, 1)}


# None of them is a picture, whatever its axes.
@pytest.mark.parametrize("kind", suites.quick(SHAPES, keep=("volumes",), slow=()))
def test_examples_of_any_shape_go_to_the_end(kind, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    values = np.random.default_rng(0).normal(size=SHAPES[kind]).astype("float32")
    np.save("x.npy", values)
    given = ("--dataset", "x.npy", "--recipe", "sigma_vae", "--latent-size", "2", "--epochs", "1", "--output", "run")
    assert program.run("train", *given) == 0
    said = capfd.readouterr().out
    assert "other floats than intensities in [0, 1]: they are modelled as they are" in said
    assert "examples of" in said
    assert not (tmp_path / "run" / "pictures").exists()
    for command in ("sample", "reconstruct", "vary"):
        assert program.run(command, "run", "--count", "3") == 0
    event = SHAPES[kind][1:]
    assert np.load("run/samples.npy").shape == (3, *event)
    assert np.load("run/reconstructions.npy").shape == (3, 2, *event)
    varied = np.load("run/variations.npy").shape
    assert (varied[0], varied[2:]) == (3, event)
    # They are in the data's own units.
    assert np.load("run/reconstructions.npy")[:, 0].std() == pytest.approx(1, abs=0.3)
    assert program.run("evaluate", "run", "--num-samples", "3", "--quiet") == 0
    found = json.loads((tmp_path / "run" / "evaluation-test.json").read_text())
    assert np.isfinite(found["log_likelihood"]["nats"])
    assert program.run("encode", "run") == 0
    assert program.run("export", "run", "--output", "served") == 0
    assert (tmp_path / "served" / "1" / "saved_model.pb").is_file()


def test_a_few_images_go_to_the_end(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "few").mkdir()
    for number, image in enumerate(np.random.default_rng(0).integers(0, 256, (3, 8, 8)).astype("uint8")):
        Image.fromarray(image).save(tmp_path / "few" / f"{number}.png")
    given = ("--dataset", "few", "--channels", "1", "--latent-size", "2", "--epochs", "1", "--output", "run")
    assert program.run("train", *given) == 0
    assert program.run("evaluate", "run", "--num-samples", "3") == 0
    said = capfd.readouterr()
    assert "on 1 images" in said.out
    assert "nan" not in said.out
    assert "One example has no variance" in said.err
    assert program.run("export", "run", "--output", "served") == 0
