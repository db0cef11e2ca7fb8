"""What the largest importance weights say of an estimate."""

import math

import numpy as np
import pytest
from scipy import special, stats

from tests.identities.statistics import assert_mean
from tests.linear_gaussian import LinearGaussian, importance_moments
from tfvae import data
from tfvae.evaluation import log_likelihood, tails
from tfvae.terms import ImportanceWeighted

DRAWS = 1000


def gaussian_log_weights(examples, dimensions, scale, seed):
    """Returns log w of a standard normal by draws of N(0, scale^2 I), whose k is 1 - scale^2 in one dimension."""
    z = scale * np.random.default_rng(seed).normal(size=(examples, DRAWS, dimensions))
    return np.sum(z**2 * (1 / scale**2 - 1) / 2 + math.log(scale), axis=-1)


def judged(log_weights, seed):
    """Returns log of the mean weights, their errors and k."""
    sums = np.stack([special.logsumexp(power * log_weights, axis=1) for power in (1, 2)])
    most = np.sort(log_weights, axis=1)[:, -(tails.size(DRAWS) + 1) :]
    return sums[0] - math.log(DRAWS), *tails.errors(most, sums, DRAWS, np.random.default_rng(seed))


@pytest.mark.parametrize("k", [0.2, 0.7, 1.2])
def test_the_tail_of_pareto_weights_is_found(k):
    """Of a Pareto law any tail is a generalised Pareto of the same k and of the scale k * cut."""
    draws = stats.pareto.rvs(1 / k, size=(400, 2000), random_state=0)
    found = tails.fit(np.log(np.sort(draws, axis=1)[:, -201:]))
    # The ten weights of k = 1/2 that the estimate starts from.
    expected = (200 * k + 10 * 0.5) / 210
    np.testing.assert_allclose(found.k.mean(), expected, atol=0.02)
    np.testing.assert_allclose(found.k.std(), (1 + k) / math.sqrt(200), rtol=0.3)  # of maximum likelihood
    np.testing.assert_allclose(np.median(found.scale / found.cut), k, rtol=0.1)


def test_equal_weights_have_no_tail_and_few_say_nothing():
    same = np.zeros([3, 96])
    assert np.all(tails.fit(same).k == -np.inf)
    error, k = tails.errors(same, np.full([2, 3], math.log(DRAWS)), DRAWS, np.random.default_rng(0))
    assert np.all(error < 1e-7)
    assert np.all(k == -np.inf)
    # Weights that come in two values: what lies at the cut has no tail, wherever the others begin.
    for count in (5, 9, 20):
        for begin in range(1, count):
            steps = np.zeros([1, count + 1])
            steps[:, begin:] = 1.0
            assert not np.isnan(tails.fit(steps).k).any()
    assert tails.size(24) == 5
    assert tails.size(20) == 0
    assert np.all(np.isnan(tails.errors(same[:, :1], np.full([2, 3], math.log(20)), 20, None)[1]))


@pytest.mark.parametrize(
    ("dimensions", "scale", "heavy"), [(1, 0.95, False), (50, 0.8, True), (50, 0.75, True), (100, 0.8, True)]
)
def test_two_estimates_differ_by_their_errors(dimensions, scale, heavy):
    """Where weights have heavy tails, too, which the delta method takes for lighter ones."""
    one, two = (judged(gaussian_log_weights(600, dimensions, scale, seed), seed) for seed in (0, 1))
    assert (np.mean(one[2] > 0.5) > 0.9) == heavy
    scores = (one[0] - two[0]) / np.hypot(one[1], two[1])
    # Unit spread, that of the median half; a few of a thousand are far apart, as heavy tails have it.
    spread = np.diff(np.quantile(scores, special.ndtr([-1.0, 1.0])))[0] / 2
    assert abs(spread - 1) < 0.15
    assert abs(np.std(scores) - 1) < 0.2


def test_estimates_are_drawn_again_by_tail_and_body():
    """Uniform weights, of which all is known: k = -1, and a variance in which tail, body and their shares count."""
    draws = np.random.default_rng(0).random((300, DRAWS))
    sums = np.log([np.sum(draws**power, axis=1) for power in (1, 2)])
    most = np.log(np.sort(draws, axis=1)[:, -(tails.size(DRAWS) + 1) :])
    top, cut = np.exp(most[:, -1]), np.exp(most[:, 0])
    tail = tails.Tail(np.full(300, -1.0), (1 - cut) / top, cut / top, most.shape[1] - 1)
    found = tails._redrawn(most, sums, tail, DRAWS, np.random.default_rng(1))
    assert_mean(found, math.sqrt(1 / 12) / 0.5 / math.sqrt(DRAWS), beyond=2e-4)


def test_an_estimate_says_how_far_to_trust_it():
    model = LinearGaussian.random()
    x = model.sample(300)

    def estimate(widen, seed=0):
        vae = model.vae([ImportanceWeighted(1)], widen=widen)
        return log_likelihood(vae, data.from_array(x, batch_size=100, shuffle=False), DRAWS, seed, verbose=0)

    exact, wide, narrow = estimate(1.0), estimate(1.6), estimate(0.2)
    np.testing.assert_allclose(exact.effective_draws, DRAWS)
    second_moment = importance_moments(1.6, model.latents, 2)[2]
    assert_mean(wide.effective_draws / DRAWS, 1 / second_moment, beyond=0.01)
    assert not exact.doubtful.any()
    assert not wide.doubtful.any()
    # A fifth of the variance: k = 1 - 1/5 in each direction.
    assert narrow.doubtful.mean() > 0.6
    other = estimate(0.2, seed=1)
    scores = (narrow.per_example - other.per_example) / np.hypot(narrow.per_example_error, other.per_example_error)
    assert abs(np.diff(np.quantile(scores, special.ndtr([-1.0, 1.0])))[0] / 2 - 1) < 0.25
