"""The sliced Wasserstein distance: SciPy's in one dimension, and laws for which it is known in several."""

import numpy as np
import pytest
from scipy import stats

from tests.identities.aggregates import WEIGHTS, between, value_and_gradient
from tests.identities.statistics import assert_mean
from tfvae.terms import SlicedWasserstein

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
def test_in_one_dimension_it_is_scipys(weights):
    """Every direction is 1 or -1."""
    z, y = RNG.normal(size=(2, 3, 5, 1))
    pairs = zip(z, y, strict=True)
    expected = np.mean([stats.wasserstein_distance(a[:, 0], b[:, 0], weights, weights) for a, b in pairs])
    term = SlicedWasserstein(num_projections=3, power=1, num_samples=3)
    np.testing.assert_allclose(between(term, z, y, weights), expected, rtol=1e-12)


@pytest.mark.parametrize("power", [1.5, 2, 3])
def test_of_equal_weights_it_carries_by_order(power):
    z, y = RNG.normal(size=(2, 200, 1))
    expected = np.mean(np.abs(np.sort(z, axis=0) - np.sort(y, axis=0)) ** power)
    np.testing.assert_allclose(between(SlicedWasserstein(power=power), z, y), expected, rtol=1e-10)


def test_of_equal_draws_it_is_0():
    z = RNG.normal(size=(40, 3))
    np.testing.assert_allclose(between(SlicedWasserstein(), z, z[::-1]), 0, atol=1e-25)
    np.testing.assert_allclose(between(SlicedWasserstein(power=1), z.astype("float32"), z.astype("float32")), 0)


def test_its_mean_is_that_over_all_directions():
    """y = m + s z is carried in its order along every direction, and E theta theta^T = I / D."""
    z, shift = RNG.normal(size=(50, 3)), np.array([0.4, -1.0, 0.2])
    y = shift + 1.7 * z
    term = SlicedWasserstein(num_projections=7)
    expected = np.mean(np.sum((y - z) ** 2, axis=1)) / 3
    assert_mean([between(term, z, y, seed=seed) for seed in range(200)], expected)


def test_of_gaussians_it_is_the_closed_form():
    """W_2^2 of N(m, s^2) and N(n, t^2) is (m - n)^2 + (s - t)^2; the mean over all angles by quadrature."""
    loc, covariance = np.array([0.8, -0.3]), np.array([[2.0, 0.9], [0.9, 0.6]])
    angle = np.linspace(0, np.pi, 1000, endpoint=False)
    theta = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    spread = np.sqrt(np.einsum("ni,ij,nj->n", theta, covariance, theta))
    exact = np.mean((theta @ loc) ** 2 + (spread - 1) ** 2)
    term, found, alike = SlicedWasserstein(), [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        y, others = rng.normal(size=(2, 4000, 2))
        z = rng.multivariate_normal(loc, covariance, size=4000)
        found.append(between(term, z, y, seed=seed))
        alike.append(between(term, others, y, seed=seed))
    # What is between two samples of one law is what may be too much here, but for the larger variance.
    assert np.mean(alike) < 0.01 * exact
    assert_mean(found, exact, beyond=2 * np.mean(alike))


def test_it_is_the_same_for_one_seed_and_another_for_the_next():
    z, y = RNG.normal(size=(2, 5, 3))
    term = SlicedWasserstein()
    first, again, other = (between(term, z, y, seed=seed) for seed in (0, 0, 1))
    assert first == again != other


def test_the_gradient_is_that_of_small_steps():
    z, y, direction = RNG.normal(size=(3, 5, 3))

    def value(z):
        return between(SlicedWasserstein(power=3), z, y, WEIGHTS)

    slope = (value(z + 1e-6 * direction) - value(z - 1e-6 * direction)) / 2e-6
    gradient = value_and_gradient(SlicedWasserstein(power=3), z, y, WEIGHTS)[1]
    np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-7)
