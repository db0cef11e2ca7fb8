"""`tfvae score`: the numbers are those of the functions, in a file that is whole or not there."""

import csv

import keras
import numpy as np
import pytest

from tests.cli import program
from tfvae import data, evaluation, export
from tfvae.files import whole


def table(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def column(path, name):
    return np.array([float(row[name]) for row in table(path)])


def test_it_gives_what_the_functions_give(run, capsys):
    assert program.run("score", run, "--num-samples", "10", "--seed", "3") == 0
    vae = keras.saving.load_model(run / "model.keras")
    validation, test = (
        data.load("digits", split, batch_size=128, shuffle=False)[0] for split in ("validation", "test")
    )
    normal = evaluation.typicality(vae, validation, num_samples=10, seed=3, verbose=0)
    estimate = evaluation.log_likelihood(vae, test, num_samples=10, seed=3, verbose=0)
    rows = table(run / "scores-test.csv")
    assert list(rows[0]) == ["example", "log_likelihood", "standard_error", "p_value"]
    assert [row["example"] for row in rows] == [str(number) for number in range(180)]
    output = run / "scores-test.csv"
    np.testing.assert_array_equal(column(output, "log_likelihood"), estimate.per_example)
    np.testing.assert_array_equal(column(output, "standard_error"), estimate.per_example_error)
    p = column(output, "p_value")
    np.testing.assert_array_equal(p, normal.of_scores(-estimate.per_example))
    assert capsys.readouterr().out == (
        f"{output}  180 images, {sum(p <= 0.05)} of them with a p-value of at most 0.05, by 180 images of digits "
        "validation\n"
    )


def test_other_data_are_ranked_among_the_runs_own(run, tmp_path):
    # Noise, thresholded by the preprocessing as digits are.
    np.save(tmp_path / "noise.npy", np.random.default_rng(0).integers(0, 256, [60, 8, 8, 1], "uint8"))
    output = tmp_path / "new" / "scores.csv"
    asked = ("--dataset", tmp_path / "noise.npy", "--split", "train", "--num-samples", "5", "--output", output)
    assert program.run("score", run, *asked) == 0
    p = column(output, "p_value")
    assert 40 <= len(p) < 60
    # Calibrated on noise itself they would be uniform. No p-value of 180 images is below 2 / 181.
    assert np.mean(p <= 0.05) > 0.9
    assert p.min() == pytest.approx(2 / 181)


def test_p_values_go_along_with_an_export(run, tmp_path, capfd):
    asked = ("export", run, "--format", "tf_saved_model", "--p-values", "--output", tmp_path / "served")
    assert program.run(*asked) == 0
    known = export.verify(tmp_path / "served" / "1")
    assert known["typicality"] == {"num_samples": 100, "calibrated_on": 180, "two_sided": True}
    assert "p_value" in known["signatures"]["score"]["outputs"]


def test_a_file_that_cannot_be_finished_is_not_there(run, tmp_path, monkeypatch, capsys):
    output = tmp_path / "scores.csv"
    output.write_text("before")

    def fail(self, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole.pathlib.Path, "replace", fail)
    assert program.run("score", run, "--num-samples", "1", "--output", output, "--overwrite") == 2
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]
    assert output.read_text() == "before"
    assert "No space left on device" in capsys.readouterr().err
