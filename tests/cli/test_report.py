"""A report's figures are those of the Python API, and those that its page shows."""

import argparse
import json
import math
import os
import re
import shutil

import keras
import numpy as np
import pytest

import tfvae
from tests.cli import program
from tfvae import data, evaluation, latent, recipes
from tfvae.export import manifest
from tfvae_cli import report_differences, report_figures, report_pictures
from tfvae_cli.problem import Problem

SEED, DRAWS, EXAMPLES, TEMPERATURES = 3, 30, 6, 10
ARGUMENTS = ("--seed", SEED, "--num-samples", DRAWS, "--examples", EXAMPLES)


@pytest.fixture(scope="module")
def reported(run, tmp_path_factory):
    """A folder with a report on a run that has all there is to report, and one on models that lack something."""
    folder = tmp_path_factory.mktemp("reports")
    shutil.copytree(run, folder / "run")
    keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()]).save(folder / "run" / "features-digits.keras")
    exported = folder / "saved_models" / "run" / "litert"
    exported.mkdir(parents=True)
    (exported / "decoder.tflite").write_bytes(b"no model")
    manifest.record(exported, {"decoder.tflite": {"max_abs_error": 2e-7, "psnr_db": 140.5, "kl_nats": None}})
    recipes.vae((8, 8, 1), 3, preprocessing=data.DynamicBinarize()).save(folder / "another.keras")
    recipes.wae_mmd((8, 8, 1), 2).save(folder / "codes.keras")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(report_figures, "_TEMPERATURES", TEMPERATURES)
        assert program.run("report", "run", "--annealed", "--quiet", *ARGUMENTS) == 0
        named = ("--dataset", "digits", "--quiet", *ARGUMENTS)
        assert program.run("report", "codes.keras", "--output", "codes.html", *named) == 0
        some = {name: report_figures._SECTIONS[name] for name in ("log_likelihood", "map")}
        patch.setattr(report_figures, "_SECTIONS", some)
        several = ("run", "another.keras", "codes.keras")
        assert program.run("report", *several, "--output", "all.html", *named) == 0
    return folder


@pytest.fixture(scope="module")
def alone(reported):
    """The figures of the run by itself."""
    return json.loads((reported / "run" / "report.json").read_text())["runs"][0]


@pytest.fixture(scope="module")
def several(reported):
    """The figures of three models."""
    return json.loads((reported / "all.json").read_text())


@pytest.fixture(scope="module")
def vae(reported):
    """The run's model."""
    return tfvae.load_model(reported / "run" / "model.keras")


@pytest.fixture(scope="module")
def another(reported):
    """An untrained model of the same x as the run."""
    return tfvae.load_model(reported / "another.keras")


@pytest.fixture(scope="module")
def images():
    """The images that are measured, as a dataset."""
    return data.load("digits", "test", batch_size=128, shuffle=False)[0]


@pytest.fixture(scope="module")
def few():
    """The examples of the figures that take long, evenly spaced from the first image to the last."""
    return data.from_array(data.digits("test")[0][[0, 36, 72, 107, 143, 179]], shuffle=False)


def number(found):
    return {"value": pytest.approx(found.value, rel=1e-6), "standard_error": pytest.approx(found.standard_error)}


def test_what_is_reported_on(alone, vae):
    assert (alone["run"], alone["model"], alone["parameters"]) == ("run", repr(vae), vae.count_params())
    about = alone["data"]
    assert (about["name"], about["split"], about["images"], about["shape"]) == ("digits", "test", 180, [8, 8, 1])
    assert alone["left_out"] == {}


def test_history(alone, reported):
    rows = (reported / "run" / "history.csv").read_text().splitlines()
    names, *values = (row.split(",") for row in rows)
    assert alone["history"]["val_elbo"] == [float(row[names.index("val_elbo")]) for row in values]


def test_log_likelihood(alone, vae, images):
    estimate = evaluation.log_likelihood(vae, images, num_samples=DRAWS, seed=SEED, verbose=0)
    found = alone["log_likelihood"]
    assert found["per_example"] == pytest.approx(estimate.per_example.tolist())
    assert {name: found[name] for name in ("value", "standard_error", "bits_per_dimension", "num_samples")} == {
        "value": pytest.approx(estimate.mean),
        "standard_error": pytest.approx(estimate.standard_error),
        "bits_per_dimension": pytest.approx(estimate.bits_per_dimension),
        "num_samples": DRAWS,
    }
    assert found["doubtful"] == estimate.doubtful.sum()
    assert alone["metrics"] == pytest.approx(vae.evaluate(images, verbose=0, return_dict=True))


