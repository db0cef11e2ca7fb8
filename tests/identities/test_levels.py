"""Families on grey levels give probabilities of the raw pixels: bits without a Jacobian."""

import numpy as np
import pytest
import tensorflow as tf

from tests.linear_gaussian import set_normal_head
from tfvae import VAE, data, families, networks, priors
from tfvae.evaluation import log_likelihood
from tfvae.terms import ImportanceWeighted

SHAPE = (4, 4, 1)


def flat(likelihood, preprocessing):
    """Returns a VAE whose likelihood knows nothing of z: its head is zero."""
    vae = VAE(
        encoder=networks.linear(SHAPE),
        posterior=families.Normal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=networks.linear((2,)),
        likelihood=likelihood,
        objective=[ImportanceWeighted(1)],
        preprocessing=preprocessing,
        seed=0,
    )
    set_normal_head(vae.posterior, np.zeros((16, 2)), np.zeros(2), 1.0)
    for variable in vae.likelihood.head.variables:
        variable.assign(tf.zeros_like(variable))
    return vae


def pixels(levels, count=30):
    every = np.rint(np.arange(levels) * 255 / (levels - 1)).astype("uint8")
    return np.random.default_rng(0).choice(every, size=(count, *SHAPE))


@pytest.mark.parametrize("levels", [2, 17, 256])
def test_uniform_levels_cost_their_logarithm(levels):
    dataset = data.from_array(pixels(levels), batch_size=30)
    # A beta-binomial of concentration 2, which the head's zero gives but for 2e-3, is uniform, too.
    for family, tolerance in ((families.Categorical, 1e-9), (families.BetaBinomial, 1e-3)):
        vae = flat(family(SHAPE, levels=levels), data.Quantize(levels))
        result = log_likelihood(vae, dataset, num_samples=1)
        assert result.bits_per_dimension == pytest.approx(np.log2(levels), abs=tolerance)


def test_bits_of_a_probability_know_no_unit():
    # Rescale and Quantize make the same x of 256 levels; Rescale's Jacobian is for densities.
    dataset = data.from_array(pixels(256), batch_size=30)
    bits = [
        log_likelihood(flat(families.DiscretizedLogistic(SHAPE, scale=0.2), step), dataset, 1).bits_per_dimension
        for step in (data.Quantize(), data.Rescale())
    ]
    assert bits[0] == pytest.approx(bits[1], abs=1e-6)
    assert bits[0] > 8


def test_bits_of_a_density_on_levels_are_per_level():
    # A density in units of x = k / 16 is 16 times too large for a level.
    dataset = data.from_array(pixels(17), batch_size=30)
    vae = flat(families.Normal(SHAPE, scale=1.0), data.Quantize(17))
    result = log_likelihood(vae, dataset, num_samples=1)
    expected = 0.5 * np.mean((pixels(17) / 255) ** 2) + 0.5 * np.log(2 * np.pi) + np.log(16)
    assert result.bits_per_dimension == pytest.approx(expected / np.log(2), abs=1e-2)


def test_quantised_pixels_are_the_levels():
    for levels in (2, 17, 100, 256):
        x = data.Quantize(levels)(pixels(levels, 400)).numpy()
        assert len(np.unique(x)) == levels
        np.testing.assert_allclose(np.unique(x), np.arange(levels) / (levels - 1), rtol=0, atol=1e-15)
        assert families.Categorical(SHAPE, levels=levels).in_support(x).numpy().all()
