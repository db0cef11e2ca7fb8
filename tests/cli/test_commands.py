"""One short training, and every command on it."""

import json
import shutil
import tomllib

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

import tfvae
from tests.cli import program
from tests.cli.folders import names, picture, rows
from tfvae import data, diagnosis, evaluation, export, families, latent, pictures, priors, recipes, terms
from tfvae.component import described
from tfvae_cli import evaluate


@pytest.fixture(scope="module")
def vae(run):
    """Its model."""
    return keras.saving.load_model(run / "model.keras")


@pytest.fixture(scope="module")
def images():
    """The images that the commands use, as a dataset and as an array."""
    dataset, _ = data.load("digits", "test", batch_size=128, shuffle=False)
    return dataset, data.digits("test")[0]


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
    again = evaluation.reconstruction(vae, dataset, verbose=0)

    def number(found):
        return {"value": found.value, "standard_error": found.standard_error}

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
            "doubtful": 0,
        },
        "kl": {"nats": kl, "bits_per_dimension": pytest.approx(kl / 64 / np.log(2))},
        "kl_per_dimension": active.kl_per_dimension.tolist(),
        "active_units": int(active.active.sum()),
        "latent_units": 2,
        "reconstruction": {
            "squared_error": number(again.squared_error),
            "squared_error_per_entry": number(again.squared_error_per_entry),
            "psnr_db": number(again.psnr),
            "ssim": number(again.ssim),
            "ssim_window": 7,
        },
        "linear_probe_accuracy": latent.linear_probe(vae, train, test),
    }
    assert f"{estimate.mean:.2f} +- {estimate.standard_error:.2f}" in table
    assert "active latent units" in table
    assert f"{again.psnr.value:.2f} +- {again.psnr.standard_error:.2f}" in table
    assert "--num-samples" not in table
    result["log_likelihood"]["doubtful"] = 12
    assert "12 of 180  raise --num-samples\n" in evaluate._table(result)


@pytest.mark.slow
def test_samples_are_compared_in_features_that_are_kept(run, vae, images, tmp_path, capsys):
    def figures(name, *arguments):
        output = tmp_path / f"{name}.json"
        asked = ("--num-samples", "2", "--samples", "60", "--seed", "3", "--output", output, *arguments)
        assert program.run("evaluate", run, *asked) == 0
        return json.loads(output.read_text())["fidelity"]

    first = figures("first")
    said = capsys.readouterr()
    assert "training a classifier of 10 labels on 1,437 images" in said.err
    network = keras.saving.load_model(tmp_path / "features-digits.keras")
    expected = evaluation.fidelity(images[0], vae, network, count=60, seed=3, verbose=0)
    for name, value in expected._asdict().items():
        if isinstance(value, evaluation.Estimate):
            assert first[name] == {"value": value.value, "standard_error": value.standard_error}
        else:
            assert first[name] == value
    assert f"{expected.frechet.value:.3f} +- {expected.frechet.standard_error:.3f}" in said.out
    assert expected.network in said.out
    # The second time it is there, and a network may be named.
    assert figures("second") == first
    other = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()], name="pixels")
    other.save(tmp_path / "pixels.keras")
    assert figures("third", "--network", tmp_path / "pixels.keras")["network"].startswith("pixels, 0 weights")
    assert "training a classifier" not in capsys.readouterr().err


def test_doctor_says_what_diagnose_finds(run, vae, images, capsys, monkeypatch):
    found, asked = [], diagnosis.diagnose

    def diagnose(model, train, test, seed):
        test = test.unbatch().take(8).batch(8)  # a search for each
        found.append(asked(model, train, test, seed=seed))
        return found[0]

    monkeypatch.setattr(diagnosis, "diagnose", diagnose)
    assert program.run("doctor", run, "--seed", "3") == 0
    printed = capsys.readouterr().out
    result = json.loads((run / "diagnosis-test.json").read_text())
    assert str(found[0]) in printed
    assert (result["split"], result["images"]) == ("test", len(images[1]))
    assert result["elbo"]["value"] == found[0].elbo.value
    told = [*found[0].findings, *found[0].others]
    assert [each["part"] for each in result["findings"] + result["not_certain"]] == [each.part for each in told]
    assert {each.part for each in told} == {"prior", "posterior", "encoder", "training"}
    for entry, each in zip(result["findings"] + result["not_certain"], told, strict=True):
        assert entry["nats"] == {"value": each.nats.value, "standard_error": each.nats.standard_error}
        assert entry["change"] == {name: described(part) for name, part in each.change.items()}


