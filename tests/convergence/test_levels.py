"""Likelihoods of grey levels, trained: fewer bits a pixel than what knows each pixel but no other."""

import keras
import numpy as np
import pytest

from tests import suites
from tfvae import VAE, data, evaluation, families, networks, priors
from tfvae.terms import KL, NegativeLogLikelihood

SHAPE = (8, 8, 1)
LEVELS = 17
LIKELIHOODS = {
    "beta-binomial": lambda: families.BetaBinomial(SHAPE, levels=LEVELS),
    "categorical": lambda: families.Categorical(SHAPE, levels=LEVELS),
    "discretized logistic": lambda: families.DiscretizedLogistic(SHAPE, levels=LEVELS),
    "discretized logistic mixture": lambda: families.DiscretizedLogisticMixture(SHAPE, levels=LEVELS, components=3),
}


def levels(split):
    return np.rint(data.digits(split)[0].reshape(-1, 64) / 255 * (LEVELS - 1)).astype(int)


def independent_pixels():
    """Returns bits per dimension of the test digits under each pixel's own histogram of the training digits."""
    train, test = levels("train"), levels("test")
    counts = np.stack([np.bincount(pixel, minlength=LEVELS) for pixel in train.T]) + 0.1
    log_prob = np.log2(counts / counts.sum(axis=1, keepdims=True))
    return -log_prob[np.arange(64), test].mean()


@pytest.mark.parametrize("name", suites.chosen(LIKELIHOODS, slow=("discretized logistic mixture",)))
def test_a_vae_needs_fewer_bits_than_independent_pixels(name, record_property):
    keras.utils.set_random_seed(0)
    vae = VAE(
        encoder=networks.mlp_encoder(SHAPE, units=(256,)),
        posterior=families.Normal((10,)),
        prior=priors.StandardNormal((10,)),
        decoder=networks.mlp_decoder((10,), units=(256,)),
        likelihood=LIKELIHOODS[name](),
        objective=[NegativeLogLikelihood(), KL()],
        preprocessing=data.Quantize(LEVELS),
        seed=0,
    )
    vae.compile(keras.optimizers.Adam(1e-3))
    vae.fit(data.load("digits", "train", batch_size=64)[0], epochs=60, verbose=0)
    result = evaluation.log_likelihood(vae, data.load("digits", "test", batch_size=180)[0], num_samples=500)
    error = result.standard_error / (64 * np.log(2))
    baseline = independent_pixels()
    record_property("bits_per_dimension", result.bits_per_dimension)
    print(f"{name}: {result.bits_per_dimension:.3f} +- {error:.3f}, independent pixels {baseline:.3f} bits a pixel")
    # An importance-weighted estimate is too high in bits, if anything.
    assert result.bits_per_dimension < baseline - 3 * error
