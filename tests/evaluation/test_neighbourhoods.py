"""Precision, recall, density and coverage: against loops, a public package, planted cases, and their spread."""

import numpy as np
import pytest

from tfvae.evaluation import neighbourhoods

PRECISION, RECALL, DENSITY, COVERAGE = range(4)


def gaussians():
    rng = np.random.default_rng(7)
    return rng.normal(size=(200, 4)), 0.8 * rng.normal(size=(200, 4)) + 0.4


def by_loops(real, generated, neighbours):
    def radius(points, i):
        return sorted(np.linalg.norm(points[i] - other) for j, other in enumerate(points) if j != i)[neighbours - 1]

    of_real = [radius(real, i) for i in range(len(real))]
    of_made = [radius(generated, j) for j in range(len(generated))]
    apart = [[np.linalg.norm(x - y) for y in generated] for x in real]
    rows, columns = range(len(real)), range(len(generated))
    return [
        np.mean([any(apart[i][j] < of_real[i] for i in rows) for j in columns]),
        np.mean([any(apart[i][j] < of_made[j] for j in columns) for i in rows]),
        sum(apart[i][j] < of_real[i] for i in rows for j in columns) / (neighbours * len(generated)),
        np.mean([min(apart[i]) < of_real[i] for i in rows]),
    ]


@pytest.mark.parametrize("at_once", [1, 100, 1 << 22])
def test_they_are_the_definitions_whatever_the_blocks(at_once, monkeypatch):
    monkeypatch.setattr(neighbourhoods, "_AT_ONCE", at_once)
    real, generated = gaussians()
    real, generated = real[:30] + 100.0, generated[:25] + 100.0
    np.testing.assert_allclose(neighbourhoods.measures(real, generated, 3), by_loops(real, generated, 3), rtol=1e-12)


@pytest.mark.parametrize(
    ("neighbours", "expected"), [(3, [0.95, 0.79, 1.1316666666666666, 0.705]), (5, [0.985, 0.855, 1.069, 0.85])]
)
def test_they_are_those_of_prdc(neighbours, expected):
    """By `compute_prdc(real, generated, nearest_k=neighbours)` of prdc 0.2, the package of Naeem et al."""
    np.testing.assert_allclose(neighbourhoods.measures(*gaussians(), neighbours), expected, rtol=1e-12)


def test_equal_sets_overlap_and_disjoint_ones_do_not():
    real, generated = gaussians()
    same = neighbourhoods.measures(real, real, 5)
    assert same[[PRECISION, RECALL, COVERAGE]].tolist() == [1.0, 1.0, 1.0]
    # Each point lies in its own ball and in those of the points that it is a near neighbour of, five on average: of
    # these the fifth is on the edge, not within.
    assert same[DENSITY] == pytest.approx(1.0)
    assert neighbourhoods.measures(real, generated + 100.0, 5).tolist() == [0.0, 0.0, 0.0, 0.0]


def modes(rng, centres, count=200):
    return rng.normal(size=(count, 2)) + 100.0 * rng.permutation(np.arange(count) % centres)[:, None]


def test_modes_that_are_missing_cost_recall_and_modes_that_are_invented_precision():
    rng = np.random.default_rng(0)
    every, some = modes(rng, 4), modes(rng, 2)
    dropped = neighbourhoods.measures(every, some, 5)
    invented = neighbourhoods.measures(some, every, 5)
    half = 4 * np.sqrt(0.25 / 200)
    assert dropped[PRECISION] > 0.9
    assert abs(dropped[RECALL] - 0.5) < half
    assert dropped[COVERAGE] <= 0.5
    assert invented[RECALL] > 0.9
    assert abs(invented[PRECISION] - 0.5) < half
    assert invented[COVERAGE] > 0.8


@pytest.mark.slow
@pytest.mark.parametrize(("size", "shift"), [(4, 0.5), (8, 0.5), (8, 0.0)])
def test_the_errors_are_the_spread(size, shift):
    rng = np.random.default_rng(1)
    values, errors = [], []
    for _ in range(120):
        real, generated = rng.normal(size=(200, size)), rng.normal(size=(200, size)) + shift
        found = neighbourhoods.estimates(real, generated, 5, [rng.permutation(200) for _ in range(20)])
        values.append([found[name].value for name in neighbourhoods.NAMES])
        errors.append([found[name].standard_error for name in neighbourhoods.NAMES])
    ratios = np.sqrt(np.mean(np.square(errors), axis=0)) / np.std(values, axis=0, ddof=1)
    # 120 sets know the spread to 6.5 %; beside four of these, halves of 100 are not quite like the whole.
    assert (ratios > 0.7).all(), ratios
    assert (ratios < 1.4).all(), ratios


def test_all_points_within_is_no_certainty():
    real, generated = gaussians()
    orders = [np.random.default_rng(2).permutation(200)]
    found = neighbourhoods.estimates(real, real + 1e-6, 5, orders)
    assert found["precision"].value == 1.0
    assert found["precision"].standard_error == pytest.approx(np.sqrt(201 / 202 * 1 / 202 / 200))
    assert neighbourhoods.estimates(real, generated, 5, orders)["precision"].standard_error < 0.1
