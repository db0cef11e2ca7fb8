"""What is missing, given what is there: of linear-Gaussian models a Gaussian's conditional law."""

import numpy as np
import pytest

from tests.identities.statistics import SIGMAS, assert_standard
from tests.identities.test_missing import PATTERN, holes, observed_vae, set_encoder
from tests.linear_gaussian import LinearGaussian
from tfvae import evaluation
from tfvae.terms import ImportanceWeighted


def conditional(model, row):
    """Returns mean and covariance of what is missing of a row."""
    there = ~np.isnan(row)
    gain = model.covariance[np.ix_(~there, there)] @ np.linalg.inv(model.covariance[np.ix_(there, there)])
    mean = model.bias[~there] + gain @ (row - model.bias)[there]
    return mean, model.covariance[np.ix_(~there, ~there)] - gain @ model.covariance[np.ix_(there, ~there)]


def trained(model, pattern):
    """The model with q(z|x) exact for one pattern of gaps; for others the weights have to make up for it."""
    vae = observed_vae(model, [ImportanceWeighted(1)])
    vae.trained = True
    set_encoder(model, vae, pattern)
    return vae


def test_with_the_exact_posterior_every_draw_counts_alike():
    model = LinearGaussian.random(latents=1)
    x = np.where(PATTERN, model.sample(5), np.nan)
    found = evaluation.impute(trained(model, PATTERN), x, 400, seed=1)
    np.testing.assert_allclose(found.effective_draws, 400, rtol=1e-9)
    for filled in (found.mean, found.low, found.high, *found.draws):
        np.testing.assert_array_equal(filled[:, PATTERN], x[:, PATTERN])
    np.testing.assert_array_equal(found.stddev[:, PATTERN], 0.0)
    assert found.probabilities == {}


def errors(count, seed, model, vae, x):
    """Returns the errors of mean and variance of all that is missing, and what they are of."""
    found = evaluation.impute(vae, x, count, seed=seed)
    exact = [conditional(model, row) for row in x]
    gone = np.isnan(x)
    mean = np.concatenate([mean for mean, _ in exact])
    variance = np.concatenate([np.diag(covariance) for _, covariance in exact])
    return found.mean[gone] - mean, found.stddev[gone] ** 2 - variance, found


def test_means_and_variances_are_the_conditional_ones_and_errors_shrink_with_draws():
    """q(z|x) is that of another pattern of gaps: without the weights, all would be wrong."""
    model = LinearGaussian.random(size=4, latents=1, sigma=0.8, seed=3)
    vae = trained(model, np.array([True, True, True, False]))
    x = np.tile(np.where([True, False, True, False], model.sample(1, seed=5), np.nan), [300, 1])
    spreads = []
    for count in (50, 800):
        of_mean, of_variance, found = errors(count, 2, model, vae, x)
        assert np.all(found.effective_draws < 0.99 * count)
        for error in (of_mean.reshape(300, 2), of_variance.reshape(300, 2)):
            # Self-normalised weights are biased by 1 / K: a share of a standard deviation that falls with it.
            scale = error.std(axis=0, ddof=1)
            assert np.all(abs(error.mean(axis=0)) < SIGMAS * scale / np.sqrt(300) + 3 / count)
            spreads.append(scale)
    # 16 times the draws, a quarter of the error, known to about 10 %.
    for small, large in (spreads[0::2], spreads[1::2]):
        np.testing.assert_allclose(large / small, 0.25, rtol=0.35)
    plain = np.mean(vae.predict(x[:1], verbose=0)[0, 1]) - conditional(model, x[0])[0][0]
    assert abs(plain) > 10 * abs(of_mean.reshape(300, 2)[:, 0].mean())


def test_draws_are_joint_and_intervals_are_quantiles():
    model = LinearGaussian.random(size=4, latents=1, sigma=0.5, seed=1)
    vae = trained(model, np.array([True, True, True, False]))
    x = np.where([True, False, True, False], model.sample(1, seed=5), np.nan)
    found = evaluation.impute(vae, x, 30_000, num_draws=3000, coverage=0.8, seed=4)
    mean, covariance = conditional(model, x[0])
    draws = found.draws[:, 0, [1, 3]]
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), (draws - mean).T)
    for scores in whitened:
        assert_standard(scores)
    assert abs(np.mean(whitened[0] * whitened[1])) < SIGMAS / np.sqrt(3000)
    assert abs(np.corrcoef(draws.T)[0, 1]) > 0.2  # which draws of each entry by itself wouldn't have
    ends = mean + np.sqrt(np.diag(covariance)) * np.array([[-1.2815516], [1.2815516]])
    np.testing.assert_allclose([found.low[0, [1, 3]], found.high[0, [1, 3]]], ends, atol=0.05)


@pytest.mark.parametrize("coverage", [0.5, 0.9])
def test_intervals_cover_as_often_as_they_say(coverage):
    model = LinearGaussian.random(size=5, latents=2, sigma=0.6, seed=1)
    vae = trained(model, np.ones(5, bool))
    truth = model.sample(400, seed=8)
    x = holes(truth, share=0.3)
    # One gap a row: several of one row would be covered or not together.
    gone = np.isnan(x)
    rows, first = np.flatnonzero(gone.any(axis=1)), gone.argmax(axis=1)
    found = evaluation.impute(vae, x, 1000, coverage=coverage, seed=3)
    at = (rows, first[rows])
    inside = np.mean((found.low[at] <= truth[at]) & (truth[at] <= found.high[at]))
    assert abs(inside - coverage) < SIGMAS * np.sqrt(coverage * (1 - coverage) / len(rows))


def test_a_row_is_filled_alike_in_any_company():
    """Rows are filled in pieces that fit into memory, and in the order in which they are given."""
    model = LinearGaussian.random(latents=1)
    vae = trained(model, PATTERN)
    x = np.where(PATTERN, model.sample(9), np.nan)
    many, few = evaluation.impute(vae, x, 20_000, seed=1), evaluation.impute(vae, x, 500, seed=1)
    assert many.mean.shape == few.mean.shape == (9, 5)
    exact = np.stack([conditional(model, row)[0] for row in x])
    for found, least in ((many, 20_000), (few, 500)):
        error = np.abs(found.mean[:, ~PATTERN] - exact)
        assert np.all(error < 6 * found.stddev[:, ~PATTERN] / np.sqrt(least))