@pytest.mark.parametrize(
    ("flags", "components", "full"),
    [
        ((), 4, True),
        pytest.param(("--no-full", "--components", "2"), 2, False, marks=pytest.mark.exhaustive),
        # Of 2 numbers each, for which there are 1,437 images.
        pytest.param(("--components", "359"), 359, True, marks=pytest.mark.exhaustive),
        (("--components", "360"), 360, False),
    ],
)
def test_fit_prior_gives_what_fit_prior_gives(run, vae, tmp_path, capsys, flags, components, full):
    path = tmp_path / "fitted.keras"
    assert program.run("fit-prior", run, "--output", path, *flags) == 0
    said = capsys.readouterr()
    assert f"{'full' if full else 'diagonal'} covariances, for z of 2 numbers, fitted to 1,437 images" in said.err
    assert f"Next: tfvae sample {path}" in said.out
    prior = priors.GaussianMixture((2,), components, min_scale=0.05, full_covariance=full)
    dataset, _ = data.load("digits", "train", batch_size=128, shuffle=False)
    objective = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    expected = latent.fit_prior(vae, dataset, prior, objective, seed=0)
    found = keras.saving.load_model(path)
    z = vae.encode(data.digits("test")[0]).mean()
    laws = [each.prior_distribution().log_prob(z) for each in (found, expected)]
    np.testing.assert_allclose(*laws, rtol=1e-5)
    assert program.run("sample", path, "--count", "4", "--output", tmp_path / "samples.png") == 0
    evaluated = ("--dataset", "digits", "--num-samples", "5", "--output", tmp_path / "figures.json")
    assert program.run("evaluate", path, *evaluated) == 0


@pytest.mark.exhaustive
def test_fit_prior_fits_a_diffusion(run, tmp_path, capsys):
    path = tmp_path / "fitted.keras"
    assert program.run("fit-prior", run, "--output", path, "--diffusion", "--epochs", "1") == 0
    said = capsys.readouterr()
    assert "a diffusion, for z of 2 numbers, fitted to 1,437 images of digits in 1 epoch\n" in said.err
    assert "epoch 1/1  loss" in said.err
    assert isinstance(tfvae.load_model(path).prior, priors.Diffusion)
    assert program.run("sample", path, "--count", "4", "--output", tmp_path / "samples.png") == 0


@pytest.mark.slow
def test_fit_prior_of_a_model_of_codes_is_autoregressive(run, tmp_path, capsys):
    model, path = recipes.fsq_vae((8, 8, 1), 2, levels=(3, 3)), tmp_path / "codes.keras"
    model.trained = True
    model.save(path)
    asked = ("fit-prior", path, "--dataset", "digits", "--output", tmp_path / "fitted.keras")
    assert program.run(*asked, "--epochs", "1") == 0
    said = capsys.readouterr()
    assert "an autoregressive prior of 16 codes a picture, fitted to 1,437 images of digits in 1 epoch\n" in said.err
    assert "epoch 1/1  loss " in said.err
    found = keras.saving.load_model(tmp_path / "fitted.keras")
    assert found.prior.book_sizes == (9,)
    # One epoch says more of held-out codes than the uniform law that it began with.
    log_p = found.prior.distribution().log_prob(found.encode(data.digits("test")[0]).indices)
    assert np.mean(log_p) > -16 * np.log(9)
    assert program.run("sample", tmp_path / "fitted.keras", "--count", "4", "--output", tmp_path / "samples.png") == 0
    # Gaussians are there for who names them, and only they have no epochs.
    assert program.run(*asked, "--components", "2", "--overwrite") == 0
    assert keras.saving.load_model(tmp_path / "fitted.keras").prior.components == 2
    assert program.run("fit-prior", run, "--epochs", "2") != 0
    assert "--epochs: a mixture is fitted to all images at once" in capsys.readouterr().err
    assert program.run("fit-prior", run, "--diffusion", "--components", "2") != 0
    assert "--components and --full are of a mixture" in capsys.readouterr().err


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


def test_bits_of_a_discrete_likelihood_have_no_unit_of_x(tmp_path):
    levels = {"likelihood": families.DiscretizedLogistic((8, 8, 1), levels=17), "preprocessing": data.Quantize(17)}
    vae = recipes.image_vae((8, 8, 1), 2, **levels)
    vae.compile()
    vae.trained = True
    vae.save(tmp_path / "m.keras")
    asked = ("--dataset", "digits", "--num-samples", "1", "--quiet", "--output", tmp_path / "m.json")
    assert program.run("evaluate", tmp_path / "m.keras", *asked) == 0
    found = json.loads((tmp_path / "m.json").read_text())
    for name in ("elbo", "log_likelihood"):
        bits = -found[name]["nats"] / 64 / np.log(2)
        assert found[name]["bits_per_dimension"] == pytest.approx(bits)
