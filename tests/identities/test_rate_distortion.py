"""Rate and distortion, against the closed forms of linear-Gaussian models."""

import math

import numpy as np
import pytest

from tests.linear_gaussian import LinearGaussian
from tfvae import data, evaluation, priors, terms

WIDEN, SHIFT, COUNT = 1.7, 0.4, 50


@pytest.fixture(scope="module")
def gaussian():
    return LinearGaussian.random()


@pytest.fixture(scope="module")
def x(gaussian):
    return gaussian.sample(COUNT)


def closed(gaussian, x):
    """Returns KL(q || p) and -E_q[log p(x|z)] of each example, for the q of `vae(widen=WIDEN, shift=SHIFT)`."""
    scale, weight = gaussian.mean_field_scale, gaussian.weight
    mean = (x - gaussian.bias) @ weight @ np.linalg.inv(gaussian.precision) / gaussian.sigma**2 + SHIFT * scale
    variance = WIDEN * scale**2
    rate = 0.5 * np.sum(mean**2 + variance - 1 - np.log(variance), axis=1)
    errors = np.sum((x - mean @ weight.T - gaussian.bias) ** 2, axis=1) + np.sum(weight**2 * variance)
    size = len(gaussian.bias)
    return rate, 0.5 * (errors / gaussian.sigma**2 + size * np.log(2 * np.pi * gaussian.sigma**2))


def measured(gaussian, x, num_samples, seed=0, batch_size=COUNT, kl=None, **parts):
    vae = gaussian.vae([terms.NegativeLogLikelihood(), kl or terms.KL()], WIDEN, SHIFT, **parts)
    return evaluation.rate_distortion(vae, data.from_array(x, batch_size=batch_size), num_samples, seed)


def repeated(x, times):
    """Returns each example so many times: their draws are independent."""
    return np.tile(x, (times, 1))


def assert_unbiased(per_example, exact):
    """Estimates of `repeated` examples have the mean that is exact, [N], over the examples together."""
    draws = per_example.reshape(-1, COUNT)
    error = draws.std(axis=0, ddof=1) / math.sqrt(len(draws))
    assert (error > 0).all()
    assert abs(np.sum(draws.mean(axis=0) - exact)) < 4 * math.sqrt(np.sum(error**2))


@pytest.mark.parametrize(("seed", "batch_size"), [(0, 50), (3, 7)])
def test_the_rate_is_the_closed_form_for_any_draws_and_batches(gaussian, x, seed, batch_size):
    rate, _ = closed(gaussian, x)
    found = measured(gaussian, x, 1, seed, batch_size).rate
    np.testing.assert_allclose(found.per_example, rate, rtol=1e-9)
    assert found.value == pytest.approx(rate.mean(), rel=1e-9)
    assert found.standard_error == pytest.approx(rate.std(ddof=1) / math.sqrt(COUNT), rel=1e-9)


def test_neither_a_weight_nor_a_capacity_of_the_objective_is_in_it(gaussian, x):
    found = measured(gaussian, x, 1, kl=terms.KL(weight=4.0, capacity=20.0))
    np.testing.assert_allclose(found.rate.per_example, closed(gaussian, x)[0], rtol=1e-9)
    np.testing.assert_allclose(found.elbo.per_example, -found.rate.per_example - found.distortion.per_example)


def test_the_distortion_is_the_mean_over_draws(gaussian, x):
    found = measured(gaussian, repeated(x, 8), 40).distortion
    assert_unbiased(found.per_example, closed(gaussian, x)[1])


def test_more_draws_have_less_noise(gaussian, x):
    few, many = (
        measured(gaussian, repeated(x, 6), count).distortion.per_example.reshape(-1, COUNT).var(axis=0, ddof=1)
        for count in (2, 32)
    )
    # 250 degrees of freedom each: the ratio is 16, within a tenth of it.
    assert 11 < few.mean() / many.mean() < 23


def test_without_a_closed_form_the_rate_is_the_mean_over_draws(gaussian, x):
    prior = priors.GaussianMixture((3,), 2)  # both components the standard normal: the same KL
    prior.loc.assign(np.zeros(prior.loc.shape))
    prior.raw_scale.assign(np.full(prior.raw_scale.shape, math.log(math.expm1(1 - prior.min_scale))))
    kl = terms.KL(monte_carlo=True)
    found = measured(gaussian, repeated(x, 8), 40, kl=kl, prior=prior).rate
    assert_unbiased(found.per_example, closed(gaussian, x)[0])


def test_at_the_exact_posterior_it_is_log_p_in_the_mean(gaussian, x):
    vae = gaussian.vae([terms.NegativeLogLikelihood(), terms.KL()])
    found = evaluation.rate_distortion(vae, data.from_array(repeated(x, 8), batch_size=COUNT), 40).elbo
    assert_unbiased(found.per_example, gaussian.log_marginal(x))
