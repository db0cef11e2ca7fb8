"""One short training, and every command on it."""

import contextlib
import csv
import fcntl
import json
import os
import re
import shlex
import shutil
import struct
import termios
import tomllib

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from tests.cli import program
from tfvae import (
    VAE,
    callbacks,
    data,
    evaluation,
    export,
    families,
    latent,
    networks,
    pictures,
    priors,
    schedules,
    terms,
)
from tfvae_cli import build, config, progress

DIGITS = ("--dataset", "digits", "--latent-size", "2")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of three epochs."""
    return program.train(tmp_path_factory.mktemp("runs") / "run", *DIGITS, "--epochs", "3")


@pytest.fixture(scope="module")
def vae(run):
    """Its model."""
    return keras.saving.load_model(run / "model.keras")


@pytest.fixture(scope="module")
def images():
    """The images that the commands use, as a dataset and as an array."""
    dataset, _ = data.load("digits", "test", batch_size=128, shuffle=False)
    return dataset, data.digits("test")[0]


def rows(folder):
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def assert_same_run(folder, other):
    """Weights, optimizer, the state of all noise, and the history are bit-identical."""
    with np.load(folder / "checkpoints" / "last.npz") as a, np.load(other / "checkpoints" / "last.npz") as b:
        assert sorted(a.files) == sorted(b.files)
        for name in a.files:
            np.testing.assert_array_equal(a[name], b[name])
    first, second = (keras.saving.load_model(path / "model.keras") for path in (folder, other))
    for a, b in zip(first.weights, second.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert rows(folder) == rows(other)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def picture(path):
    with Image.open(path) as image:
        return np.asarray(image)


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


def test_what_a_run_folder_holds(run):
    assert [name for name in names(run) if name.endswith((".toml", ".csv", ".keras"))] == [
        "config.toml",
        "history.csv",
        "model.keras",
    ]
    assert names(run / "checkpoints") == ["last.npz"]
    assert names(run / "pictures") == ["manifold", "reconstructions", "samples", "traversals"]
    for kind in names(run / "pictures"):
        assert names(run / "pictures" / kind) == [f"epoch_000{number}.png" for number in (1, 2, 3)]
    assert picture(run / "curves.png").std() > 0


def test_the_configuration_is_resolved(run):
    values = tomllib.loads((run / "config.toml").read_text())
    versions = values.pop("versions")
    assert values == {
        "seed": 0,
        "dataset": {"name": "digits", "batch_size": 128},
        "model": {"recipe": "vae", "latent_size": 2},
        "fit": {"epochs": 3},
    }
    assert versions["tensorflow"] == tf.__version__
    assert versions["keras"] == keras.__version__
    assert {"python", "tfvae", "numpy"} <= set(versions)


def test_the_history_is_in_tensorboard_too(run):
    history = rows(run)
    assert [row["epoch"] for row in history] == ["0", "1", "2"]
    found = {}
    for folder, prefix in (("train", ""), ("validation", "val_")):
        for file in (run / "tensorboard" / folder).iterdir():
            for record in tf.data.TFRecordDataset(str(file)):
                event = tf.compat.v1.Event.FromString(record.numpy())
                for value in event.summary.value:
                    name = prefix + value.tag.removeprefix("epoch_")
                    found[event.step, name] = float(tf.make_ndarray(value.tensor))
    given = {(int(row["epoch"]) + 1, name): float(row[name]) for row in history for name in row if name != "epoch"}
    assert {name for _, name in given} >= {"elbo", "kl", "loss", "val_elbo"}
    assert found == {key: np.float32(value) for key, value in given.items()}


def test_evaluate_gives_what_the_functions_give(run, vae, images, capsys):
    assert program.run("evaluate", run, "--num-samples", "10", "--seed", "3") == 0
    table = capsys.readouterr().out
    result = json.loads((run / "evaluation-test.json").read_text())
    dataset, x = images
    estimate = evaluation.log_likelihood(vae, dataset, num_samples=10, seed=3, verbose=0)
    elbo = vae.evaluate(dataset, verbose=0, return_dict=True)["elbo"]
    active = evaluation.activity(vae, dataset, seed=3)
    train, _ = data.load("digits", "train", labels=True, shuffle=False)
    test, _ = data.load("digits", "test", labels=True, shuffle=False)
    kl = float(active.kl_per_dimension.sum())
    assert result == {
        "model": str(run / "model.keras"),
        "dataset": "digits",
        "split": "test",
        "images": len(x),
        # DynamicBinarize's x is the data, so nothing but the unit changes.
        "elbo": {"nats": elbo, "bits_per_dimension": pytest.approx(-elbo / 64 / np.log(2))},
        "log_likelihood": {
            "nats": estimate.mean,
            "standard_error": estimate.standard_error,
            "bits_per_dimension": estimate.bits_per_dimension,
            "num_samples": 10,
        },
        "kl": {"nats": kl, "bits_per_dimension": pytest.approx(kl / 64 / np.log(2))},
        "kl_per_dimension": active.kl_per_dimension.tolist(),
        "active_units": int(active.active.sum()),
        "latent_units": 2,
        "linear_probe_accuracy": latent.linear_probe(vae, train, test),
    }
    assert f"{estimate.mean:.2f} +- {estimate.standard_error:.2f}" in table
    assert "active latent units" in table


def test_encode_gives_what_encode_gives_whole_and_in_shards(run, vae, images, tmp_path, capsys):
    assert program.run("encode", run, "--output", tmp_path / "whole.npz") == 0
    assert program.run("encode", run, "--output", tmp_path / "shards", "--shard-size", "50") == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path / name}  180 images" for name in ("whole.npz", "shards")
    ]
    assert names(tmp_path) == ["shards", "whole.npz"]
    assert names(tmp_path / "shards") == [f"shard-0000{number}.npz" for number in range(4)]
    posterior = vae.encode(images[1])
    with np.load(tmp_path / "whole.npz") as whole:
        shards = [np.load(tmp_path / "shards" / name) for name in names(tmp_path / "shards")]
        for name, expected in (("mean", posterior.mean()), ("stddev", posterior.stddev())):
            # One matrix product over 180 rows or over batches of 128: rounding.
            np.testing.assert_allclose(whole[name], expected, rtol=1e-5, atol=1e-6)
            assert [len(shard[name]) for shard in shards] == [50, 50, 50, 30]
            np.testing.assert_array_equal(np.concatenate([shard[name] for shard in shards]), whole[name])
        for shard in shards:
            shard.close()


def test_pictures_are_those_of_the_functions(run, vae, images, tmp_path):
    x = images[1]

    def made(command, *arguments):
        assert program.run(command, run, "--output", tmp_path / f"{command}.png", "--overwrite", *arguments) == 0
        return picture(tmp_path / f"{command}.png")

    drawn = made("sample", "--count", "9", "--seed", "5")
    zoom = round(640 / (8 * 3))
    np.testing.assert_array_equal(drawn, pictures.grid(vae.sample(9, seed=5), 3, zoom)[..., 0])
    assert drawn.std() > 10
    np.testing.assert_array_equal(made("sample", "--count", "9", "--seed", "5"), drawn)
    assert (made("sample", "--count", "9", "--seed", "6") != drawn).any()
    again = pictures.beside(x[:8], vae.reconstruct(x[:8], seed=0))
    np.testing.assert_array_equal(made("reconstruct", "--count", "8"), pictures.grid(again, 4, 20)[..., 0])
    varied = pictures.beside(x[:2], *vae.variations(x[:2], 3, scale=0.5, seed=1))
    arguments = ("--count", "2", "--variations", "3", "--scale", "0.5", "--seed", "1")
    np.testing.assert_array_equal(made("vary", *arguments), pictures.grid(varied, 4, 20)[..., 0])


def test_vary_around_an_image_of_another_size(run, vae, images, tmp_path):
    image = Image.fromarray(images[1][0].squeeze(-1)).resize((16, 16), Image.Resampling.NEAREST)
    image.convert("RGB").save(tmp_path / "a.png")
    assert program.run("vary", run, "--image", tmp_path / "a.png", "--output", tmp_path / "b.png") == 0
    shown = picture(tmp_path / "b.png")
    zoom = round(640 / (8 * 9))
    assert shown.shape == ((8 * zoom + 2) + 2, 9 * (8 * zoom + 2) + 2)


def test_results_go_into_the_run_folder_again_and_again(run, capsys):
    for command in ("sample", "reconstruct", "vary"):
        assert [program.run(command, run, "--count", "4") for _ in range(2)] == [0, 0]
    assert [program.run("encode", run, "--shard-size", "100") for _ in range(2)] == [0, 0]
    assert {"samples.png", "reconstructions.png", "variations.png", "latents-test"} <= set(names(run))
    assert capsys.readouterr().err == ""


def test_exports_load(run, vae, images, tmp_path, capfd):
    assert program.run("export", run, "--output", tmp_path / "served") == 0
    assert capfd.readouterr().err == ""
    beside = ["README.md", "batching.config", "compose.yaml", "litert", "models.config"]
    assert names(tmp_path / "served") == ["1", *beside]
    z = np.array([[0.5, -1.0]], "float32")
    expected = vae.decode(z).mean().numpy()
    signatures = tf.saved_model.load(tmp_path / "served" / "1").signatures
    np.testing.assert_allclose(signatures["decode"](tf.constant(z))["mean"], expected, rtol=1e-4, atol=1e-6)
    lite = Interpreter(str(tmp_path / "served" / "litert" / "decoder.tflite"))
    (signature,) = lite.get_signature_list().values()
    (name,) = signature["inputs"]
    decoded = lite.get_signature_runner()(**{name: z})["mean"]
    np.testing.assert_allclose(decoded, expected, rtol=1e-4, atol=1e-6)
    assert names(tmp_path / "served" / "litert") == ["decoder.tflite", "explorer.json", "manifest.json"]
    shown = json.loads((tmp_path / "served" / "litert" / "explorer.json").read_text())
    np.testing.assert_allclose(shown["latents"], vae.encode(images[1]).mean(), rtol=1e-3, atol=1e-6)
    assert (shown["name"], shown["labels"]) == ("run", data.digits("test")[1].tolist())


def test_an_export_without_its_data_says_so(run, tmp_path, capsys):
    model = run / "model.keras"
    arguments = ("export", model, "--format", "litert", "--output", tmp_path / "served")
    assert program.run(*arguments) == 0
    error = capsys.readouterr().err
    assert error.startswith(f"tfvae export: no {tmp_path / 'served' / 'litert' / 'explorer.json'} for tfvae explore: ")
    assert "--dataset digits" in error
    assert names(tmp_path / "served" / "litert") == ["decoder.tflite", "manifest.json"]
    assert program.run(*arguments, "--dataset", "digits") == 0
    assert "explorer.json" in names(tmp_path / "served" / "litert")


def test_a_variant_of_ones_choice(run, tmp_path, capfd):
    asked = ("--format", "litert", "--part", "encoder", "--quantization", "int8", "--batch", "2")
    assert program.run("export", run, "--output", tmp_path / "out", *asked) == 0
    said = capfd.readouterr()
    assert said.err == ""
    assert "| `encoder-int8.tflite` |" in said.out
    facts = export.verify(tmp_path / "out" / "litert")["files"]["encoder-int8.tflite"]
    assert (facts["compared_on"], facts["inputs"]) == ("examples", {"x": ["uint8", 2, 8, 8, 1]})


@pytest.mark.slow
def test_all_variants(run, tmp_path, capfd):
    assert program.run("export", run, "--output", tmp_path / "out", "--format", "litert", "--all") == 0
    said = capfd.readouterr()
    assert said.err == ""
    files = export.verify(tmp_path / "out" / "litert")["files"].keys() - {"explorer.json"}
    assert len(files) == 12
    assert all(f"{name}  for LiteRT" in said.out and f"| `{name}` |" in said.out for name in files)


def test_a_model_without_its_data_is_calibrated_on_what_is_named(run, tmp_path, capsys):
    shutil.copy(run / "model.keras", tmp_path / "m.keras")
    asked = ("export", tmp_path / "m.keras", "--format", "litert", "--quantization", "int8", "--output", tmp_path / "o")
    assert program.run(*asked) == 2
    assert "Name one: --dataset digits" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


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


@pytest.mark.parametrize("columns", [0, 120])
def test_progress_on_a_terminal(monkeypatch, columns):
    screen, keyboard = os.openpty()
    fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with os.fdopen(keyboard, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        shown = progress.Progress(epochs=2, steps=3)
        for epoch in range(2):
            shown.on_epoch_begin(epoch)
            shown.on_train_batch_end(2)
            shown.on_epoch_end(epoch, {"elbo": -5.5, "kl": 1.5, "loss": 5.5})
        shown.close()
    text = b""
    with contextlib.suppress(OSError):  # at its end, Linux says that the other side is gone
        while piece := os.read(screen, 1000):
            text += piece
    os.close(screen)
    *_, last = text.decode().strip().split("\r")
    assert last.startswith("epoch 2/2 100%|")
    assert last.endswith("elbo=-5.50, kl=1.50")


def test_progress_in_a_log(capsys):
    shown = progress.Progress(epochs=100, steps=3)
    for epoch in range(100):
        shown.on_epoch_begin(epoch)
        shown.on_epoch_end(epoch, {"elbo": -5.5, "loss": 5.5})
    shown.close()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 20
    assert lines[-1] == "epoch 100/100  elbo -5.50"


WHOLE = """
seed = 3
[dataset]
name = "digits"
[model]
latent_size = 3
encoder = {part = "mlp_encoder", units = [16]}
posterior = {part = "families.Normal", min_scale = 0.001}
prior = {part = "tfvae.priors.StandardNormal"}
decoder = {part = "conv_decoder", filters = [8, 4], enlarge = {part = "SubPixelConv2D"}}
likelihood = {part = "Normal", scale = "shared"}
preprocessing = {part = "Dequantize", levels = 17}
[[model.objective]]
part = "NegativeLogLikelihood"
[[model.objective]]
part = "KL"
free_bits = 0.1
weight = {part = "Linear", start = 0.0, end = 1.0, steps = 20}
[[model.objective]]
part = "MMD"
kernel = {part = "RBF", length_scale = 2.0}
[[model.objective]]
part = "Adversarial"
critic = {part = "patch_critic", filters = [4]}
[compile]
jit_compile = false
[compile.optimizer]
part = "Adam"
learning_rate = {part = "CosineDecay", initial_learning_rate = 0.01, decay_steps = 30}
[compile.critic_optimizer]
part = "SGD"
learning_rate = 0.01
[fit]
epochs = 2
[[fit.callbacks]]
part = "EarlyStopping"
patience = 4
"""


def test_a_configuration_of_parts_is_the_model_made_in_python(tmp_path):
    (tmp_path / "whole.toml").write_text(WHOLE)
    plan = config.read(tmp_path / "whole.toml")
    config.check(plan)
    _, info = build.load(plan, "train")
    keras.utils.set_random_seed(3)
    made = build.model(plan, info)
    keras.utils.set_random_seed(3)
    expected = VAE(
        encoder=networks.mlp_encoder((8, 8, 1), units=[16]),
        posterior=families.Normal((3,), min_scale=0.001),
        prior=priors.StandardNormal((3,)),
        decoder=networks.conv_decoder((3,), (8, 8), filters=[8, 4], enlarge=networks.SubPixelConv2D),
        likelihood=families.Normal((8, 8, 1), scale="shared"),
        objective=[
            terms.NegativeLogLikelihood(),
            terms.KL(weight=schedules.Linear(0.0, 1.0, steps=20), free_bits=0.1),
            terms.MMD(kernel=terms.kernels.RBF(2.0)),
            terms.Adversarial(networks.patch_critic((8, 8, 1), filters=[4])),
        ],
        preprocessing=data.Dequantize(levels=17),
        seed=3,
    )
    assert repr(made) == repr(expected)
    for a, b in zip(made.weights, expected.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    schedule = keras.optimizers.schedules.CosineDecay(0.01, 30)
    expected.compile(
        keras.optimizers.Adam(schedule, name=made.optimizer.name),
        critic_optimizer=keras.optimizers.SGD(0.01, name=made.critic_optimizer.name),
        jit_compile=False,
    )
    assert made.get_compile_config() == expected.get_compile_config()
    (stopping,) = build.callbacks(plan, made)
    assert isinstance(stopping, callbacks.EarlyStopping)
    assert stopping.patience == 4
    # And it trains.
    program.train(tmp_path / "run", tmp_path / "whole.toml")
    assert [row["epoch"] for row in rows(tmp_path / "run")] == ["0", "1"]
