"""The served p-value is the rank of the served score among the held-out data's."""

import math

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests.export import session
from tests.linear_gaussian import LinearGaussian
from tests.models import make
from tfvae import data, evaluation, export, terms
from tfvae.evaluation import anomaly
from tfvae.export import ranks as exported_ranks

OBJECTIVE = [terms.NegativeLogLikelihood(), terms.KL()]
SEED = np.array([1, 2], "int32")
DRAWS = 6
HELD_OUT = 250


def ranks(calibration, scores):
    return np.array([(1 + np.sum(calibration >= score)) / (len(calibration) + 1) for score in scores])


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A model whose estimates are noisy, its calibration, and its version."""
    exact = LinearGaussian.random()
    vae = exact.vae(OBJECTIVE, widen=1.6)
    held_out = data.from_array(exact.sample(HELD_OUT, seed=1).astype("float32"), batch_size=HELD_OUT)
    normal = evaluation.typicality(vae, held_out, num_samples=DRAWS, verbose=0)
    base = tmp_path_factory.mktemp("served") / "gaussian"
    version = export.saved_model(vae, base, max_num_samples=500, typicality=normal)
    with session.loaded(version) as run:

        def score(x, num_samples):
            return run("score", {"x": x, "num_samples": np.array(num_samples, "int32"), "seed": SEED})

        yield exact, normal, version, score


def test_it_is_the_rank_of_the_score_by_as_many_draws(served):
    exact, normal, _, score = served
    fresh = exact.sample(400, seed=2).astype("float32")
    found = score(fresh, DRAWS)
    # In float32, as the server's scores are.
    calibration = normal.calibration.astype("float32")
    above, below = (ranks(sign * calibration, -sign * found["log_likelihood"]) for sign in (1, -1))
    np.testing.assert_allclose(found["p_value"], np.minimum(2 * np.minimum(above, below), 1), rtol=1e-6)
    assert found["p_value"].dtype == np.float32
    limit = 1.95 * math.sqrt(1 / HELD_OUT + 1 / 400)  # one in a thousand is beyond
    assert stats.ks_1samp(found["p_value"], stats.uniform.cdf).statistic < limit
    strange = score((exact.bias + 3 * (fresh - exact.bias)).astype("float32"), DRAWS)["p_value"]
    assert np.mean(strange <= 0.05) > 0.9


@pytest.mark.parametrize("num_samples", [1, DRAWS + 1, 500])
def test_it_is_by_the_draws_of_the_calibration_whatever_is_asked_for(served, num_samples):
    exact, _, _, score = served
    x = exact.sample(60, seed=3).astype("float32")
    by_own, by_others = score(x, DRAWS), score(x, num_samples)
    np.testing.assert_allclose(by_others["p_value"], by_own["p_value"])
    assert np.abs(by_others["log_likelihood"] - by_own["log_likelihood"]).max() > 0.05


def test_the_manifest_and_the_readme_say_what_calibrated(served):
    known = export.verify(served[2])
    assert known["typicality"] == {"num_samples": DRAWS, "calibrated_on": HELD_OUT, "two_sided": True}
    assert known["signatures"]["score"]["outputs"]["p_value"] == {"dtype": "float32", "shape": [None]}
    text = (served[2].parent / "README.md").read_text()
    assert f"{HELD_OUT} held-out examples, scored by\n{DRAWS} draws each" in text


def test_a_p_value_that_is_no_rank_is_not_left_behind(served, tmp_path, monkeypatch):
    normal = served[1]
    vae = normal.score.vae
    right = exported_ranks.p_values

    def wrong(typicality, log_likelihood):
        # Off by a rank in the graph alone.
        found = right(typicality, log_likelihood)
        return found if tf.executing_eagerly() else found + 1 / (HELD_OUT + 1)

    monkeypatch.setattr(exported_ranks, "p_values", wrong)
    with pytest.raises(export.ExportMismatch, match="p_value differs from Keras"):
        export.saved_model(vae, tmp_path, typicality=normal)
    assert list(tmp_path.iterdir()) == []


ROWS = {
    "of another model": (lambda normal: {"vae": make()}, r"`typicality`.*for this very model"),
    "of another score": (
        lambda normal: {"typicality": normal._replace(score=anomaly.TypicalSet(normal.score, 3.0))},
        r"`typicality`.*evaluation\.typicality\(vae, validation\)",
    ),
    "no calibration": (lambda normal: {"typicality": 0.05}, r"`typicality`.*typicality=0\.05"),
    "of more draws than allowed": (lambda normal: {"max_num_samples": 5}, r"`max_num_samples`.*at least 6"),
}


@pytest.mark.parametrize("name", ROWS)
def test_what_could_not_be_a_rank_is_refused(served, tmp_path, name):
    changed, said = ROWS[name]
    normal = served[1]
    given = {"vae": normal.score.vae, "typicality": normal, **changed(normal)}
    with pytest.raises(ValueError, match=said) as error:
        export.saved_model(given.pop("vae"), tmp_path, **given)
    assert len(str(error.value)) < 650
    assert list(tmp_path.iterdir()) == []