def test_where_nats_are_lost(alone, vae, few):
    bounds = evaluation.annealed(vae, few, num_temperatures=TEMPERATURES, seed=SEED, verbose=0)
    gaps = evaluation.gaps(vae, few, log_likelihood=bounds.lower.per_example, num_samples=DRAWS, seed=SEED, verbose=0)
    parts = evaluation.surgery(vae, few, seed=SEED, verbose=0)
    for name in ("lower", "simulated", "upper", "gap"):
        assert alone["annealed"][name] == number(getattr(bounds, name)), name
    for name in ("log_likelihood", "best_elbo", "elbo", "approximation", "amortisation"):
        assert alone["gaps"][name] == number(getattr(gaps, name)), name
    for name in ("reconstruction", "mutual_information", "marginal_kl", "elbo"):
        assert alone["surgery"][name] == number(getattr(parts, name)), name
    assert [alone[name]["examples"] for name in ("annealed", "gaps", "surgery")] == [EXAMPLES] * 3
    assert (alone["gaps"]["converged"], alone["gaps"]["annealed"]) == (gaps.converged.sum(), True)
    assert alone["surgery"]["log_examples"] == pytest.approx(math.log(EXAMPLES))


def test_latents(alone, vae, images):
    active = evaluation.activity(vae, images, seed=SEED)
    assert alone["activity"]["kl_per_dimension"] == pytest.approx(active.kl_per_dimension.tolist())
    assert alone["activity"]["active"] == active.active.tolist()
    train, _ = data.load("digits", "train", labels=True, shuffle=False)
    test, _ = data.load("digits", "test", labels=True, shuffle=False)
    accuracy = latent.linear_probe(vae, train, test)
    assert alone["linear_probe"] == {
        "accuracy": accuracy,
        "standard_error": pytest.approx(np.sqrt(accuracy * (1 - accuracy) / 180)),
    }
    raw, labels = data.digits("test")
    means = vae.encode(raw).mean().numpy()
    np.testing.assert_allclose(alone["map"]["points"], means, atol=1e-4)  # two latents are drawn as they are
    assert (alone["map"]["labels"], alone["map"]["explained"]) == (labels.tolist(), None)
    found = alone["traversals"]
    assert found["dimensions"] == np.argsort(-active.kl_per_dimension).tolist()
    for dimension, values in zip(found["dimensions"], found["values"], strict=True):
        low, high = np.quantile(means[:, dimension], [0.02, 0.98])
        assert values == pytest.approx(np.linspace(low, high, 9).tolist(), abs=1e-3)


def test_a_map_of_more_latents_has_principal_components(several, another):
    means = another.encode(data.digits("test")[0]).mean().numpy().astype("float64")
    centred = means - means.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(centred.T))
    found = several["runs"][1]["map"]
    expected = np.abs(centred @ axes[:, [2, 1]])  # the sign of an axis is arbitrary
    np.testing.assert_allclose(np.abs(found["points"]), expected, atol=1e-3 * expected.max() + 1e-4)
    assert found["explained"] == pytest.approx((variances[[2, 1]] / variances.sum()).tolist(), rel=1e-4)


def test_pictures(alone, vae, images, reported):
    errors = evaluation.reconstruction(vae, images, verbose=0)
    assert alone["reconstruction"]["psnr"] == number(errors.psnr)
    assert alone["reconstruction"]["squared_error"] == number(errors.squared_error)
    assert (alone["samples"], alone["reconstructions"]) == ({"count": 48}, {"count": 24})
    network = keras.saving.load_model(reported / "run" / "features-digits.keras", compile=False)
    found = evaluation.fidelity(images, vae, network, count=180, seed=SEED, verbose=0)
    assert alone["fidelity"]["precision"] == number(found.precision)
    assert alone["fidelity"]["num_images"] == 180


def test_exports(alone):
    file = os.path.join("saved_models", "run", "litert", "decoder.tflite")
    assert alone["exports"] == [{"file": file, "max_abs_error": 2e-7, "psnr_db": 140.5, "kl_nats": None}]


def test_what_a_model_lacks_is_said(reported, several):
    (codes,) = json.loads((reported / "codes.json").read_text())["runs"]
    lacking = {"history", "log_likelihood", "annealed", "gaps", "surgery", "fidelity", "exports"}
    assert set(codes["left_out"]) == lacking
    assert "--annealed" in codes["left_out"]["annealed"]
    assert "Deterministic has no density" in codes["left_out"]["log_likelihood"]
    assert not lacking & set(codes)
    assert set(report_figures._SECTIONS) == lacking | (set(report_figures._SECTIONS) & set(codes))
    assert all(reason and "\n" not in reason for reason in codes["left_out"].values())
    assert codes["activity"]["kl_per_dimension"] is None
    assert [list(run["left_out"]) for run in several["runs"]] == [[], [], ["log_likelihood"]]


