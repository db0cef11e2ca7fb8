"""The beta-divergence, beside integrals and sums over all x."""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy import integrate, stats
from tensorflow_probability import distributions as tfd

from tests.models import LATENT, SHAPE, digits, make
from tfvae import data, families, terms
from tfvae.inference import Inference


def value(x, law, beta):
    """The term for x [B, D] under a law of batch shape [K, B]."""
    weights = tf.ones(len(x), tf.float64) / len(x)
    inference = Inference(tf.constant(x), (), law, 1, weights, tf.constant(1.0, tf.float64))
    return terms.BetaDivergence(beta, num_samples=law.batch_shape[0]).value(inference).numpy()


def normal(loc, scale):
    return tfd.Independent(tfd.Normal(tf.constant(loc), tf.constant(scale)), 1)


def bernoulli(logits):
    return tfd.Independent(tfd.Bernoulli(tf.constant(logits), dtype=tf.float64), 1)


def test_of_a_gaussian_it_is_the_formula_with_the_integral_by_quadrature():
    beta, loc, scale = 0.4, np.array([0.3, -1.0]), np.array([0.5, 2.0])
    x = np.array([[0.1, 0.7]])
    density = np.prod(stats.norm.pdf(x[0], loc, scale))
    whole = [
        integrate.quad(lambda t, m=m, s=s: stats.norm.pdf(t, m, s) ** (beta + 1), m - 15 * s, m + 15 * s)[0]
        for m, s in zip(loc, scale, strict=True)
    ]
    expected = -(beta + 1) / beta * (density**beta - 1) + np.prod(whole) - 1
    np.testing.assert_allclose(value(x, normal(loc[None, None], scale[None, None]), beta), [expected], rtol=1e-8)


def outcomes(size):
    return np.array(list(itertools.product((0.0, 1.0), repeat=size)))


def chances(logits):
    return np.exp(stats.bernoulli.logpmf(outcomes(len(logits)), 1 / (1 + np.exp(-logits))).sum(axis=1))


def test_of_bits_it_is_the_formula_with_the_sum_over_all_outcomes():
    beta, logits = 0.4, np.array([0.3, -1.0, 2.0])
    every = outcomes(3)
    found = value(every, bernoulli(np.tile(logits, (1, 8, 1))), beta)
    expected = -(beta + 1) / beta * (chances(logits) ** beta - 1) + np.sum(chances(logits) ** (beta + 1)) - 1
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_its_mean_is_least_at_the_law_of_the_data():
    true, rng = np.array([0.7, -0.4]), np.random.default_rng(0)

    def mean(logits):
        return chances(true) @ value(outcomes(2), bernoulli(np.tile(logits, (1, 4, 1))), 0.8)

    assert all(mean(true) < mean(true + shift) for shift in 0.1 * rng.normal(size=(20, 2)))


def test_for_a_small_beta_it_is_the_negative_log_likelihood_and_draws_are_averaged():
    rng = np.random.default_rng(0)
    law = normal(rng.normal(size=(3, 4, 2)), rng.uniform(0.5, 2, size=(3, 4, 2)))
    x = rng.normal(size=(4, 2))
    np.testing.assert_allclose(value(x, law, 1e-7), -np.mean(law.log_prob(x), axis=0), rtol=1e-5)


def test_outliers_do_not_move_the_best_mean():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(size=900), rng.normal(10.0, 1.0, size=100)])[:, None]
    grid = np.linspace(-1, 2, 61)
    best = {}
    for beta in (1e-7, 0.3):
        cost = [value(x, normal(np.full((1, 1000, 1), loc), np.ones(1)), beta).mean() for loc in grid]
        best[beta] = grid[np.argmin(cost)]
    assert abs(best[1e-7] - x.mean()) < 0.05
    assert x.mean() > 0.9
    assert abs(best[0.3] - x[:900].mean()) < 0.1


@pytest.mark.parametrize("likelihood", [families.Laplace, families.StudentT, lambda s: families.Categorical(s, 17)])
def test_a_likelihood_without_a_known_integral_is_refused(likelihood):
    with pytest.raises(ValueError, match=r"BetaDivergence needs the integral.*families\.Normal or families\.Bernoulli"):
        make(likelihood=likelihood(SHAPE), objective=[terms.BetaDivergence(0.005), terms.KL()])


@pytest.mark.parametrize("scale", ["dimension", "shared", 0.5])
def test_every_scale_of_a_gaussian_has_it(scale):
    vae = make(
        likelihood=families.Normal(SHAPE, scale=scale),
        objective=[terms.BetaDivergence(0.01, num_samples=2), terms.KL()],
        preprocessing=data.Rescale(),
    )
    inference = vae.infer(digits(), seed=0)
    likelihood, spread = inference.log_likelihood.numpy().astype("float64"), inference.likelihood.stddev().numpy()
    spread = np.broadcast_to(spread, (2, 36, *SHAPE)).astype("float64")
    integral = np.exp(np.sum(-0.01 * np.log(np.sqrt(2 * np.pi) * spread) - 0.5 * np.log(1.01), axis=(2, 3, 4)))
    expected = np.mean(-1.01 / 0.01 * (np.exp(0.01 * likelihood) - 1) + integral - 1, axis=0)
    np.testing.assert_allclose(vae.objective[0].value(inference), expected, rtol=1e-4)
    assert inference.z.shape == (2, 36, *LATENT)
