"""The served score is log p(x)."""

import numpy as np
import pytest

from tests.export import session
from tests.linear_gaussian import LinearGaussian, importance_moments
from tfvae import data, evaluation, export, terms
from tfvae.evaluation import likelihood

OBJECTIVE = [terms.NegativeLogLikelihood(), terms.KL()]
SEED = np.array([1, 2], "int32")
SIGMAS = 5


def score(model, x, num_samples, tmp_path):
    version = export.saved_model(model, tmp_path / "served")
    with session.loaded(version) as run:
        count = np.array(num_samples, "int32")
        return run("score", {"x": x, "num_samples": count, "seed": SEED})["log_likelihood"]


def test_at_the_exact_posterior_one_draw_is_the_exact_value(tmp_path):
    exact = LinearGaussian.random()
    x = exact.sample(9).astype("float32")
    np.testing.assert_allclose(score(exact.vae(OBJECTIVE), x, 1, tmp_path), exact.log_marginal(x), atol=2e-5)


def test_many_draws_come_within_their_error_of_the_exact_value(tmp_path, monkeypatch):
    monkeypatch.setattr(likelihood, "_DECODED_AT_ONCE", 7 * 2000)  # so that the graph's loop goes round, unevenly
    exact, count = LinearGaussian.random(), 9001
    x = exact.sample(7).astype("float32")
    model = exact.vae(OBJECTIVE, widen=1.5)
    received = score(model, x, count, tmp_path)
    _, one, second, *_ = importance_moments(1.5, exact.latents, 2)
    error = np.sqrt((second / one**2 - 1) / count)
    assert error < 0.02
    assert np.all(np.abs(received - exact.log_marginal(x)) < SIGMAS * error + 1e-4)
    # Independent draws of the library's own estimate: twice the variance.
    own = evaluation.log_likelihood(
        model, data.from_array(x, batch_size=7, shuffle=False), count, seed=9, verbose=0
    ).per_example
    assert np.any(own != received)
    assert np.all(np.abs(received - own) < SIGMAS * np.sqrt(2) * error + 1e-4)


def test_the_loop_adds_up_what_one_round_would(monkeypatch):
    exact = LinearGaussian.random()
    x = exact.sample(5).astype("float32")
    model = exact.vae(OBJECTIVE, widen=1.5)
    sums, largest = {}, {}
    for at_once in (5 * 4, 5 * 10):
        monkeypatch.setattr(likelihood, "_DECODED_AT_ONCE", at_once)
        sums[at_once], largest[at_once] = likelihood.log_sums(model, x, None, 10, SEED, most=3)
    posterior = model.encode_preprocessed(x)
    weights = []
    for number, count in enumerate((4, 4, 2)):
        seed = likelihood.random.fold(SEED, 1, number)
        weights.append(model.infer_from(posterior, x, None, count, seed).log_weight.numpy())
    log_weights = np.concatenate(weights).astype("float64")
    weights = np.exp(log_weights)
    np.testing.assert_allclose(sums[20], np.log([weights.sum(0), (weights**2).sum(0)]), rtol=1e-6)
    np.testing.assert_allclose(largest[20], np.sort(log_weights.T)[:, :-4:-1], rtol=1e-6)
    assert not np.allclose(sums[20], sums[50])


def test_an_autoencoder_has_none(tmp_path):
    from tfvae import recipes

    model = recipes.autoencoder((8, 8, 1), 2)
    version = export.saved_model(model, tmp_path / "served")
    assert set(export.verify(version)["signatures"]) == {
        "decode",
        "serving_default",
        "encode",
        "encode_sample",
        "reconstruct",
        "generate",
    }
    assert pytest.approx(0, abs=1e-4) == max(export.verify(version)["parity"].values())
