"""The prior of directions that are all alike: its density, its draws and its fit, against SciPy's laws."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats

from tests.models import LATENT, digits, make
from tfvae import latent, priors, terms


def prior_of(size, loc=0.4, scale=0.3):
    prior = priors.Hypersphere((size,), dtype="float64")
    prior.loc.assign(loc)
    prior.raw_scale.assign(np.log(np.expm1(scale - prior.min_scale)))
    return prior


def test_its_density_is_that_of_the_length_over_the_area_of_the_sphere():
    z = np.random.default_rng(0).normal(size=(50, 3)) * 2
    radius = np.linalg.norm(z, axis=1)
    expected = stats.lognorm(0.3, scale=np.exp(0.4)).logpdf(radius) - np.log(4 * np.pi * radius**2)
    np.testing.assert_allclose(prior_of(3).distribution().log_prob(z), expected, rtol=1e-9)


def test_its_density_integrates_to_1():
    law = prior_of(2).distribution()

    grid = np.linspace(-6, 6, 801)
    points = np.stack(np.meshgrid(grid, grid), axis=-1).reshape(-1, 2) + 1e-9
    table = np.exp(law.log_prob(points)).reshape(801, 801)
    np.testing.assert_allclose(integrate.trapezoid(integrate.trapezoid(table, grid), grid), 1.0, rtol=1e-5)


def test_draws_have_the_lengths_law_and_any_direction():
    """A coordinate of a uniform direction in three dimensions is uniform in [-1, 1] (Archimedes)."""
    z = prior_of(3).sample(4000, tf.constant([0, 1])).numpy()
    radius = np.linalg.norm(z, axis=1)
    assert stats.kstest(radius, stats.lognorm(0.3, scale=np.exp(0.4)).cdf).pvalue > 0.001
    for axis in np.eye(3), np.ones((1, 3)) / np.sqrt(3):
        for direction in axis:
            assert stats.kstest(z @ direction / radius, stats.uniform(-1, 2).cdf).pvalue > 0.001
    assert abs(stats.spearmanr(radius, z[:, 0] / radius).statistic) < 4 / np.sqrt(4000)


def test_a_temperature_multiplies_the_spread_of_the_lengths():
    prior = prior_of(3)
    logs = [np.log(np.linalg.norm(prior.sample(50, tf.constant([0, 1]), t), axis=1)) - 0.4 for t in (0.0, 1.0, 2.0)]
    np.testing.assert_allclose(logs[0], 0, atol=1e-12)
    np.testing.assert_allclose(logs[2], 2 * logs[1], rtol=1e-9)


def test_it_is_fitted_by_the_moments_of_the_log_length_which_are_the_best():
    z = np.random.default_rng(0).normal(size=(300, 2, 3)) * np.arange(1, 4)
    prior = priors.Hypersphere((2, 3), dtype="float64")
    prior.fit_to(z, seed=0)
    radius = np.linalg.norm(z.reshape(300, 6), axis=1)
    shape, _, scale = stats.lognorm.fit(radius, floc=0)
    np.testing.assert_allclose(prior.loc, np.log(scale), rtol=1e-6)
    np.testing.assert_allclose(prior.min_scale + np.log1p(np.exp(prior.raw_scale)), shape, rtol=1e-6)
    best = prior.distribution().log_prob(z).numpy().mean()
    for variable in prior.trainable_variables:
        for step in (-0.02, 0.02):
            variable.assign(variable + step)
            assert prior.distribution().log_prob(z).numpy().mean() < best
            variable.assign(variable - step)


def test_where_all_codes_have_one_length_draws_are_on_that_sphere():
    prior = priors.Hypersphere((4,))
    z = np.random.default_rng(0).normal(size=(100, 4))
    prior.fit_to(3 * z / np.linalg.norm(z, axis=1, keepdims=True), seed=0)
    np.testing.assert_allclose(np.linalg.norm(prior.sample(50, tf.constant([0, 1])), axis=1), 3.0, rtol=0.01)


def test_fit_prior_takes_its_own_method():
    vae = make()
    vae.trained = True
    fitted = latent.fit_prior(
        vae, digits(), priors.Hypersphere(LATENT), [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    )
    lengths = np.linalg.norm(vae.encode(digits()).sample(200, seed=0), axis=-1)
    # Of 36 codes, one draw each.
    error = np.log(lengths).std() / np.sqrt(36)
    assert abs(float(fitted.prior.loc) - np.log(lengths).mean()) < 4 * error
    with pytest.raises(ValueError, match="1 of 2 examples have a z of 0"):
        priors.Hypersphere((2,)).fit_to(np.array([[0.0, 0.0], [1.0, 0.0]]), seed=0)
