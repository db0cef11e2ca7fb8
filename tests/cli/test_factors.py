"""`tfvae evaluate --factors`: what `evaluation.disentanglement` finds, on the command line."""

import functools
import json

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

import tfvae
from tests.cli import program
from tfvae import data, evaluation, recipes
from tfvae_cli import evaluate


def test_it_prints_what_the_function_gives(tmp_path, capsys, monkeypatch):
    images, factors = (array[::40] for array in data.sprites("test"))
    vae = recipes.ppca((64, 64, 1), 3)
    vae.trained = True
    vae.save(tmp_path / "m.keras")
    # Few pictures and one tree, as the command has no option for either; and not the measures of other tests.
    tree = DecisionTreeClassifier(random_state=0)
    scores = functools.partial(evaluation.disentanglement, classifier=tree, resamples=2)
    monkeypatch.setattr(evaluation, "disentanglement", scores)
    monkeypatch.setitem(data.load.__globals__, "sprites", lambda split: (images, factors))
    monkeypatch.setattr(evaluate, "_measure", lambda *_: {})
    monkeypatch.setattr(evaluate, "_reconstruction", lambda *_: {})
    asked = ("--dataset", "sprites", "--factors", "--num-samples", "2", "--seed", "3")
    assert program.run("evaluate", tmp_path / "m.keras", *asked) == 0
    table = capsys.readouterr().out
    found = json.loads((tmp_path / "evaluation-test.json").read_text())["factors"]
    expected = scores(tfvae.load_model(tmp_path / "m.keras"), (images, factors), seed=3)
    assert found["names"] == ["shape", "scale", "rotation", "x", "y"]
    for name in expected._fields[:8]:
        estimate = getattr(expected, name)
        assert found[name]["value"] == pytest.approx(estimate.value, abs=1e-6), name
        if np.isfinite(estimate.standard_error):
            assert found[name]["standard_error"] == pytest.approx(estimate.standard_error, abs=1e-6)
        else:
            assert found[name]["standard_error"] is None
    np.testing.assert_allclose(found["mutual_information"], expected.mutual_information, atol=1e-6)
    np.testing.assert_allclose(found["importance"], expected.importance, atol=1e-6)
    gap = expected.mutual_information_gap
    printed = f"{gap.value:.3f} +- {gap.standard_error:.3f}"
    assert f"  mutual information gap   {printed:>20}\n" in table
    assert "  SAP " in table
