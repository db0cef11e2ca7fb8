"""Mann and Whitney's U: against SciPy, by hand, and its law under the null."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from tfvae.evaluation.rank_sum import rank_sum


@pytest.mark.parametrize(("m", "n", "levels"), [(20, 30, None), (30, 20, None), (25, 40, 4), (9, 8, 2)])
def test_it_is_that_of_scipy(m, n, levels):
    rng = np.random.default_rng(m)
    draw = rng.normal if levels is None else lambda size: rng.integers(levels, size=size).astype("float64")
    first, second = draw(size=m) + 0.3, draw(size=n)
    second = second if levels is None else second + 0.3
    found = rank_sum(first, second)
    expected = stats.mannwhitneyu(first, second, method="asymptotic", use_continuity=False)
    assert found.u == expected.statistic
    assert found.p_value == pytest.approx(expected.pvalue, rel=1e-12)
    assert found.z < 0 if expected.statistic < m * n / 2 else found.z > 0
    other = rank_sum(second, first)
    assert (other.u, other.z) == (m * n - found.u, pytest.approx(-found.z))


def test_ties_by_hand():
    """Pairs (1, 1) and (2, 2) are ties; 1 < 2, 1 < 3, 2 > 1 and so on: U = (1/2 + 0 + 0) + (1 + 1/2 + 0) * 2."""
    found = rank_sum([1.0, 2.0, 2.0], [1.0, 2.0, 3.0])
    assert found.u == 3.5
    # 1 occurs twice, 2 three times: the sum of t^3 - t is 6 + 24.
    variance = 9 / 12 * (7 - 30 / (6 * 5))
    assert found.z == pytest.approx((3.5 - 4.5) / math.sqrt(variance), rel=1e-14)
    assert found.p_value == pytest.approx(math.erfc(1 / math.sqrt(2 * variance)), rel=1e-14)


@pytest.mark.parametrize("values", [[0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 1.0, 1.0, 1.0], [2.0, 2.0, 2.0, 2.0, 5.0]])
def test_over_all_divisions_z_has_mean_0_and_variance_1(values):
    """Exactly, ties or not: the law under the null, given the values."""
    scores = []
    for chosen in itertools.combinations(range(5), 2):
        rest = [values[place] for place in range(5) if place not in chosen]
        scores.append(rank_sum([values[place] for place in chosen], rest).z)
    assert np.mean(scores) == pytest.approx(0.0, abs=1e-14)
    assert np.var(scores) == pytest.approx(1.0, rel=1e-14)


def test_where_all_are_equal_nothing_is_known():
    assert rank_sum(np.ones(7), np.ones(9)) == (31.5, 0.0, 1.0)
