"""The scores of the FactorVAE and the beta-VAE papers, by codes whose score follows from counting."""

import numpy as np
import pytest

from tests.evaluation.grids import grid, turned
from tfvae import evaluation
from tfvae.evaluation import shared_factor

SCORES = (evaluation.factor_vae_score, evaluation.beta_vae_score)
FEW = {"num_train": 300, "num_test": 300, "resamples": 0}


def values(codes, factors, **others):
    return [score(codes, factors, **FEW | others).value for score in SCORES]


def test_sets_share_the_value_and_nothing_else():
    draws = np.random.default_rng(0)
    factors = draws.integers(0, [2, 3], size=(30, 2))
    which = np.array([0, 1, 1, 0])
    rows = np.array([3, 4, 5, 6])
    found = shared_factor.sharing(factors, which, rows, 4000, draws)
    for factor, row, members in zip(which, rows, found, strict=True):
        alike = np.flatnonzero(factors[:, factor] == factors[row, factor])
        counts = np.bincount(members, minlength=30)
        assert counts.sum() == counts[alike].sum()
        # Each as likely: 4 standard errors and more of a share 1 / len(alike) of 4,000.
        np.testing.assert_allclose(counts[alike] / 4000, 1 / len(alike), atol=5 * np.sqrt(1 / len(alike) / 4000))


def test_perfect_codes():
    factors = grid(3, 6, 4)
    assert values(factors[:, [2, 0, 1]], factors) == [1.0, 1.0]
    # A constant dimension, whose variance relative to itself isn't known, is left out.
    assert values(np.c_[np.full(72, 0.1), factors], factors, threshold=0) == [1.0, 1.0]
    exact = [score(factors, factors, num_train=50, num_test=50, resamples=3).standard_error for score in SCORES]
    assert exact == [0.0, 0.0]


def test_codes_turned_by_45_degrees():
    """Whatever is shared, sum and difference vary alike, to the last digit: there is one vote, and chance remains."""
    factors = grid(2, 2)
    for value in values(turned(factors), factors, num_test=2000):
        assert value == pytest.approx(1 / 2, abs=4 * np.sqrt(0.25 / 2000))


def test_a_factor_that_no_dimension_holds():
    """The sets that share it vote for any of the others at random, and are all wrong; a line knows them, too."""
    factors = grid(4, 4, 4)
    voted, lined = values(factors[:, :2], factors, num_train=1000, num_test=2000)
    assert voted == pytest.approx(2 / 3, abs=4 * np.sqrt(2 / 9 / 2000))
    assert lined == 1.0
    # Nor does a dimension that is dead, whatever it follows: it is left out, and the draws are the same.
    codes = np.c_[factors[:, :2], 1e-3 * factors[:, 2]]
    assert values(codes, factors, num_train=1000, num_test=2000) == [voted, lined]
    assert values(codes, factors, threshold=0) == [1.0, 1.0]


def test_collapsed_codes_leave_chance():
    assert values(np.full((12, 3), 0.3), grid(3, 4)) == [0.5, 0.5]
    assert values(np.full((24, 3), 0.3), grid(3, 4, 2)) == pytest.approx([1 / 3, 1 / 3])


def test_neither_order_nor_scales_matter():
    draws = np.random.default_rng(0)
    factors = draws.integers(0, 3, size=(200, 3))
    codes = 0.8 * draws.normal(size=(200, 4)) + factors[:, [0, 1, 2, 0]]
    expected = values(codes, factors, set_size=8)
    assert all(0.4 < value < 0.95 for value in expected)
    moved = codes[:, [2, 0, 3, 1]] * [100.0, -3.0, 0.5, 1.0] + 5
    assert values(moved, factors, set_size=8) == pytest.approx(expected, abs=0.01)


def test_it_is_what_a_loop_finds():
    """The same sets, one by one."""
    draws = np.random.default_rng(0)
    factors = draws.integers(0, 3, size=(50, 2))
    codes = draws.normal(size=(50, 3)) + factors[:, [0, 1, 1]]
    scaled = codes / codes.std(axis=0)
    assert np.array_equal(shared_factor._alive(codes, 0.05), scaled)
    for measure, steadiest in ((shared_factor._steadiest, True), (shared_factor._distances, False)):
        which, found = shared_factor._sets(measure, scaled, factors, 40, 5, np.random.default_rng(1))
        again = np.random.default_rng(1)
        np.testing.assert_array_equal(which, again.integers(2, size=40))
        if steadiest:
            rows = again.integers(50, size=40)
            sets = shared_factor.sharing(factors, which, rows, 5, again)
            for factor, row, members, dimension in zip(which, rows, sets, found, strict=True):
                assert set(factors[members, factor]) == {factors[row, factor]}
                ratios = [np.var(codes[members, d], ddof=1) / np.var(codes[:, d]) for d in range(3)]
                assert dimension == np.argmin(ratios)
        else:
            first = again.integers(50, size=200)
            second = shared_factor.sharing(factors, np.repeat(which, 5), first, 1, again)[:, 0]
            for number, factor in enumerate(which):
                pairs = [*zip(first, second, strict=True)][5 * number : 5 * number + 5]
                assert all(factors[a, factor] == factors[b, factor] for a, b in pairs)
                mean = sum(abs(scaled[a] - scaled[b]) for a, b in pairs) / 5
                np.testing.assert_allclose(found[number], mean)


def test_votes_are_counted_by_the_first_sets_and_tested_by_the_others():
    # Dimension 0 stood for factor 1 twice, dimension 1 for factor 0, dimension 2 never: it says factor 0.
    train = np.array([1, 1, 0, 0]), np.array([0, 0, 0, 1])
    test = np.array([1, 0, 0, 0, 1]), np.array([0, 0, 1, 2, 2])
    assert shared_factor._by_votes(train, test) == 3 / 5


def test_the_error_is_about_that_of_further_data():
    """Ten other samples of examples scatter as the bootstrap says, within what ten can tell."""
    draws = np.random.default_rng(0)

    def score(resamples):
        factors = draws.integers(0, 4, size=(300, 2))
        codes = 2.0 * draws.normal(size=(300, 2)) + factors
        return evaluation.factor_vae_score(
            codes, factors, set_size=16, num_train=200, num_test=100, resamples=resamples
        )

    scatter = np.std([score(0).value for _ in range(40)], ddof=1)
    errors = np.mean([score(30).standard_error for _ in range(4)])
    # At least that of 100 tests; a bootstrap keeps what the sample has by chance, so it is rather above than below.
    assert 0.7 * scatter < errors < 1.6 * scatter
