"""The mutual information gap and modularity, by channels whose information is known."""

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from tests.evaluation.grids import entropy, grid, noisy, turned
from tfvae import evaluation

SCORES = (evaluation.mutual_information_gap, evaluation.modularity)


def values(codes, factors, **others):
    return [score(codes, factors, resamples=0, **others).value for score in SCORES]


def test_perfect_codes():
    factors = grid(3, 6, 4)
    assert values(factors[:, [2, 0, 1]], factors) == pytest.approx([1.0, 1.0])
    # A dimension too many says nothing, and modularity counts it as 0.
    assert values(np.c_[factors, np.ones(72)], factors) == pytest.approx([1.0, 3 / 4])
    # Twice the same dimension: no gap, though each is about one factor.
    assert values(np.c_[factors, factors], factors) == pytest.approx([0.0, 1.0])


def test_codes_turned_by_45_degrees():
    """The sum of two signs leaves either open in half of the cases: ln 2 / 2 of each, of both dimensions."""
    factors = grid(2, 2)
    information = evaluation.mutual_information(turned(factors), factors)
    np.testing.assert_allclose(information, np.full((2, 2), np.log(2) / 2), rtol=1e-12)
    assert values(turned(factors), factors) == pytest.approx([0.0, 0.0], abs=1e-12)


def test_a_noisy_channel():
    """I = ln 2 - H(e) for a bit that is flipped with probability e."""
    factors, codes = noisy(3, 10)
    left = np.log(2) - entropy(0.3, 0.7)
    np.testing.assert_allclose(evaluation.mutual_information(codes, factors), np.diag([left, left]), atol=1e-12)
    assert values(codes, factors) == pytest.approx([left / np.log(2), 1.0])
    # The second dimension is the first factor itself, ahead of the channel by the rest; nothing says the other factor.
    codes[:, 1] = factors[:, 0]
    assert values(codes, factors) == pytest.approx([(1 - left / np.log(2)) / 2, 1.0])


def test_modularity_of_a_dimension_that_knows_two_factors():
    """z = 2 a + b' knows all of a, and of b what the channel leaves: 1 - (I / ln 2)^2. The other dimension is b."""
    factors, noise = noisy(1, 10)
    codes = np.stack([2 * factors[:, 0] + noise[:, 1], factors[:, 1]], axis=1)
    known = (np.log(2) - entropy(0.1, 0.9)) / np.log(2)
    assert values(codes, factors)[1] == pytest.approx((1 - known**2 + 1) / 2)


def test_modularity_divides_by_all_other_factors():
    factors = grid(2, 2, 2)
    codes = np.stack([2 * factors[:, 0] + factors[:, 1], factors[:, 2]], axis=1)
    # The first knows two of three factors alike: 1 - 1 / 2.
    assert values(codes, factors)[1] == pytest.approx(3 / 4)


def test_it_is_what_scikit_learn_finds_in_the_same_bins():
    draws = np.random.default_rng(0)
    factors = draws.integers(0, [3, 5], size=(200, 2))
    codes = draws.normal(size=(200, 4)) + factors[:, [0, 1, 1, 0]]
    expected = np.empty((4, 2))
    for dimension, factor in np.ndindex(4, 2):
        column = codes[:, dimension]
        edges = np.linspace(column.min(), column.max(), 8)
        bins = [sum(value >= edge for edge in edges[1:-1]) for value in column]
        expected[dimension, factor] = mutual_info_score(factors[:, factor], bins)
    np.testing.assert_allclose(evaluation.mutual_information(codes, factors, bins=7), expected, rtol=1e-10)
    entropies = [mutual_info_score(column, column) for column in factors.T]
    gaps = [np.sort(column)[-1] - np.sort(column)[-2] for column in expected.T]
    gap, modular = values(codes, factors, bins=7)
    assert gap == pytest.approx(np.mean(np.divide(gaps, entropies)))
    # Of two factors the lesser over the greater.
    assert modular == pytest.approx(np.mean(1 - (expected.min(axis=1) / expected.max(axis=1)) ** 2))
    # Neither order, nor scales, nor the names of values matter.
    moved = codes[:, [2, 0, 3, 1]] * [100.0, -3.0, 0.01, 1.0] + 5
    assert values(moved, 7 * factors - 3, bins=7) == pytest.approx([gap, modular])


def test_collapsed_codes_say_nothing():
    assert values(np.zeros((12, 3)), grid(3, 4)) == [0.0, 0.0]


def test_the_error_is_the_one_that_theory_gives():
    """A bit flipped with probability e has a mean log density ratio of variance e (1 - e) ln^2((1 - e) / e) / N."""
    factors, codes = noisy(4, 20)
    of_one = 0.2 * 0.8 * np.log(4) ** 2 / len(codes)
    found = evaluation.mutual_information_gap(codes, factors, resamples=300)
    # Of the mean over two factors; relative error of a standard deviation of 300 is 1 / sqrt(600), 4 %.
    assert found.standard_error == pytest.approx(np.sqrt(of_one / 2) / np.log(2), rel=0.13)
    assert evaluation.modularity(factors, factors).standard_error < 0.01
    assert np.isnan(evaluation.modularity(factors, factors, resamples=1).standard_error)
