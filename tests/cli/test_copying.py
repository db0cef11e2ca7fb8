"""Copies of training images, as `tfvae evaluate` and `tfvae report` tell of them."""

import argparse
import base64
import io
import json
import re
import shutil

import keras
import numpy as np
import pytest
from PIL import Image

import tfvae
from tests.cli import program
from tests.cli.test_report_page import RUN, Read, document
from tfvae import data, evaluation, recipes
from tfvae_cli import copying, evaluate, parser, report_figures, report_page
from tfvae_cli.opened import Opened
from tfvae_cli.problem import Problem


def pixels():
    return keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()], name="pixels")


@pytest.fixture(scope="module")
def found(run, tmp_path_factory):
    """What the Python API says of the run, and a folder with the run and a network beside it."""
    folder = tmp_path_factory.mktemp("copying")
    shutil.copytree(run, folder / "run")
    pixels().save(folder / "run" / "features-digits.keras")
    train, held_out = (data.load("digits", split, batch_size=50, shuffle=False)[0] for split in ("train", "test"))
    vae = tfvae.load_model(run / "model.keras")
    return folder, evaluation.data_copying(vae, train, held_out, pixels(), count=180, seed=3, verbose=0)


def test_evaluate_says_what_data_copying_says(found, capsys):
    folder, expected = found
    asked = ("--num-samples", "1", "--samples", "180", "--seed", "3", "--output", folder / "run" / "e.json")
    assert program.run("evaluate", folder / "run", *asked) == 0
    result = json.loads((folder / "run" / "e.json").read_text())["data_copying"]
    assert result == {
        "u": pytest.approx(expected.u),
        "z": pytest.approx(expected.z, rel=1e-3),
        "p_value": pytest.approx(expected.p_value, rel=1e-2),
        "median_distance": pytest.approx(np.median(expected.distance), rel=1e-5),
        "held_out_median_distance": pytest.approx(np.median(expected.held_out_distance), rel=1e-5),
        "cells": {
            "value": pytest.approx(expected.cells.value, rel=1e-3),
            "z": pytest.approx(expected.cells.z, rel=1e-3),
            "p_value": pytest.approx(expected.cells.p_value, rel=1e-2),
            "per_cell": [None if np.isnan(z) else pytest.approx(z, rel=1e-3) for z in expected.cells.per_cell],
            "weights": pytest.approx(expected.cells.weights.tolist()),
            "train": expected.cells.train.tolist(),
            "held_out": expected.cells.held_out.tolist(),
            "samples": expected.cells.samples.tolist(),
        },
        "num_samples": 180,
        "num_train": 1437,
        "num_held_out": 180,
        "network": expected.network,
        "in_pixels": False,
    }
    table = capsys.readouterr().out
    assert f"z = {expected.z:.1f}" in table
    assert f"C_T = {expected.cells.value:.1f}, z = {expected.cells.z:.1f}" in table
    assert copying.meaning(result) in table


def test_a_report_shows_samples_beside_their_nearest_training_images(found, monkeypatch):
    folder, expected = found
    monkeypatch.setattr(report_figures, "_SECTIONS", {"data_copying": report_figures._SECTIONS["data_copying"]})
    assert program.run("report", folder / "run", "--seed", "3", "--quiet") == 0
    result = json.loads((folder / "run" / "report.json").read_text())["runs"][0]["data_copying"]
    assert result["distance"] == pytest.approx(expected.distance.tolist(), rel=1e-4)
    assert result["nearest"] == expected.nearest.tolist()
    assert [pair["sample"] for pair in result["pairs"]] == np.argsort(result["distance"], kind="stable")[:24].tolist()
    page = (folder / "run" / "report.html").read_text()
    shown = re.findall(r'src="data:image/png;base64,([^"]*)" alt="sample (\d+) and training image (\d+)"', page)
    assert len(shown) == 24
    train = data.digits("train")[0]
    for pair, (png, sample, place) in zip(result["pairs"], shown, strict=True):
        assert (pair["sample"], pair["train"]) == (int(sample), int(place))
        assert pair["train"] == expected.nearest[pair["sample"]]
        assert f"<figcaption>{pair['distance']:.3f}</figcaption>" in page
        drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(png))))
        left, right = drawn[2:66:8, 2:66:8], drawn[2:66:8, 68:132:8]  # an 8x8 digit, each pixel a square of 8
        np.testing.assert_array_equal(right, train[pair["train"], ..., 0])
        np.testing.assert_allclose(left / 255, expected.samples[pair["sample"], ..., 0], atol=0.51 / 255)


