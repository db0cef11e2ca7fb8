"""Which of two samples of numbers is larger: the test of Mann and Whitney."""

import math
from typing import NamedTuple

import numpy as np
from scipy import special, stats


class RankSum(NamedTuple):
    """How often numbers of one sample are larger than those of another.

    Attributes:
        u: The statistic U, from 0 to M N: pairs in which the first sample's number is larger, ties by half.
        z: U less its mean, in standard deviations, both under the null; negative where the first sample is smaller.
        p_value: Two-sided, by the normal law of z.
    """

    u: float
    z: float
    p_value: float


def rank_sum(first, second):
    """Tests whether two samples of numbers are of one law.

    U = sum over i, j of 1[a_i > b_j] + 1[a_i = b_j] / 2,  E[U] = M N / 2,
    Var[U] = M N / 12 (M + N + 1 - sum over ties (t^3 - t) / ((M + N) (M + N - 1)))

    The null is that all M + N numbers are exchangeable, of which those of one law, drawn independently, are a case.
    Given their values, with t the number of times that each occurs, mean and variance are then exact, whatever the
    law. The normal law of z is an approximation, good from about eight numbers of each sample on. Without continuity
    correction, so that the mean of z is 0. Where all numbers are equal nothing is known, and z is 0.

    References: Mann and Whitney (1947), On a test of whether one of two random variables is stochastically larger than
    the other.

    Args:
        first: float64 [M], M >= 1.
        second: float64 [N], N >= 1.

    Returns:
        A `RankSum`.

    >>> rank_sum([3.0, 4.0], [1.0, 3.0]).u
    3.5
    >>> rank_sum([1.0, 1.0], [1.0])
    RankSum(u=1.0, z=0.0, p_value=1.0)
    """
    m, n = len(first), len(second)
    both = np.concatenate([first, second]).astype("float64")
    u = float(stats.rankdata(both)[:m].sum()) - m * (m + 1) / 2
    times = np.unique(both, return_counts=True)[1].astype("float64")
    tied = float((times**3 - times).sum()) / ((m + n) * (m + n - 1))
    variance = m * n / 12 * (m + n + 1 - tied)
    z = (u - m * n / 2) / math.sqrt(variance) if variance > 0 and len(times) > 1 else 0.0
    return RankSum(u, z, two_sided(z))


def two_sided(z):
    """Returns how probable a standard normal number is to be as far from 0.

    >>> two_sided(0.0), round(two_sided(-1.959964), 6)
    (1.0, 0.05)
    """
    return float(2 * special.ndtr(-abs(z)))
