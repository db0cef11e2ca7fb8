"""A nonlinear VAE is a better model of digits than the best linear one."""

import keras
import numpy as np
import pytest

from tests import suites
from tests.convergence import ppca
from tfvae import VAE, data, evaluation, families, networks, priors
from tfvae.terms import KL, NegativeLogLikelihood

LATENTS = 10
LEVELS = 17
# (k + u) / L with uniform u has the variance of u / L beside that of k.
NOISE = 1 / (12 * LEVELS**2)


def centres(split):
    """Returns the digits as the centres of their bins, [N, 64]: the mean of their dequantisation."""
    raw = data.digits(split)[0].reshape(-1, 64)
    return (np.rint(raw / 255 * (LEVELS - 1)) + 0.5) / LEVELS


def ppca_log_density(split):
    """Returns E_u[log p(x)] of pPCA for each example, in closed form, as the fit to the training digits is."""
    train = centres("train")
    model = ppca.maximum_likelihood(train.mean(axis=0), np.cov(train.T, bias=True) + NOISE * np.eye(64), LATENTS)
    return model.log_marginal(centres(split)) - 0.5 * NOISE * np.trace(np.linalg.inv(model.covariance))


# One variance for all pixels, as pPCA has, so that only the networks differ; and the default, one from the decoder.
@pytest.mark.parametrize(
    ("scale", "rate", "epochs"),
    suites.chosen([("shared", 2e-3, 150), ("dimension", 1e-3, 60)], slow=[("dimension", 1e-3, 60)]),
)
def test_it_beats_probabilistic_pca_on_held_out_digits(scale, rate, epochs, record_property):
    keras.utils.set_random_seed(0)
    vae = VAE(
        encoder=networks.mlp_encoder((8, 8, 1), units=(256,)),
        posterior=families.Normal((LATENTS,)),
        prior=priors.StandardNormal((LATENTS,)),
        decoder=networks.mlp_decoder((LATENTS,), units=(256,)),
        likelihood=families.Normal((8, 8, 1), scale=scale, min_scale=0.01),
        objective=[NegativeLogLikelihood(), KL()],
        preprocessing=data.Dequantize(levels=LEVELS),
        seed=0,
    )
    vae.compile(keras.optimizers.Adam(rate))
    vae.fit(data.load("digits", "train", batch_size=64)[0], epochs=epochs, verbose=0)
    test, info = data.load("digits", "test", batch_size=180)
    # In expectation the estimate is below log p(x), however few the draws: the comparison is a conservative one.
    result = evaluation.log_likelihood(vae, test, num_samples=2000)
    baseline = ppca_log_density("test")
    assert result.per_example.shape == baseline.shape == (info.num_examples,)
    difference = result.per_example - baseline
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    linear_bits = np.log2(LEVELS) - baseline.mean() / (64 * np.log(2))
    record_property("nats_above_ppca", difference.mean())
    record_property("standard_error", error)
    record_property("bits_per_dimension", (result.bits_per_dimension, linear_bits))
    print(f"{scale}: {difference.mean():.2f} +- {error:.2f} nats above pPCA, whose bits per dimension are")
    print(f"{linear_bits:.4f}, against {result.bits_per_dimension:.4f}")
    assert difference.mean() > 3 * error
    assert result.bits_per_dimension < linear_bits
