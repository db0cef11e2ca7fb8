"""SAP, by correlations and accuracies that are known."""

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from tests.evaluation.grids import grid, noisy, turned
from tfvae import evaluation
from tfvae.evaluation import codes as rows_of


def value(codes, factors, **others):
    return evaluation.separated_attribute_predictability(codes, factors, resamples=0, **others).value


def test_continuous_factors():
    factors = grid(3, 6, 4)
    assert value(factors[:, [2, 0, 1]], factors, continuous=True) == pytest.approx(1.0)
    # Half of the variance of the sum of two is that of each.
    assert value(turned(grid(2, 2)), grid(2, 2), continuous=True) == pytest.approx(0.0, abs=1e-12)
    # z = a + 2 b has the squared correlations 1/5 and 4/5; the second dimension is a: gaps 1 - 1/5 and 4/5.
    two = grid(2, 2)
    mixed = np.stack([two @ [1, 2], two[:, 0]], axis=1)
    assert value(mixed, two, continuous=True) == pytest.approx(4 / 5)
    # Squared means no sign.
    assert value(-mixed, two, continuous=True) == pytest.approx(4 / 5)
    # A flipped bit has the correlation 1 - 2 e.
    factors, codes = noisy(3, 10)
    assert value(codes, factors, continuous=True) == pytest.approx(0.4**2)


def test_classes():
    """Where both dimensions are bits, each predicts by itself: the gap is that of how often they are right."""
    factors, codes = noisy(2, 10)
    codes = np.stack([factors[:, 0], codes[:, 0]], axis=1)
    _, test = rows_of.held_out(len(codes), seed=0)
    agree = np.mean(codes[test, 1] == factors[test, 0])
    assert 0.7 < agree < 0.9
    right_of_b = [np.mean(_fitted(codes, factors[:, 1], dimension)) for dimension in (0, 1)]
    expected = ((1 - agree) + abs(right_of_b[0] - right_of_b[1])) / 2
    assert value(codes, factors) == pytest.approx(expected)
    # Of six classes on a line a linear classifier finds the outer two, and without knowledge one: 2/6 - 1/6.
    factors = grid(6, 6, repeats=20)
    assert value(factors, factors) == pytest.approx(1 / 6, abs=4 * np.sqrt(2 / 9 / 240))


def _fitted(codes, values, dimension):
    train, test = rows_of.held_out(len(codes), seed=0)
    x = codes[:, [dimension]]
    x = (x - x[train].mean()) / x[train].std()
    return LinearSVC(C=0.01, class_weight="balanced").fit(x[train], values[train]).predict(x[test]) == values[test]


def test_it_is_what_a_loop_finds():
    draws = np.random.default_rng(1)
    factors = draws.integers(0, [3, 4], size=(150, 2))
    codes = draws.normal(size=(150, 3)) + 2 * factors[:, [0, 1, 1]]
    scores = np.array([[np.mean(_fitted(codes, column, d)) for column in factors.T] for d in range(3)])
    classes = [np.sort(column)[-1] - np.sort(column)[-2] for column in scores.T]
    squares = np.array([[np.corrcoef(codes[:, d], column)[0, 1] ** 2 for column in factors.T] for d in range(3)])
    numbers = [np.sort(column)[-1] - np.sort(column)[-2] for column in squares.T]
    assert value(codes, factors) == pytest.approx(np.mean(classes))
    assert value(codes, factors, continuous=True) == pytest.approx(np.mean(numbers))
    assert value(codes, factors, continuous=[False, True]) == pytest.approx((classes[0] + numbers[1]) / 2)
    moved = codes[:, [2, 0, 1]] * [100.0, -3.0, 0.01] + 5
    assert value(moved, factors) == pytest.approx(np.mean(classes))
    assert value(moved, factors, continuous=True) == pytest.approx(np.mean(numbers))


def test_collapsed_codes_predict_alike():
    assert value(np.full((60, 3), 0.3), grid(3, 4, repeats=5)) == 0.0
    assert value(np.full((12, 3), 0.3), grid(3, 4), continuous=True) == 0.0


def test_the_error_is_the_one_of_a_correlation():
    """A correlation r of even bits has the variance (1 - r^2) / N: r is 1 less twice a share of flips."""
    factors, codes = noisy(4, 20)
    found = evaluation.separated_attribute_predictability(codes, factors, continuous=True, resamples=300)
    of_one = (2 * 0.6) ** 2 * (1 - 0.36) / len(codes)
    assert found.standard_error == pytest.approx(np.sqrt(of_one / 2), rel=0.13)
    # Of classes it is that of the examples held out: the one dimension is always right, the other at random.
    codes = np.stack([factors[:, 0], codes[:, 0], factors[:, 1]], axis=1)
    found = evaluation.separated_attribute_predictability(codes, factors, resamples=300)
    tested = len(rows_of.held_out(len(codes), 0)[1])
    # Gaps are 1 - agreement, and 1 - the better of three that know nothing, each of variance near p (1 - p) / tested.
    assert 0.8 * np.sqrt(0.16 / tested) / 2 < found.standard_error < 1.3 * np.sqrt(0.41 / tested) / 2
