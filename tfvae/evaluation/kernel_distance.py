"""The kernel distance of two sets of features, with its error."""

import math

import numpy as np

from tfvae.evaluation.estimate import Estimate

# Numbers in a block of a table of pairs: bounds memory whatever the number of rows.
_AT_ONCE = 1 << 22


def _kernel(first, second):
    return (first @ second.T / first.shape[1] + 1.0) ** 3


def kernel_distance(first, second):
    """Estimates the squared maximum mean discrepancy without bias, for the kernel k(x, y) = (x.y / D + 1)^3.

    MMD^2 ~ mean over i != j of h_ij,  h_ij = k(x_i, x_j) + k(y_i, y_j) - k(x_i, y_j) - k(x_j, y_i)

    All pairs are in it, where Binkowski et al. average over small subsets. Unbiased, so it may be negative. The
    variance of such a mean over pairs is 4 (N - 2) a / (N (N - 1)) + 2 b / (N (N - 1)), with a the variance of
    E[h_ij | i] and b that of h_ij; both are estimated, so the error holds for equal distributions, too, where a is 0;
    as no estimate of a is below 0, it is there rather too large.

    References: Binkowski et al. (2018), Demystifying MMD GANs, arXiv 1801.01401; Gretton et al. (2012), A kernel
    two-sample test.

    Args:
        first: float64 [N, D], N >= 5.
        second: float64 [N, D], independent of `first`.

    Returns:
        An `Estimate`.

    >>> estimate = kernel_distance(np.eye(6), np.eye(6))
    >>> round(estimate.value, 12)
    0.0
    """
    count = len(first)
    rows, squares = np.zeros(count), 0.0
    step = max(1, _AT_ONCE // count)
    for start in range(0, count, step):
        x, y = first[start : start + step], second[start : start + step]
        pairs = _kernel(x, first) + _kernel(y, second) - _kernel(x, second) - _kernel(y, first)
        here = np.arange(len(x))
        pairs[here, start + here] = 0.0
        rows[start : start + step] = pairs.sum(axis=1)
        squares += (pairs**2).sum()
    ordered = count * (count - 1)
    value = rows.sum() / ordered
    of_pair = max(squares / ordered - value**2, 0.0)
    # Rows share their pairs, and each has only N - 1: what is in the variance of their means beside a is known.
    seen = (rows / (count - 1)).var(ddof=1)
    of_row = max((seen * (count - 1) ** 2 / (count - 2) - of_pair) / (count - 4), 0.0)
    return Estimate(float(value), math.sqrt((4 * (count - 2) * of_row + 2 * of_pair) / ordered))
