"""The kernel distance, against loops and closed forms, and its error against the spread of many sets."""

import numpy as np
import pytest

from tfvae.evaluation import kernel_distance as module
from tfvae.evaluation.kernel_distance import kernel_distance


def by_loops(first, second):
    size, count = first.shape[1], len(first)

    def kernel(x, y):
        return (float(x @ y) / size + 1) ** 3

    total = 0.0
    for i in range(count):
        for j in range(count):
            if i != j:
                total += kernel(first[i], first[j]) + kernel(second[i], second[j])
                total -= kernel(first[i], second[j]) + kernel(second[i], first[j])
    return total / (count * (count - 1))


@pytest.mark.parametrize("at_once", [1, 30, 1 << 22])
def test_it_is_the_mean_over_pairs_whatever_the_blocks(at_once, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", at_once)
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(13, 3)), rng.normal(size=(13, 3)) + 0.5
    assert kernel_distance(first, second).value == pytest.approx(by_loops(first, second), rel=1e-10)


def repeated(shift, scale, size=1, count=60, times=500):
    """The distances of many sets, the error that is said of them, and how far that may be from their spread."""
    rng = np.random.default_rng(1)
    shape = (count, size)
    found = [kernel_distance(rng.normal(size=shape), scale * rng.normal(size=shape) + shift) for _ in range(times)]
    values = np.array([each.value for each in found])
    # The spread's own error, from the fourth moment, as these values are no Gaussians.
    fourth = np.mean((values - values.mean()) ** 4) / values.var() ** 2
    return values, np.sqrt(np.mean([each.standard_error**2 for each in found])), np.sqrt((fourth - 1) / (4 * times))


@pytest.mark.parametrize(("shift", "scale"), [(0.3, 1.0), (0.5, 1.2)])
def test_it_is_unbiased_and_its_error_is_the_spread(shift, scale):
    """(x y + 1)^3 sums moments: MMD^2 = 3 (difference of E[x])^2 + 3 (of E[x^2])^2 + (of E[x^3])^2."""
    second, third = shift**2 + scale**2, shift**3 + 3 * shift * scale**2
    true = 3 * shift**2 + 3 * (second - 1) ** 2 + third**2
    values, said, error = repeated(shift, scale)
    assert abs(values.mean() - true) < 4 * values.std(ddof=1) / np.sqrt(len(values))
    assert abs(said / values.std(ddof=1) - 1) < 4 * error


def test_of_equal_distributions_it_is_zero_and_its_error_the_spread():
    """There the first order of the variance vanishes, and what is left is of the order of 1/N."""
    values, said, error = repeated(0.0, 1.0, size=16, count=100, times=300)
    assert abs(values.mean()) < 4 * values.std(ddof=1) / np.sqrt(len(values))
    assert abs(said / values.std(ddof=1) - 1) < 4 * error
    assert (values < 0).any()
