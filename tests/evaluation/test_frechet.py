"""The Frechet distance, against closed forms, and its error against the spread of many sets."""

import numpy as np
import pytest
import scipy.linalg

from tfvae.evaluation import frechet


def exactly(rng, count, mean, covariance):
    """Rows whose own mean and covariance are the given ones."""
    rows = rng.normal(size=(count, len(mean)))
    rows -= rows.mean(axis=0)
    rows = np.linalg.solve(np.linalg.cholesky(rows.T @ rows / (count - 1)), rows.T).T
    return rows @ np.linalg.cholesky(covariance).T + mean


def covariance(rng, size):
    root = rng.normal(size=(size, size))
    return root @ root.T + 0.1 * np.eye(size)


def test_diagonal_gaussians_have_a_closed_form():
    rng = np.random.default_rng(0)
    one, two = np.array([1.0, 4.0, 9.0]), np.array([4.0, 1.0, 0.25])
    first = exactly(rng, 40, np.zeros(3), np.diag(one))
    second = exactly(rng, 50, np.array([1.0, -2.0, 0.5]), np.diag(two))
    expected = 1 + 4 + 0.25 + ((np.sqrt(one) - np.sqrt(two)) ** 2).sum()
    assert frechet.distance(first, second) == pytest.approx(expected, rel=1e-10)


def test_any_two_gaussians_have_that_of_the_square_root():
    rng = np.random.default_rng(1)
    one, two, mean = covariance(rng, 5), covariance(rng, 5), rng.normal(size=5)
    root = scipy.linalg.sqrtm(one @ two).real
    expected = mean @ mean + np.trace(one + two - 2 * root)
    found = frechet.distance(exactly(rng, 30, mean, one), exactly(rng, 30, np.zeros(5), two))
    assert found == pytest.approx(expected, rel=1e-9)


def test_fewer_rows_than_features_have_the_distance_of_their_subspace():
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(12, 4)), 2 * rng.normal(size=(12, 4)) + 1
    into, _ = np.linalg.qr(rng.normal(size=(50, 50)))
    found = frechet.estimates(first @ into[:4], second @ into[:4])
    for got, expected in zip(found, frechet.estimates(first, second), strict=True):
        assert got.value == pytest.approx(expected.value, rel=1e-9)
        assert got.standard_error == pytest.approx(expected.standard_error, rel=1e-6)


def test_a_set_is_at_no_distance_from_itself_or_from_one_that_never_varies():
    rows = np.random.default_rng(3).normal(size=(20, 30))
    # The singular values are of the order of the trace, and so is what rounding leaves.
    assert frechet.distance(rows, rows) < 1e-12 * rows.var(axis=0).sum()
    constant = np.zeros_like(rows)
    expected = (rows.mean(axis=0) ** 2).sum() + rows.var(axis=0, ddof=1).sum()
    assert frechet.distance(rows, constant) == pytest.approx(expected)
    assert frechet.estimates(constant, constant)[0][:2] == (0.0, 0.0)


def repeated(shift, scale, count=200, size=8, times=300):
    """The distances of many sets: `Estimate`s at N, and extrapolated; and the true one."""
    rng = np.random.default_rng(4)
    root = np.eye(size) + rng.normal(size=(size, size)) / np.sqrt(size)
    found = [
        frechet.estimates(
            rng.normal(size=(count, size)) @ root.T, scale * rng.normal(size=(count, size)) @ root.T + shift
        )
        for _ in range(times)
    ]
    return *zip(*found, strict=True), size * shift**2 + (scale - 1) ** 2 * np.trace(root @ root.T)


def ratio(estimates):
    """The error that is said, over the spread that there is, which 300 sets know to 4 %."""
    said = np.sqrt(np.mean([each.standard_error**2 for each in estimates]))
    return said / np.std([each.value for each in estimates], ddof=1)


def test_the_error_is_the_spread_and_the_extrapolation_has_no_bias():
    at_count, extrapolated, true = repeated(0.5, 1.3)
    for estimates in (at_count, extrapolated):
        assert abs(ratio(estimates) - 1) < 0.17  # four standard errors of a spread of 300
    values = np.array([each.value for each in extrapolated])
    error = values.std(ddof=1) / np.sqrt(len(values))
    assert abs(values.mean() - true) < 4 * error
    assert np.mean([each.value for each in at_count]) > true + 4 * error


def test_for_equal_distributions_the_error_is_no_smaller_than_the_spread():
    at_count, extrapolated, true = repeated(0.0, 1.0)
    assert true == 0
    assert 0.83 < ratio(at_count) < 1.7
    assert 0.83 < ratio(extrapolated) < 1.7
    values = np.array([each.value for each in extrapolated])
    # What is left of the bias is of the order of (D / N)^2 times the trace of C.
    assert abs(values.mean()) < 0.1 * np.mean([each.value for each in at_count])
