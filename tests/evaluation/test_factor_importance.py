"""DCI, by importances that are given and by trees that have no choice."""

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from tests.evaluation.grids import entropy, grid
from tfvae import evaluation
from tfvae.evaluation import codes as rows_of
from tfvae.evaluation.factor_importance import concentration


def trees(codes, factors, **others):
    return evaluation.dci(codes, factors, classifier=DecisionTreeClassifier(random_state=0), **others)


def test_the_formula_by_hand():
    # Rows 3/4 and 1/4 of one, and all of the other: of two columns 1 - H(1/4) / ln 2 and 1, weighted 4 to 2.
    importance = np.array([[3.0, 1.0], [0.0, 2.0], [0.0, 0.0]])
    row = 1 - entropy(0.25, 0.75) / np.log(2)
    assert concentration(importance) == pytest.approx((4 * row + 2) / 6)
    # Columns: all in one of three rows, and 1/3 with 2/3, weighted 3 to 3.
    column = 1 - entropy(1 / 3, 2 / 3) / np.log(3)
    assert concentration(importance.T) == pytest.approx((3 + 3 * column) / 6)
    assert concentration(np.eye(4)[:, [1, 3, 0, 2]]) == 1.0
    assert concentration(np.ones((3, 5))) == pytest.approx(0.0, abs=1e-12)
    assert concentration(np.zeros((3, 5))) == 0.0


def test_perfect_codes():
    factors = grid(3, 4, repeats=10)
    codes = factors[:, [1, 0]]
    found = evaluation.dci(codes, factors)
    np.testing.assert_allclose(found.importance, [[0, 1], [1, 0]], atol=1e-6)
    assert found[:3] == tuple(evaluation.Estimate(pytest.approx(1.0, abs=1e-4), each) for each in _errors(np.nan, 0))
    # A dimension that holds both factors is complete and not disentangled, but for what the trees make of the other.
    both = np.stack([4 * factors[:, 0] + factors[:, 1], np.zeros(len(factors))], axis=1)
    found = trees(both, factors)
    np.testing.assert_array_equal(found.importance, [[1, 1], [0, 0]])
    assert [each.value for each in found[:3]] == pytest.approx([0.0, 1.0, 1.0], abs=1e-12)


def _errors(of_trees, of_accuracy):
    return [pytest.approx(of_trees, nan_ok=True)] * 2 + [of_accuracy]


def test_codes_turned_by_45_degrees():
    """Sum and difference of two factors matter alike for both, and together tell both."""
    factors = grid(5, 5, repeats=8)
    codes = factors @ np.array([[1.0, 1.0], [1.0, -1.0]])
    found = evaluation.dci(codes, factors, classifier=RandomForestClassifier(100, random_state=0))
    np.testing.assert_allclose(found.importance, np.full((2, 2), 0.5), atol=0.05)
    # 1 - H(1/2 +- 0.05) / ln 2 is 0.007.
    assert found.disentanglement.value < 0.0075
    assert found.completeness.value < 0.0075
    assert found.informativeness.value > 0.95


def test_collapsed_codes_matter_for_nothing():
    """Informativeness is then chance, which is the share of the commonest value of those held out."""
    factors = grid(2, 4, repeats=10)
    found = evaluation.dci(np.full((80, 3), 0.3), factors)
    np.testing.assert_array_equal(found.importance, np.zeros((3, 2)))
    assert [each.value for each in found[:2]] == [0.0, 0.0]
    train, test = rows_of.held_out(80, seed=0)
    commonest = [np.bincount(column[train]).argmax() for column in factors.T]
    assert found.informativeness.value == np.mean(factors[test] == commonest)


def test_it_is_what_a_loop_finds():
    draws = np.random.default_rng(0)
    factors = draws.integers(0, [2, 3], size=(90, 2))
    codes = draws.normal(size=(90, 3)) + 2 * factors[:, [0, 1, 1]]
    found = trees(codes, factors)
    train, test = rows_of.held_out(90, seed=0)
    assert sorted([*train, *test]) == [*range(90)]
    assert len(train) == 60
    importance, right = np.empty((3, 2)), np.empty((30, 2))
    for factor in (0, 1):
        tree = DecisionTreeClassifier(random_state=0).fit(codes[train], factors[train, factor])
        importance[:, factor] = tree.feature_importances_
        right[:, factor] = tree.predict(codes[test]) == factors[test, factor]
    np.testing.assert_allclose(found.importance, importance)
    assert found.disentanglement.value == pytest.approx(concentration(importance))
    assert found.completeness.value == pytest.approx(concentration(importance.T))
    assert found.completeness.value != pytest.approx(found.disentanglement.value, rel=0.01)
    assert found.informativeness.value == pytest.approx(right.mean())
    assert found.informativeness.standard_error == pytest.approx(right.mean(axis=1).std(ddof=1) / np.sqrt(30))
    # Refits are of other examples, so they give other scores.
    again = trees(codes, factors, refits=4)
    assert again.disentanglement.value == found.disentanglement.value
    assert all(0 < each.standard_error < 0.2 for each in again[:3])
    assert again.informativeness.standard_error != found.informativeness.standard_error


def test_neither_order_nor_scales_matter():
    """Of a tree without ties, so of few splits."""
    draws = np.random.default_rng(0)
    factors = draws.integers(0, 2, size=(200, 2))
    codes = draws.normal(size=(200, 3)) + factors @ [[2, 0, 1], [1, 2, 0]]
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    expected = evaluation.dci(codes, factors, classifier=tree)
    moved = evaluation.dci(codes[:, [2, 0, 1]] * [100.0, 3.0, 0.25] + 5, factors, classifier=tree)
    np.testing.assert_allclose(moved.importance, expected.importance[[2, 0, 1]], rtol=1e-6)
    assert moved.disentanglement.value == pytest.approx(expected.disentanglement.value)
    assert 0.1 < expected.disentanglement.value < 0.95


def test_a_rare_value_that_a_refit_has_not_drawn():
    factors = grid(2, 2, repeats=10)
    factors[:, 1] = np.arange(40) == 4
    found = trees(factors + 0.0, factors, refits=5)
    assert np.isfinite(found.disentanglement.standard_error)
