"""Dequantisation turns a density of x into a bound for the probability of the discrete data."""

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from scipy import stats

from tests.identities.statistics import assert_mean
from tests.linear_gaussian import LinearGaussian, set_normal_head
from tfvae import VAE, data, families, networks, priors
from tfvae.evaluation import log_likelihood
from tfvae.terms import ImportanceWeighted

tfd = tfp.distributions


def pixels(levels):
    """Returns each of `levels` grey values as uint8 0..255."""
    return np.rint(np.arange(levels) * 255 / (levels - 1)).astype("uint8")


class UnitUniform(families.Family):
    """Each dimension uniform on (0, 1), whatever the features."""

    def head_shapes(self):
        return {"loc": self.event_shape}

    def constrain(self, raw):
        return {"low": 0 * raw["loc"]}

    def build_distribution(self, low):
        return tfd.Independent(tfd.Uniform(low, low + 1), reinterpreted_batch_ndims=len(self.event_shape))


@pytest.mark.parametrize("levels", [2, 17, 256])
def test_a_uniform_density_costs_the_logarithm_of_the_levels(levels):
    shape = (4, 4, 1)
    vae = VAE(
        encoder=networks.linear(shape),
        posterior=families.Normal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=networks.linear((2,)),
        likelihood=UnitUniform(shape),
        objective=[ImportanceWeighted(1)],
        preprocessing=data.Dequantize(levels=levels),
        seed=0,
    )
    set_normal_head(vae.posterior, np.zeros((16, 2)), np.zeros(2), 1.0)
    images = np.random.default_rng(0).choice(pixels(levels), size=(30, *shape))
    result = log_likelihood(vae, data.from_array(images, batch_size=30), num_samples=3)
    assert result.mean == pytest.approx(0.0, abs=1e-12)
    assert result.bits_per_dimension == pytest.approx(np.log2(levels), abs=1e-12)


def test_every_level_has_its_own_bin_of_equal_width():
    preprocessing = data.Dequantize(levels=17)
    raw = np.repeat(pixels(17)[:, None], 2000, axis=1)
    x = preprocessing(raw, seed=tf.constant([0, 1])).numpy()
    bins = np.arange(17)[:, None]
    assert np.all((bins / 17 <= x) & (x < (bins + 1) / 17))
    # u has mean 1/2 and variance 1/12 in every bin.
    for row, number in zip(x, bins[:, 0], strict=True):
        assert_mean(17 * row - number, 0.5)
    assert_mean((17 * x - bins - 0.5).ravel() ** 2, 1 / 12)
    np.testing.assert_allclose(preprocessing(raw)[:, 0], (np.arange(17) + 0.5) / 17, rtol=1e-12)


def one_pixel(levels):
    """Returns a linear-Gaussian model of one pixel whose posterior is exact, as a model and as a VAE."""
    model = LinearGaussian(np.array([[0.1]]), np.array([0.4]), 0.15)
    return model, model.vae([ImportanceWeighted(1)], preprocessing=data.Dequantize(levels=levels))


def test_the_density_bounds_the_probability_of_each_level():
    # log P(k) >= E_u[log p((k + u) / L)] - log L, and for a Gaussian both sides are known.
    levels, repeats = 17, 2000
    model, vae = one_pixel(levels)
    loc, variance = model.bias[0], model.covariance[0, 0]
    raw = np.repeat(pixels(levels), repeats)[:, None]
    result = log_likelihood(vae, data.from_array(raw, batch_size=len(raw), shuffle=False), num_samples=1)
    bounds = result.per_example.reshape(levels, repeats) + vae.preprocessing.log_jacobian((1,))
    centre = (np.arange(levels) + 0.5) / levels
    # The mean of a quadratic over a bin is its value at the centre and the curvature times the variance of u / L.
    expected = stats.norm.logpdf(centre, loc, variance**0.5) - 1 / (24 * levels**2 * variance) - np.log(levels)
    edges = stats.norm.cdf(np.arange(levels + 1) / levels, loc, variance**0.5)
    probability = np.diff(edges)
    assert np.all(expected < np.log(probability))
    for row, bound in zip(bounds, expected, strict=True):
        assert_mean(row, bound)
    # A bound on probabilities sums to less than one; the Gaussian has 2% outside (0, 1), and the bound is tight.
    assert probability.sum() - 0.01 < np.exp(bounds.mean(axis=1)).sum() < 1
    bits = -bounds.mean() / np.log(2)
    assert result.bits_per_dimension == pytest.approx(bits, rel=1e-12)


def test_bits_of_dequantised_data_by_hand():
    levels, count = 17, 500
    rng = np.random.default_rng(0)
    model = LinearGaussian.random(size=4, latents=2, sigma=0.4)
    vae = model.vae([ImportanceWeighted(1)], preprocessing=data.Dequantize(levels=levels))
    numbers = rng.integers(levels, size=(count, 4))
    raw = pixels(levels)[numbers]
    result = log_likelihood(vae, data.from_array(raw, batch_size=100, shuffle=False), num_samples=2)
    # E_u of the Gaussian's quadratic: its value at the bin's centre, less half the trace of C^-1 Var(u) / L^2.
    trace = np.trace(np.linalg.inv(model.covariance))
    expected = model.log_marginal((numbers + 0.5) / levels) - trace / (24 * levels**2)
    assert_mean(result.per_example - expected, 0.0)
    bits = -result.per_example.mean() / (4 * np.log(2)) + np.log2(levels)
    assert result.bits_per_dimension == pytest.approx(bits, rel=1e-12)
