"""A deep hierarchy of residual blocks, on a chain of two Gaussian layers whose log p(x) is known: its bound comes near.

z1 ~ N(0, I),  z2|z1 ~ N(A z1, s^2 I),  x|z1, z2 ~ N(B z2 + D z1, sigma^2 I),  two numbers a layer, x of eight
"""

import keras
import numpy as np
import pytest

from tests.identities.statistics import SIGMAS, assert_positive_mean
from tests.linear_gaussian import gaussian_log_density
from tfvae import families, recipes

pytestmark = pytest.mark.slow

SHAPE, SIZE, SIGMA, STEPS = (2, 2, 2), 2, 0.5, 600


def covariance():
    """Returns that of x, [8, 8]. B and D are orthogonal, so that x has four directions and each layer brings two."""
    rng = np.random.default_rng(3)
    basis = np.linalg.qr(rng.normal(size=(8, 4)))[0] * [3.0, 2.5, 2.0, 1.5]
    up, skip = basis[:, :2], basis[:, 2:]
    between, spread = 0.8 * rng.normal(size=(2, 2)), 0.7
    from_top = up @ between + skip
    return from_top @ from_top.T + spread**2 * up @ up.T + SIGMA**2 * np.eye(8)


def best_of_one_layer():
    """Returns the covariance of the best probabilistic PCA of two numbers, what one of the layers could do at most."""
    values, vectors = np.linalg.eigh(covariance())
    values[:-SIZE] = values[:-SIZE].mean()
    return vectors * values @ vectors.T


def draw(count, seed):
    return np.random.default_rng(seed).multivariate_normal(np.zeros(8), covariance(), count).astype("float32")


def test_the_bound_of_a_deep_hierarchy_comes_near_to_the_log_p_of_a_chain(record_property):
    keras.utils.set_random_seed(0)
    likelihood = families.Normal(SHAPE, scale="shared")
    options = {"depth": 2, "filters": 24, "steps": 200, "likelihood": likelihood, "preprocessing": None, "seed": 0}
    vae = recipes.nvae(SHAPE, SIZE, **options)
    assert vae.posterior.latent_shapes == ((1, 1, SIZE), (1, 1, SIZE))
    vae.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, STEPS, alpha=1e-2)))
    vae.fit(draw(20_000, 1).reshape(-1, *SHAPE), batch_size=200, epochs=STEPS // 100, verbose=0)
    held_out = draw(4000, 2)
    exact = gaussian_log_density(held_out, np.zeros(8), covariance())
    inference = vae.infer(held_out.reshape(-1, *SHAPE), num_samples=10, seed=0)
    bound = inference.log_weight.numpy().mean(axis=0)
    gap = exact - bound
    one = gaussian_log_density(held_out, np.zeros(8), best_of_one_layer())
    record_property("gap, nats", gap.mean())
    record_property("gap of one layer, nats", (exact - one).mean())
    assert gap.mean() > -SIGMAS * gap.std(ddof=1) / len(gap) ** 0.5
    assert gap.mean() < 0.3
    assert_positive_mean(bound - one)
