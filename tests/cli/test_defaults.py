"""What is trained where no recipe is named: by what the data are."""

import copy
import inspect
import json
import tomllib

import keras
import numpy as np
import pytest
from PIL import Image

from tests.cli import program
from tests.cli.folders import assert_same_run, picture
from tfvae import data, recipes
from tfvae.data import epoch, intensity
from tfvae_cli import build, config, defaults, parser, train

ONE_EPOCH = ("--latent-size", "2", "--epochs", "1")
RANDOM = np.random.default_rng(0)
BITS = RANDOM.random((40, 8, 8)) > 0.5
GREY = RANDOM.integers(0, 256, (40, 8, 8)).astype("uint8")
ROWS = RANDOM.normal(size=(40, 7)).astype("float32")


def trained(folder, array, *flags):
    """Trains on an array for an epoch. Returns (the run's folder, its model, [model] of its configuration)."""
    np.save(folder / "x.npy", array)
    run = folder / "run"
    assert program.run("train", "--dataset", folder / "x.npy", *ONE_EPOCH, "--output", run, *flags) == 0
    section = tomllib.loads((run / "config.toml").read_text())["model"]
    return run, keras.saving.load_model(run / "model.keras"), section


def completed(array, *flags, **arguments):
    """Returns the configuration as the data complete it, their `DatasetInfo`, and whether they chose the recipe."""
    plan = config.resolve(parser.parse(["train", "--dataset", "x.npy", *flags]))
    white = intensity.white(array.dtype)
    info = data.DatasetInfo("x", "train", len(array), array.shape[1:], None, None, None, white)
    choice = defaults.fill(plan, data.from_array(array, batch_size=16, **arguments), info)
    return plan, info, choice


def chosen(array, *flags, **arguments):
    """Returns [model] as the data complete it, and whether they chose the recipe."""
    plan, _, choice = completed(array, *flags, **arguments)
    return plan.section("model"), choice


def is_binary(array, **arguments):
    model, choice = chosen(array, **arguments)
    assert choice
    assert model["recipe"] == "image_vae"
    return model["binary"]


def test_binary_pixels_are_told_from_all_others():
    pixels = BITS[..., None].astype("uint8")
    assert is_binary(BITS[..., None])
    assert is_binary(np.zeros_like(BITS))  # bool has no other values
    assert is_binary(pixels * 255)
    assert is_binary(pixels.astype("uint16") * 65535)
    assert is_binary(pixels.astype("float32"))
    missing = pixels.astype("float32")
    missing[0, 0, 0] = np.nan
    assert is_binary(missing, missing=True)
    # Black and 1 of 255; black alone; white alone; grey.
    for array in (pixels, pixels * 0, pixels * 0 + 255, GREY, ROWS, pixels * 255.0, pixels * 0.5):
        assert not is_binary(array)
    # Wherever the one grey pixel is, and whatever the order of the training.
    for row in (0, 20, 39):
        one = pixels * 255
        one[row, 3, 3] = 128
        assert not is_binary(one)
        assert not is_binary(one, shuffle=False)


def test_looking_at_the_data_leaves_the_order_of_the_training():
    plan = config.resolve(parser.parse(["train", "--dataset", "x.npy"]))
    first, second = (data.from_array(np.arange(40.0, dtype="float32")[:, None] % 2, batch_size=7) for _ in range(2))
    number = epoch.variable().numpy()
    defaults.fill(plan, first, data.DatasetInfo("x", "train", 40, (1,), None, None, None, 1))
    assert epoch.variable().numpy() == number
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_binary_pixels_have_a_bernoulli(tmp_path, capsys):
    run, vae, section = trained(tmp_path, BITS)
    assert section == {"recipe": "image_vae", "binary": True, "details": 0, "latent_size": 2}
    assert (repr(vae.likelihood), repr(vae.preprocessing)) == ("Bernoulli((8, 8, 1))", "Binarize()")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == (
        "Recipe image_vae, for binary pictures of 8x8: Bernoulli pixels, dense layers, 2 latents. Another: --recipe "
        "NAME, as tfvae recipes lists them."
    )
    assert lines[1] == "VAE("
    assert program.run("sample", run, "--count", "4") == 0


