"""The Pareto front, against its definition."""

import numpy as np
import pytest

from tfvae import evaluation


def by_definition(first, second):
    """Returns the places of points that no other point is as good as in both and better than in one."""
    points = [*zip(first, second, strict=True)]
    found = [
        place
        for place, (a, b) in enumerate(points)
        if not any(c <= a and d <= b and (c < a or d < b) for c, d in points)
    ]
    return sorted(found, key=lambda place: (first[place], place))


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_definition(seed):
    # Few values, so that many points are equal in one or in both.
    first, second = np.random.default_rng(seed).integers(0, 6, [2, 12]).astype(float)
    assert evaluation.pareto_front(first, second).tolist() == by_definition(first, second)


def test_one_point_and_none():
    assert evaluation.pareto_front([1.0], [2.0]).tolist() == [0]
    assert evaluation.pareto_front([], []).tolist() == []
