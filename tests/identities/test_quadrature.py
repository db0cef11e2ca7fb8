"""`evaluation.log_likelihood` against numerical integration over two latents, for nonlinear decoders."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.identities.statistics import SIGMAS
from tests.linear_gaussian import set_normal_head
from tfvae import VAE, data, families, networks, priors
from tfvae.evaluation import log_likelihood
from tfvae.terms import KL, NegativeLogLikelihood

SIZE = 6
PARAMETER = {"bernoulli": "logits", "normal": "loc"}


def nonlinear(likelihood):
    """Returns a VAE with a bent decoder, and a posterior that is wider than the prior whatever x is."""
    keras.utils.set_random_seed(3)
    vae = VAE(
        encoder=networks.linear((SIZE,)),
        posterior=families.Normal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=networks.mlp_decoder((2,), units=(16,), activation="tanh"),
        likelihood=likelihood,
        objective=[NegativeLogLikelihood(), KL()],
        seed=0,
    )
    for variable in (*vae.decoder.trainable_variables, *vae.likelihood.head.trainable_variables):
        variable.assign(2.5 * variable + 0.3 * np.random.default_rng(variable.shape[-1]).normal(size=variable.shape))
    set_normal_head(vae.posterior, np.zeros((SIZE, 2)), np.zeros(2), 1.2)
    return vae


def integrate(vae, x, points):
    """Returns log p(x) = log of the integral of p(x|z) p(z), on a grid over [-9, 9]^2.

    For a smooth integrand that vanishes at the edges the sum over a grid converges faster than any power.
    """
    axis = np.linspace(-9, 9, points)
    z = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    log_prior = -0.5 * np.sum(z**2, axis=1) - np.log(2 * np.pi)
    near = log_prior > -45  # the rest has a mass of 1e-18
    log_joint = vae.decode(z[near, None]).log_prob(x) + log_prior[near, None]
    return (tf.reduce_logsumexp(log_joint, axis=0) + 2 * np.log(axis[1] - axis[0])).numpy()


@pytest.mark.parametrize("name", ["bernoulli", "normal"])
def test_the_estimate_agrees_with_quadrature(name):
    # A lower bound for the scale, so that the grid resolves the integrand.
    likelihood = families.Bernoulli((SIZE,)) if name == "bernoulli" else families.Normal((SIZE,), min_scale=0.3)
    vae = nonlinear(likelihood)
    x = vae.sample(24, mean=False, seed=5).numpy()
    log_p = integrate(vae, x, 301)
    np.testing.assert_allclose(integrate(vae, x, 201), log_p, rtol=0, atol=1e-6)
    # The decoder is bent: f(z) + f(-z) - 2 f(0), zero for every line, is not.
    z = np.array([[1.0, -1.0], [-1.0, 1.0], [0.0, 0.0]])
    first, second, origin = vae.likelihood.parameters(vae.decoder(z))[PARAMETER[name]].numpy()
    assert np.abs(first + second - 2 * origin).max() > 0.5

    result = log_likelihood(vae, data.from_array(x, batch_size=16, shuffle=False), num_samples=20_000, seed=0)
    assert np.all(result.per_example_error < 0.05)
    scores = (result.per_example - log_p) / result.per_example_error
    assert np.all(np.abs(scores) < SIGMAS), scores
    # Neither are the stated errors too wide to fail.
    assert np.abs(scores).max() > 0.5


def test_binary_outcomes_have_probabilities_that_sum_to_one():
    vae = nonlinear(families.Bernoulli((SIZE,)))
    every = np.array(np.meshgrid(*[[0.0, 1.0]] * SIZE)).reshape(SIZE, -1).T
    assert np.exp(integrate(vae, every, 201)).sum() == pytest.approx(1.0, abs=1e-8)
