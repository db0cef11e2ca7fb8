"""Tolerances from standard errors, in one place.

A difference of 4 standard errors has probability 6e-5 for a normal mean; with a
fixed seed a test either always passes or always fails, so that this is the
chance that a correct library was given an unlucky seed.
"""

import numpy as np
from scipy import stats

SIGMAS = 4.0


def assert_mean(samples, expected, beyond=0.0):
    """Asserts that the mean of independent `samples` is `expected`, within 4 standard errors plus `beyond`."""
    samples = np.asarray(samples, "float64")
    error = samples.std(ddof=1) / np.sqrt(samples.size)
    assert 0 < error < np.inf
    difference = samples.mean() - expected
    assert abs(difference) < SIGMAS * error + beyond, f"{samples.mean()} != {expected}: {difference / error:.2f} errors"


def assert_positive_mean(samples):
    """Asserts that the mean of independent `samples` is above 0 by more than 4 standard errors."""
    samples = np.asarray(samples, "float64")
    error = samples.std(ddof=1) / np.sqrt(samples.size)
    assert samples.mean() > SIGMAS * error, f"{samples.mean()} is {samples.mean() / error:.2f} standard errors above 0"


def assert_variance(samples, expected, axis=0):
    """Asserts that normal `samples` have variance `expected`, by the chi-square law of the sample variance.

    (n - 1) s^2 / sigma^2 ~ chi^2(n - 1); the interval leaves out 3e-5 on each side, as 4 standard errors do.
    """
    samples = np.asarray(samples, "float64")
    freedom = samples.shape[axis] - 1
    ratio = samples.var(axis=axis, ddof=1) / expected
    tail = stats.norm.sf(SIGMAS)
    low, high = stats.chi2.ppf([tail, 1 - tail], freedom) / freedom
    assert np.all((low < ratio) & (ratio < high)), f"variance / expected = {ratio}, not in ({low:.3f}, {high:.3f})"


def assert_standard(scores):
    """Asserts that independent `scores` look like draws from N(0, 1): mean, mean square and coverage."""
    scores = np.asarray(scores, "float64")
    count = scores.size
    assert abs(scores.mean()) < SIGMAS / np.sqrt(count), f"mean score {scores.mean():.3f}"
    # The square of a standard normal has variance 2.
    assert abs(np.mean(scores**2) - 1) < SIGMAS * np.sqrt(2 / count), f"mean square score {np.mean(scores**2):.3f}"
    inside = np.mean(np.abs(scores) < stats.norm.isf(0.025))
    assert abs(inside - 0.95) < SIGMAS * np.sqrt(0.95 * 0.05 / count), f"coverage {inside:.3f} of 95%"
