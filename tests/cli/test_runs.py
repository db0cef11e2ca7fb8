"""Trainings that are interrupted, go on, fail, or are told apart from others."""

import json
import re
import shlex
import tomllib

import keras
import numpy as np
import pytest
from PIL import Image

from tests.cli import program
from tests.cli.folders import DIGITS, assert_same_run, picture, rows
from tfvae import data, pictures
from tfvae_cli import progress


def on_batch(monkeypatch, epoch, batch, what):
    """Has `what` called as a batch of an epoch ends; they count from 0."""

    class Watching(progress.Progress):
        def on_epoch_begin(self, number, logs=None):
            super().on_epoch_begin(number, logs)
            self.epoch = number

        def on_train_batch_end(self, number, logs=None):
            if (self.epoch, number) == (epoch, batch):
                what()

    monkeypatch.setattr("tfvae_cli.progress.Progress", Watching)


def interrupt():
    raise KeyboardInterrupt


def fail():
    raise ValueError("a planted failure")


def test_the_configuration_alone_reproduces_the_run(run, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert_same_run(program.train(tmp_path / "again", run / "config.toml"), run)


@pytest.mark.slow
def test_an_interrupted_run_ends_as_one_that_was_not(run, tmp_path, monkeypatch, capsys):
    on_batch(monkeypatch, 1, 5, interrupt)
    folder = tmp_path / "a run"
    assert program.run("train", "--output", folder, *DIGITS, "--epochs", "3") == 130
    monkeypatch.undo()
    (last,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("tfvae")]
    said, _, command = last.partition("Go on with: ")
    assert said == "tfvae train: stopped; 1 of 3 epochs are kept. "
    assert not (folder / "model.keras").exists()
    assert program.run("sample", folder) == 2
    assert command in capsys.readouterr().err  # asked for the model, it says the same
    program_name, *arguments = shlex.split(command)
    assert program_name == "tfvae"
    assert program.run(*arguments, "--quiet") == 0
    assert_same_run(folder, run)
    # A kill between the last checkpoint and the model's file.
    (folder / "model.keras").unlink()
    assert program.run(*arguments, "--quiet") == 0
    assert_same_run(folder, run)
    assert program.run(*arguments) == 0
    assert "complete: it has 3 epochs" in capsys.readouterr().out


@pytest.mark.slow
def test_more_epochs(run, tmp_path, monkeypatch):
    folder = program.train(tmp_path / "run", *DIGITS, "--epochs", "1")
    on_batch(monkeypatch, 1, 0, interrupt)
    resume = ("train", "--resume", "--output", folder)
    assert program.run(*resume, "--epochs", "3") == 130
    monkeypatch.undo()
    assert tomllib.loads((folder / "config.toml").read_text())["fit"] == {"epochs": 3}
    assert program.run(*resume, "--quiet") == 0
    assert_same_run(folder, run)


def test_an_interrupt_in_the_first_epoch(tmp_path, monkeypatch, capsys):
    on_batch(monkeypatch, 0, 0, interrupt)
    assert program.run("train", "--output", tmp_path / "run", *DIGITS, "--epochs", "2") == 130
    assert "0 of 2 epochs are kept. Go on with: tfvae train --resume" in capsys.readouterr().err
    monkeypatch.undo()
    assert program.run("train", "--resume", "--quiet", "--output", tmp_path / "run", "--epochs", "1") == 0
    assert [row["epoch"] for row in rows(tmp_path / "run")] == ["0"]


@pytest.mark.slow
def test_overwrite(tmp_path, monkeypatch, capsys):
    folder = program.train(tmp_path / "run", *DIGITS, "--epochs", "1")
    assert program.run("sample", folder) == 0
    (folder / "notes.txt").write_text("mine")

    def state():
        files = (path for path in folder.rglob("*") if path.is_file())
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}

    before = state()
    again = ("train", "--overwrite", "--output", folder, *DIGITS, "--epochs", "1", "--seed", "1")
    on_batch(monkeypatch, 0, 0, fail)
    assert program.run(*again) == 2
    assert "error: a planted failure" in capsys.readouterr().err
    assert state() == before
    on_batch(monkeypatch, 0, 11, interrupt)
    assert program.run(*again) == 130
    assert "The run that was there is as it was" in capsys.readouterr().err
    assert state() == before
    monkeypatch.undo()
    # A kill while the old run is put aside, or brought back.
    (folder / ".replaced").mkdir()
    for name in ("history.csv", "config.toml"):
        (folder / name).rename(folder / ".replaced" / name)
        assert program.run("train", "--resume", "--output", folder) == 0
        assert state() == before
        (folder / ".replaced").mkdir()
    (folder / ".replaced").rmdir()
    assert program.run(*again, "--quiet") == 0
    after = state()
    assert b"seed = 1" in after["config.toml"]
    assert after["model.keras"] != before["model.keras"]
    # What was drawn of the old model is gone, and what isn't the program's has stayed.
    assert set(before) - set(after) == {"samples.png"} | {name for name in before if name.startswith("tensorboard/")}
    assert after["notes.txt"] == b"mine"


