"""The Sinkhorn divergence: its dual and the linear program by SciPy, and Gaussians, where it is known."""

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize

from tests.identities.aggregates import WEIGHTS, between, value_and_gradient
from tests.identities.statistics import assert_mean
from tfvae.terms import Sinkhorn

RNG = np.random.default_rng(0)


def distances(z, y):
    return np.sum((z[:, None] - y) ** 2, axis=-1)


def entropic(z, y, weights, epsilon):
    """OT_epsilon as the maximum of its dual, found by L-BFGS."""
    share, cost = weights / weights.sum(), distances(z, y)

    def loss(potentials):
        first, second = np.split(potentials, 2)
        plan = share[:, None] * share * np.exp((first[:, None] + second - cost) / epsilon)
        dual = share @ first + share @ second - epsilon * (plan.sum() - 1)
        return -dual, np.concatenate([plan.sum(axis=1), plan.sum(axis=0)]) - np.tile(share, 2)

    options = {"maxiter": 10_000, "maxfun": 100_000, "ftol": 1e-15, "gtol": 1e-10}
    return -scipy.optimize.minimize(loss, np.zeros(2 * len(z)), jac=True, method="L-BFGS-B", options=options).fun


@pytest.mark.parametrize("weights", [np.ones(5), WEIGHTS], ids=["alike", "weighted"])
@pytest.mark.parametrize("epsilon", [1.0, 5.0])
def test_it_is_what_its_definition_says(epsilon, weights):
    z, y = RNG.normal(size=(2, 2, 5, 3))
    expected = [
        entropic(a, b, weights, epsilon) - (entropic(a, a, weights, epsilon) + entropic(b, b, weights, epsilon)) / 2
        for a, b in zip(z, y, strict=True)
    ]
    found = between(Sinkhorn(epsilon=epsilon, num_iterations=500, num_samples=2), z, y, weights)
    np.testing.assert_allclose(found, np.mean(expected), rtol=1e-5)


def test_with_little_blur_it_is_the_best_assignment():
    z, y = RNG.normal(size=(2, 30, 3))
    cost = distances(z, y)
    expected = cost[scipy.optimize.linear_sum_assignment(cost)].mean()
    found = between(Sinkhorn(epsilon=1e-3, num_iterations=4000), z, y)
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_with_little_blur_and_weights_it_is_the_best_plan():
    z, y = RNG.normal(size=(2, 5, 2))
    share = WEIGHTS / WEIGHTS.sum()
    sums = np.concatenate([np.kron(np.eye(5), np.ones(5)), np.kron(np.ones(5), np.eye(5))])
    plan = scipy.optimize.linprog(distances(z, y).ravel(), A_eq=sums, b_eq=np.tile(share, 2))
    found = between(Sinkhorn(epsilon=1e-3, num_iterations=4000), z, y, WEIGHTS)
    np.testing.assert_allclose(found, plan.fun, rtol=1e-3)


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 30.0])
def test_a_shift_costs_its_squared_length(epsilon):
    z, shift = RNG.normal(size=(40, 3)), np.array([0.5, -1.0, 0.2])
    found = between(Sinkhorn(epsilon=epsilon, num_iterations=1000), z + shift, z)
    np.testing.assert_allclose(found, np.sum(shift**2), rtol=1e-4)


def test_with_much_blur_only_the_means_count():
    z, y = RNG.normal(size=(2, 40, 3)) * [[[1.0]], [[2.0]]]
    expected = np.sum((z.mean(axis=0) - y.mean(axis=0)) ** 2)
    np.testing.assert_allclose(between(Sinkhorn(epsilon=1e5), z, y), expected, rtol=1e-3)


def test_of_equal_draws_it_is_0_and_of_others_more():
    for epsilon in (0.2, 1.0, 10.0):
        few, many = (Sinkhorn(epsilon=epsilon, num_iterations=number) for number in (3, 20))
        for seed in range(20):
            z, y = np.random.default_rng(seed).normal(size=(2, 20, 3))
            assert between(few, z, z[::-1]) == pytest.approx(0, abs=1e-10)
            assert between(many, z, y) > 1e-3


def test_of_points_with_the_moments_of_gaussians_it_is_the_bures_distance():
    """y = m + A z with A symmetric and positive is the best way to carry z, and so its cost that of the Gaussians."""
    z, shift = RNG.normal(size=(60, 2)), np.array([0.5, -0.3])
    y = shift + z @ np.array([[1.5, 0.4], [0.4, 0.7]])
    (loc, one), (other, two) = [(points.mean(axis=0), np.cov(points.T, bias=True)) for points in (z, y)]
    root = scipy.linalg.sqrtm(one)
    bures = np.trace(one + two - 2 * scipy.linalg.sqrtm(root @ two @ root))
    found = between(Sinkhorn(epsilon=1e-3, num_iterations=4000), z, y)
    np.testing.assert_allclose(found, np.sum((loc - other) ** 2) + bures, rtol=1e-3)


def of_gaussians(one, two, epsilon):
    """OT_epsilon of N(0, one) and N(0, two): Janati et al. (2020), arXiv 2006.02572, theorem 1, epsilon = 2 sigma^2."""
    half, eye = epsilon / 2, np.eye(len(one))
    root = scipy.linalg.sqrtm(one)
    inner = scipy.linalg.sqrtm(4 * root @ two @ root + half**2 * eye)
    constant = len(one) * half * (1 - np.log(epsilon)) + half * np.linalg.slogdet(inner + half * eye)[1]
    return np.trace(one + two - inner) + constant


def test_of_gaussians_it_is_the_closed_form():
    loc, covariance, epsilon = np.array([0.8, -0.3]), np.array([[2.0, 0.9], [0.9, 0.6]]), 1.0
    within = [of_gaussians(each, each, epsilon) for each in (covariance, np.eye(2))]
    exact = np.sum(loc**2) + of_gaussians(covariance, np.eye(2), epsilon) - sum(within) / 2
    term, found, alike = Sinkhorn(epsilon=epsilon), [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        y, others = rng.normal(size=(2, 300, 2))
        z = rng.multivariate_normal(loc, covariance, size=300)
        found.append(between(term, z, y))
        alike.append(between(term, others, y))
    # What is between two samples of one law is what may be too much here, but for the larger variance.
    assert np.mean(alike) < 0.05 * exact
    assert_mean(found, exact, beyond=2 * np.mean(alike))


def test_an_example_without_weight_counts_in_no_way():
    z, y = RNG.normal(size=(2, 5, 3))
    far = z.copy()
    far[1] = 1e4  # where WEIGHTS has 0
    np.testing.assert_allclose(
        between(Sinkhorn(epsilon=0.1), far, y, WEIGHTS), between(Sinkhorn(epsilon=0.1), z, y, WEIGHTS)
    )


@pytest.mark.parametrize("weights", [np.ones(5), WEIGHTS], ids=["alike", "weighted"])
def test_the_gradient_is_that_of_small_steps(weights):
    """That of the envelope theorem, which leaves the iterations out."""
    z, y, direction = RNG.normal(size=(3, 5, 3))
    term = Sinkhorn(epsilon=2.0, num_iterations=500)
    slope = (between(term, z + 1e-5 * direction, y, weights) - between(term, z - 1e-5 * direction, y, weights)) / 2e-5
    gradient = value_and_gradient(term, z, y, weights)[1]
    np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=1e-6)
    np.testing.assert_array_equal(gradient[0][weights == 0], 0)