def test_differences_are_paired(several):
    first, other, _ = several["runs"]
    a, b = (np.array(run["log_likelihood"]["per_example"]) for run in (other, first))
    paired, without = several["differences"]
    assert paired == {
        "run": "another.keras",
        "value": pytest.approx((a - b).mean()),
        "standard_error": pytest.approx(np.std(a - b, ddof=1) / np.sqrt(180)),
    }
    assert without == {"run": "codes.keras", "left_out": "codes.keras has no log p(x)."}


def test_the_second_run_is_measured_as_by_itself(several, another, images):
    estimate = evaluation.log_likelihood(another, images, num_samples=DRAWS, seed=SEED, verbose=0)
    found = several["runs"][1]["log_likelihood"]["per_example"]
    # Its binarised pixels are those of the first run: the same seed, and batches of the same size.
    assert found == pytest.approx(estimate.per_example.tolist(), rel=1e-5)


def test_log_likelihoods_of_other_x_are_not_compared():
    grey = {"preprocessing": "Dequantize()", "discrete": False}
    binary = {"preprocessing": "Binarize()", "discrete": True}
    runs = [{"run": "a", "x": binary, "log_likelihood": {"per_example": [1.0, 2.0]}}]
    runs += [{"run": "b", "x": grey, "log_likelihood": {"per_example": [1.0, 2.0]}}]
    (found,) = report_differences.differences(runs)
    assert "value" not in found
    assert "a probability by Binarize() and a density by Dequantize()" in found["left_out"]


def test_a_report_says_where_it_is(reported, monkeypatch, capsys):
    def nothing(subject, options, found, pictures):
        raise ValueError("Nothing\n  to say.")

    monkeypatch.chdir(reported)
    monkeypatch.setattr(report_figures, "_SECTIONS", {"history": ("nothing", nothing)})
    assert program.run("report", "another.keras", "--dataset", "digits", "--output", "new/a.html") == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [os.path.join("new", "a.html"), os.path.join("new", "a.json")]
    assert "another.keras: nothing" in err
    assert json.loads((reported / "new" / "a.json").read_text())["runs"][0]["left_out"] == {
        "history": "Nothing to say."
    }
    before = (reported / "new" / "a.html").read_bytes()
    monkeypatch.setattr(report_figures, "plain", lambda value: 1 / 0)
    arguments = ("another.keras", "--dataset", "digits", "--output", "new/a.html", "--overwrite", "--quiet")
    assert program.run("report", *arguments) == 2
    assert capsys.readouterr() == ("", "tfvae report: error: ZeroDivisionError: division by zero\n")
    assert (reported / "new" / "a.html").read_bytes() == before


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: recipes.vae((5,), 2), "(5,) are no pictures"),
        (lambda: recipes.fsq_vae((8, 8, 1)), "are codes"),
        (lambda: recipes.hyperspherical_vae((8, 8, 1), 3), "curved space"),
    ],
)
def test_what_has_no_traversals(make, reason):
    subject = argparse.Namespace(vae=make())
    with pytest.raises(Problem, match=re.escape(reason)):
        report_pictures.traversals(subject, None, {}, {})


@pytest.mark.parametrize(
    ("classes", "conditional", "reason"), [(10, True, "is given the labels"), (None, False, "no classes")]
)
def test_what_has_no_probe(classes, conditional, reason):
    likelihood = argparse.Namespace(modalities=None)
    vae = argparse.Namespace(conditional=conditional, likelihood=likelihood)
    subject = argparse.Namespace(vae=vae, info=argparse.Namespace(num_classes=classes), opened=None)
    with pytest.raises(Problem, match=reason):
        report_figures._probe(subject, None, {}, {})


@pytest.mark.parametrize("recipe", ["conditional_vae", "mvae"])
def test_models_that_are_given_labels(recipe, tmp_path, monkeypatch):
    getattr(recipes, recipe)((8, 8, 1), 2, num_classes=10).save(tmp_path / "m.keras")
    wanted = ("samples", "reconstructions", "map", "traversals")
    some = {name: report_figures._SECTIONS[name] for name in wanted}
    monkeypatch.setattr(report_figures, "_SECTIONS", some)
    assert program.run("report", tmp_path / "m.keras", "--dataset", "digits", "--quiet") == 0
    found = json.loads((tmp_path / "report.json").read_text())["runs"][0]
    assert found["left_out"] == {}
    assert len(found["map"]["points"]) == 180
    assert len(np.unique(found["map"]["points"], axis=0)) > 100
