"""The Markov chain of encoding and decoding: its stationary law in closed form."""

import numpy as np
import pytest
from scipy import linalg

from tests.identities.statistics import SIGMAS
from tests.linear_gaussian import LinearGaussian
from tests.models import SHAPE, digits, make
from tfvae import latent, recipes, terms

STEPS, COUNT = 60, 4000


def walk(model, widen):
    """Returns the last two states of many chains that start at 3, and the chain's matrix and noise covariance."""
    vae = model.vae([terms.NegativeLogLikelihood(), terms.KL()], widen=widen)
    vae.trained = True
    start = np.full((COUNT, len(model.bias)), 3.0, "float32")
    states = latent.chain(vae, start, STEPS, mean=False, seed=5).numpy().astype("float64")
    kernel = np.linalg.solve(model.precision, model.weight.T / model.sigma**2)
    noise = widen * np.diag(model.mean_field_scale**2)
    covariance = model.weight @ noise @ model.weight.T + model.sigma**2 * np.eye(len(model.bias))
    return states[-2:], model.weight @ kernel, covariance


def assert_law(x, mean, covariance):
    """Asserts that draws [N, D] have two moments, by their standard errors."""
    deviation = np.sqrt(np.diag(covariance))
    assert np.abs((x.mean(axis=0) - mean) / deviation * np.sqrt(len(x))).max() < SIGMAS
    error = np.sqrt((covariance**2 + np.outer(deviation**2, deviation**2)) / len(x))
    assert np.abs((np.cov(x.T) - covariance) / error).max() < SIGMAS


def test_with_the_exact_posterior_it_is_a_gibbs_sampler_of_the_model():
    model = LinearGaussian.random()
    states, *_ = walk(model, widen=1.0)
    assert_law(states[1], model.bias, model.covariance)


@pytest.mark.parametrize("widen", [0.25, 4.0])
def test_with_another_posterior_the_law_solves_lyapunovs_equation(widen):
    model = LinearGaussian.random()
    states, matrix, noise = walk(model, widen)
    stationary = linalg.solve_discrete_lyapunov(matrix, noise)
    assert np.abs(stationary - model.covariance).max() > 0.1
    assert_law(states[1], model.bias, stationary)
    # Cov(x_t, x_{t-1}) = A Cov(x): the two are of one chain. The regression's error is that of least squares.
    before, after = (state - state.mean(axis=0) for state in states)
    found = np.linalg.lstsq(before, after, rcond=None)[0].T
    error = np.sqrt(np.outer(np.diag(noise), np.diag(np.linalg.inv(stationary))) / COUNT)
    assert np.abs((found - matrix) / error).max() < SIGMAS


def test_states_are_of_one_seed_and_the_means_are_those_of_the_same_chain():
    vae = make()
    vae.trained = True
    means = latent.chain(vae, digits()[:4], 3, seed=1).numpy()
    assert means.shape == (3, 4, *SHAPE)
    draws = latent.chain(vae, digits()[:4], 3, mean=False, seed=1).numpy()
    assert set(np.unique(draws)) <= {0.0, 1.0}
    assert not np.isin(means, (0.0, 1.0)).any()
    np.testing.assert_array_equal(latent.chain(vae, digits()[:4], 2, seed=1), means[:2])
    assert np.abs(latent.chain(vae, digits()[:4], 3, seed=2) - means).max() > 1e-3


def test_the_condition_stays():
    vae = recipes.conditional_vae(SHAPE, 2)
    vae.trained = True
    labels = np.arange(4)
    both = latent.chain(vae, digits()[:4], 2, condition=labels, seed=1)
    other = latent.chain(vae, digits()[:4], 2, condition=labels[::-1].copy(), seed=1)
    assert np.abs(both[1] - other[1]).max() > 1e-4
    with pytest.raises(ValueError, match="condition"):
        latent.chain(vae, digits()[:4], 2)


@pytest.mark.parametrize("steps", [0, 1.5, "many"])
def test_steps_are_a_number_of_them(steps):
    with pytest.raises(ValueError, match=r"`steps`.*positive int"):
        latent.chain(make(), digits()[:4], steps)