@pytest.mark.parametrize(("recipe", "tested"), [("conditional_vae", True), ("mvae", False)])
def test_models_that_are_given_labels(recipe, tested, tmp_path, monkeypatch):
    getattr(recipes, recipe)((8, 8, 1), 2, num_classes=10).save(tmp_path / "m.keras")
    monkeypatch.setattr(report_figures, "_SECTIONS", {"data_copying": report_figures._SECTIONS["data_copying"]})
    assert program.run("report", tmp_path / "m.keras", "--dataset", "digits", "--quiet") == 0
    result = json.loads((tmp_path / "report.json").read_text())["runs"][0]
    assert ("data_copying" in result) == tested
    if tested:
        assert result["data_copying"]["in_pixels"]
        assert len(result["data_copying"]["pairs"]) == 24
    else:
        assert "pictures alone" in result["left_out"]["data_copying"]


def opened(*arguments):
    """Returns what `copying.asked` is given first, of a command line."""
    options = parser.parse(["evaluate", *map(str, arguments)])
    run = Opened(options, "evaluation.json")
    return run, run.load(), *run.images()


def test_images_of_the_training_are_no_yardstick(found):
    folder, _ = found
    with pytest.raises(Problem, match="are those of the training, train"):
        copying.asked(*opened(folder / "run", "--split", "train"), pixels(), 12, 0, 0)


def test_images_of_another_law_are_no_yardstick(found, tmp_path):
    folder, _ = found
    np.save(tmp_path / "another.npy", np.random.default_rng(0).integers(0, 256, (60, 8, 8, 1), "uint8"))
    with pytest.raises(Problem, match=r"trained on digits: how near images of .*another.* to those says nothing"):
        copying.asked(*opened(folder / "run", "--dataset", tmp_path / "another.npy"), pixels(), 12, 0, 0)


def test_evaluate_goes_on_without_a_yardstick(monkeypatch):
    def refuses(*given):
        raise Problem("There is\n none.")

    monkeypatch.setattr(copying, "asked", refuses)
    options = argparse.Namespace(quiet=True, samples=12, seed=0)
    said = evaluate._data_copying(None, None, None, None, None, options)
    assert said == {"left_out": "There is none."}
    assert copying.rows(said) == [("copies of training data", "not tested", "There is none.")]


def entry(**others):
    cells = {"value": -1.25, "z": -3.5, "p_value": 0.0005, "per_cell": [-2.5, None], "weights": [1.0, 0.0]}
    return {
        **{"u": 12.5, "z": -4.25, "p_value": 0.00002, "median_distance": 0.5, "held_out_median_distance": 1.5},
        **{"cells": {**cells, "train": [1000, 2], "held_out": [20, 3], "samples": [30, 4]}},
        **{"num_samples": 34, "num_train": 1002, "num_held_out": 23, "network": "<b>", "in_pixels": False},
        **{"meaning": "copying: <i>", "distance": [], "nearest": []},
        **{"pairs": [{"sample": 3, "train": 7, "distance": 0.125}, {"sample": 5, "train": 7, "distance": 0.25}]},
        **others,
    }


def test_the_page_has_its_figures():
    pictures = {"data_copying": np.full([2, 12, 22, 1], 128, "uint8")}
    read = Read(report_page.page(document({**RUN, "data_copying": entry()}), [{**_pictures(), **pictures}]))
    texts = " ".join(read.texts)
    for text in (
        "12.5",
        "-4.25",
        "2e-05",
        "-1.25",
        "-3.50",
        "0.0005",
        "1,002 training images",
        "<b>",
        "1,000",
        "0.125",
    ):
        assert text in texts, text
    shown = [image["alt"] for image in read.of("img") if image["alt"].startswith("sample")]
    assert shown == ["sample 3 and training image 7", "sample 5 and training image 7"]


def test_the_page_of_what_is_no_picture_has_no_pairs():
    cells = {**entry()["cells"], "value": None, "z": None, "p_value": None}
    read = Read(report_page.page(document({**RUN, "data_copying": entry(cells=cells)}), [_pictures()]))
    assert not [image for image in read.of("img") if image["alt"].startswith("sample")]
    assert "None" not in " ".join(read.texts)


def _pictures():
    return {name: np.full([34, 122, 1], 128, "uint8") for name in ("samples", "reconstructions", "traversals")}


def test_the_table_says_it_in_words():
    lines = copying.rows(entry())
    assert lines[0] == ("copies of training data", "z = -4.2", "p < 0.001")
    assert lines[1] == ("  within parts of them", "C_T = -1.2, z = -3.5", "p < 0.001")
    assert lines[2][0].startswith("  copying: nearer")
    cells = {**entry()["cells"], "value": None, "z": None, "p_value": None}
    assert len(copying.rows(entry(cells=cells))) == 2
    assert copying.rows(None) == []