def test_a_failure_later_on_leaves_what_was_learnt(tmp_path, monkeypatch, capsys):
    on_batch(monkeypatch, 1, 0, fail)
    assert program.run("train", "--output", tmp_path / "run", *DIGITS, "--epochs", "2") == 2
    assert "a planted failure. 1 of 2 epochs are kept. Go on with: tfvae train" in capsys.readouterr().err
    assert (tmp_path / "run" / "checkpoints" / "last.npz").exists()


def test_an_interrupt_before_anything_is_done(monkeypatch, capsys):
    monkeypatch.setattr("tfvae_cli.lists.recipes", lambda options: interrupt())
    assert program.run("recipes") == 130
    assert capsys.readouterr().err == "tfvae recipes: stopped\n"


def test_quiet(tmp_path, capfd):
    program.train(tmp_path / "run", *DIGITS, "--epochs", "1")
    assert program.run("evaluate", tmp_path / "run", "--num-samples", "2", "--quiet") == 0
    out, err = capfd.readouterr()
    assert out == ""
    assert [line for line in err.splitlines() if not line.startswith("tfvae: warning: Posterior collapse")] == []


def test_a_conditional_model(tmp_path, capsys):
    arguments = ("--dataset", "digits", "--recipe", "conditional_vae", "--epochs", "1")
    folder = program.train(tmp_path / "run", *arguments, "--latent-size", "2")
    vae = keras.saving.load_model(folder / "model.keras")
    assert program.run("sample", folder, "--count", "4", "--condition", "3") == 0
    zoom = round(640 / (8 * 2))
    threes = pictures.grid(vae.sample(4, np.full(4, 3), seed=0), 2, zoom)[..., 0]
    np.testing.assert_array_equal(picture(folder / "samples.png"), threes)
    assert program.run("sample", folder, "--count", "4") == 0
    in_turn = pictures.grid(vae.sample(4, np.arange(4), seed=0), 2, zoom)[..., 0]
    np.testing.assert_array_equal(picture(folder / "samples.png"), in_turn)
    for command in ("reconstruct", "vary", "encode"):
        assert program.run(command, folder) == 0
    assert program.run("evaluate", folder, "--num-samples", "2") == 0
    assert "log_likelihood" in json.loads((folder / "evaluation-test.json").read_text())
    images, labels = data.digits("test")
    with np.load(folder / "latents-test.npz") as latents:
        np.testing.assert_allclose(latents["mean"], vae.encode(images, labels).mean(), rtol=1e-5, atol=1e-6)
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_labels_for_a_part_of_the_data(tmp_path, capsys):
    arguments = ("--dataset", "digits", "--recipe", "semi_supervised_vae", "--labels", "100", "--epochs", "1")
    folder = program.train(tmp_path / "run", *arguments, "--latent-size", "2")
    assert "num_labels = 100" in (folder / "config.toml").read_text()
    vae = keras.saving.load_model(folder / "model.keras")
    assert program.run("sample", folder, "--count", "4", "--condition", "3") == 0
    zoom = round(640 / (8 * 2))
    threes = pictures.grid(vae.sample(4, np.full(4, 3), seed=0), 2, zoom)[..., 0]
    np.testing.assert_array_equal(picture(folder / "samples.png"), threes)
    assert program.run("evaluate", folder, "--num-samples", "2") == 0
    # Of the 1,437 labels of the training all but 100 are unknown: 4.6 % of the classifier's loss without.
    history = (folder / "history.csv").read_text().splitlines()
    row = dict(zip(history[0].split(","), map(float, history[1].split(",")), strict=True))
    assert 0 < row["classification"] < 0.1 * np.log(10)
    capsys.readouterr()


def test_images_of_a_folder_and_validation_now_and_then(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for number in range(80):
        path = tmp_path / "faces" / ("glad", "sad")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8 + number % 3, 8), (number, 255 - number, 0)).save(path)
    (tmp_path / "faces" / "sad" / "broken.png").write_text("no picture")
    arguments = ("--dataset", "faces", "--image-size", "8", "--recipe", "sigma_vae", "--epochs", "2")
    folder = program.train(tmp_path / "run", *arguments, "--set", "fit.validation_freq=2")
    error = capsys.readouterr().err
    assert re.search(r"1 of [67]\d images", error)
    assert "broken.png" in error
    assert [row["val_elbo"] == "NA" for row in rows(folder)] == [True, False]
    assert picture(folder / "curves.png").std() > 0
    # The run knows its images from anywhere.
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert program.run("reconstruct", folder, "--count", "2") == 0
    assert picture(folder / "reconstructions.png").ndim == 3
    assert program.run("export", folder, "--format", "litert", "--output", tmp_path / "out") == 0
    shown = json.loads((tmp_path / "out" / "litert" / "explorer.json").read_text())
    assert shown["label_names"] == ["glad", "sad"]
    assert set(shown["labels"]) == {0, 1}