def test_grey_pixels_have_a_calibrated_gaussian(tmp_path, capsys):
    run, vae, section = trained(tmp_path, GREY)
    assert section == {"recipe": "image_vae", "binary": False, "details": 0, "latent_size": 2}
    assert repr(vae.likelihood) == "Normal((8, 8, 1), scale='optimal')"
    said = capsys.readouterr().out
    line = "for grey pictures of 8x8: Gaussian pixels with a calibrated scale, dense layers, 2 latents."
    assert said.count("Recipe") == said.count(line) == 1
    assert program.run("evaluate", run, "--num-samples", "2", "--quiet") == 0
    assert np.isfinite(json.loads((run / "evaluation-test.json").read_text())["log_likelihood"]["nats"])
    for command, name in (("sample", "samples"), ("reconstruct", "reconstructions")):
        assert program.run(command, run, "--count", "3") == 0
        assert picture(run / f"{name}.png").std() > 0


@pytest.mark.slow
def test_what_is_trained_by_default_is_exported(tmp_path):
    run, _, _ = trained(tmp_path, GREY, "--quiet")
    assert program.run("export", run, "--output", tmp_path / "served") == 0
    assert (tmp_path / "served" / "1" / "saved_model.pb").is_file()
    assert (tmp_path / "served" / "litert" / "decoder.tflite").is_file()


@pytest.mark.parametrize(
    ("shape", "kind", "layers"),
    [
        ((8, 8, 3), "colour pictures of 8x8", "dense layers, 1 latent"),
        ((28, 28, 1), "grey pictures of 28x28", "convolutions, 1 latent"),
        ((32, 48, 3), "colour pictures of 32x48", "residual convolutions, 1 latent above a map of 4x6x8"),
        ((16, 16, 5), "examples of (16, 16, 5)", "convolutions, 1 latent"),
        ((9,), "examples of (9,)", "dense layers, 1 latent"),
    ],
)
def test_the_line_says_what_the_model_has(shape, kind, layers):
    plan, info, _ = completed(np.full([12, *shape], 100, "uint8"), "--latent-size", "1")
    values = "pixels" if "pictures" in kind else "values"
    assert defaults.sentence(plan, build.model(plan, info), info).startswith(
        f"Recipe image_vae, for {kind}: Gaussian {values} with a calibrated scale, {layers}. Another: "
    )


@pytest.mark.slow
def test_a_folder_of_colour_pictures(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for number, image in enumerate(RANDOM.integers(0, 256, (24, 32, 32, 3)).astype("uint8")):
        Image.fromarray(image).save(tmp_path / "photos" / f"{number}.png")
    assert program.run("train", "--dataset", "photos", *ONE_EPOCH, "--set", "dataset.augment.flip=true") == 0
    said = capsys.readouterr().out
    assert "for colour pictures of 32x32: Gaussian pixels" in said
    assert "2 latents above a map of 4x4x8." in said
    assert "tfvae fit-prior runs/photos-image_vae for good samples, tfvae sample" in said
    section = tomllib.loads((tmp_path / "runs" / "photos-image_vae" / "config.toml").read_text())["model"]
    assert section == {"recipe": "image_vae", "binary": False, "details": 8, "latent_size": 2}
    vae = keras.saving.load_model(tmp_path / "runs" / "photos-image_vae" / "model.keras")
    assert "ResidualBlock" in [type(layer).__name__ for layer in vae._flatten_layers()]
    assert vae.posterior.latent_shapes == ((2,), (4, 4, 8))


@pytest.mark.parametrize(
    ("flags", "name"),
    [
        ((), "x-image_vae"),
        (("--latent-size", "3"), "x-image_vae"),
        (("--set", "model.details=0"), "x-image_vae"),
        (("--set", "model.binary=true"), "x-image_vae"),
        (("--recipe", "iwae"), "x-iwae"),
        (("--set", "model.encoder.part=mlp_encoder"), "x-vae"),
    ],
)
def test_the_run_is_named_for_the_recipe(flags, name):
    options = parser.parse(["train", "--dataset", "data/x.npy", *flags])
    assert train.default_name(None, config.resolve(options)) == name


def test_a_table_is_modelled_as_it_is_and_its_configuration_repeats_it(tmp_path, capsys):
    run, vae, section = trained(tmp_path, ROWS)
    step = {"part": "Rescale", "scale": 1.0, "raw_dtype": "float32"}
    assert section == {"recipe": "image_vae", "binary": False, "details": 0, "latent_size": 2, "preprocessing": step}
    assert repr(vae.likelihood) == "Normal((7,), scale='optimal')"
    said = capsys.readouterr().out
    assert said.startswith(
        "Recipe image_vae, for examples of (7,) with other floats than intensities in [0, 1]: Gaussian values as they "
        "are, with a calibrated scale, dense layers, 2 latents. Another: "
    )
    assert said.count("as they are") == 1
    assert program.run("train", run / "config.toml", "--output", tmp_path / "again") == 0
    assert "Recipe" not in capsys.readouterr().out
    assert_same_run(tmp_path / "again", run)


@pytest.mark.parametrize(
    ("array", "unscaled"),
    [
        (ROWS, True),
        (-abs(ROWS), True),
        (abs(ROWS) / 100, False),
        (GREY[:, 0].astype("float32"), True),  # whole numbers, but no pictures
        (GREY[..., None].astype("float32"), False),  # pixels, which `Rescale` refuses
        (GREY[..., None] + np.float32(0.5), True),
        (GREY[..., None] * np.float32(2), True),
        (GREY[..., None], False),
    ],
)
def test_floats_that_are_no_intensities_are_taken_as_they_are(array, unscaled):
    plan, info, _ = completed(array)
    dataset = data.from_array(array, batch_size=40)
    assert defaults.as_it_is(plan, build.model(plan, info), dataset) == unscaled
    assert ("preprocessing" in plan.section("model")) == unscaled


def test_what_is_complete_stays_as_it_is():
    for first, other in ((BITS, GREY), (GREY, BITS)):
        plan, _, _ = completed(first[..., None])
        before = copy.deepcopy(plan.values)
        info = data.DatasetInfo("x", "train", 7, (30, 30, 3), None, None, None, 255)
        assert not defaults.fill(plan, data.from_array(other[..., None]), info)
        assert plan.values == before


@pytest.mark.slow
def test_a_run_repeats_and_resumes_what_was_chosen_then(tmp_path, capsys):
    run, _, section = trained(tmp_path, BITS, "--epochs", "2", "--quiet")
    assert capsys.readouterr().out == ""
    (tmp_path / "half").mkdir()
    half, _, same = trained(tmp_path / "half", BITS, "--quiet")
    assert same == section
    # Now a new run would have a Gaussian; this one stays what it is, and its pixels are the same bits.
    np.save(tmp_path / "half" / "x.npy", np.where(BITS, 220, 20).astype("uint8"))
    assert program.run("train", "--resume", "--quiet", "--output", half, "--epochs", "2") == 0
    assert tomllib.loads((half / "config.toml").read_text())["model"] == section
    assert_same_run(half, run)


def test_an_error_comes_before_anything_is_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", GREY.astype("float32"))
    assert program.run("train", "--dataset", "x.npy") == 2
    assert "data.Rescale(maximum=255)" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]


@pytest.mark.parametrize(
    ("flags", "size"),
    [
        ((), 32),
        (("--latent-size", "5"), 5),
        (("--recipe", "image_vae"), 32),
        (("--recipe", "image_vae", "--latent-size", "5"), 5),
        (("--recipe", "vae"), 16),
        (("--recipe", "categorical_vae"), 20),
        (("--recipe", "categorical_vae", "--latent-size", "5"), 5),
    ],
)
def test_latents_are_the_recipes_own_or_by_the_pictures_size(flags, size):
    model, choice = chosen(np.zeros([12, 28, 28, 1], "uint8"), *flags)
    assert model["latent_size"] == size
    assert choice == ("--recipe" not in flags)
    assert ("binary" in model) == choice


@pytest.mark.parametrize("name", recipes.__all__)
def test_each_recipes_own_number_of_latents_is_that_of_python(name):
    model, _ = chosen(np.zeros([12, 28, 28, 1], "uint8"), "--recipe", name)
    own = inspect.signature(getattr(recipes, name)).parameters["latent_size"].default
    assert model["latent_size"] == (32 if own is None else own)


@pytest.mark.parametrize(("flags", "size"), [((), 40), (("--set", "model.dataset_size=7"), 7)])
def test_a_recipe_is_told_how_many_examples_there_are(flags, size):
    plan, info, _ = completed(GREY[..., None], "--recipe", "beta_tc_vae", *flags)
    assert build.model(plan, info).objective[-1].dataset_size == size
