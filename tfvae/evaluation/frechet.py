"""The Frechet distance of two sets of features, with its error."""

import math

import numpy as np

from tfvae.evaluation.estimate import Estimate


def _principal(features):
    """Returns the mean [D], and directions [D, r] and variances [r] of the covariance where it is not zero."""
    mean = features.mean(axis=0)
    centred = (features - mean) / np.sqrt(len(features) - 1)
    if len(features) <= features.shape[1]:  # at most N - 1 of the D variances are not zero
        _, deviations, rows = np.linalg.svd(centred, full_matrices=False)
        variances, directions = deviations**2, rows.T
    else:
        variances, directions = np.linalg.eigh(centred.T @ centred)
    kept = variances > features.shape[1] * np.finfo("float64").eps * variances.max()
    return mean, directions[:, kept], variances[kept]


def _parts(first, second):
    """Returns the two principal decompositions, the distance, and the singular value decomposition behind it."""
    one, two = _principal(first), _principal(second)
    # C = L L^T, and tr (C1^1/2 C2 C1^1/2)^1/2 is the sum of the singular values of L1^T L2: no square root of a product
    # of covariances, whose rounding would be of the order of the square root of the machine's.
    product = (one[1] * np.sqrt(one[2])).T @ (two[1] * np.sqrt(two[2]))
    left, singular, right = np.linalg.svd(product, full_matrices=False)
    apart = ((one[0] - two[0]) ** 2).sum()
    return one, two, apart + one[2].sum() + two[2].sum() - 2 * singular.sum(), left, singular, right.T


def distance(first, second):
    """Returns the squared Frechet distance of Gaussians with the means and covariances of two sets.

    d^2 = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2)

    Args:
        first: float64 [N, D], N >= 2, which may be less than D.
        second: float64 [M, D].

    >>> rows = np.array([[-1.0], [1.0]])
    >>> float(distance(rows, 3 * rows + 1))
    9.0
    """
    return max(float(_parts(first, second)[2]), 0.0)


def _influence(features, own, other, vectors, singular):
    """Returns by how much each row moves d^2, times N: the derivative of d^2 towards a set that has only this row."""
    mean, directions, variances = own
    centred = features - mean
    carried = (centred @ directions / np.sqrt(variances)) @ vectors
    return 2 * centred @ (mean - other) + (centred**2).sum(axis=1) - carried**2 @ singular


def estimates(first, second):
    """Returns the squared Frechet distance of two sets, and what it would be of infinitely many rows.

    The error is the delta method's: the standard deviation of the influence of each row, which for d^2 is twice the
    potential of the optimal transport between the two Gaussians; see Rippl, Munk and Sturm (2016), Limit laws of the
    empirical Wasserstein distance: Gaussian distributions, arXiv 1507.04090. For equal distributions, where the first
    order vanishes, it is somewhat too large.

    d^2 of N rows is larger than that of the distributions by about c / N; twice d^2 less the mean of the d^2 of both
    halves is without this bias, and may be negative. The linear term is that of d^2, so the error is the same. After
    Chong and Forsyth (2020), Effectively unbiased FID and Inception score, arXiv 1911.07023.

    Args:
        first: float64 [N, D] in random order, N >= 4.
        second: [N, D] likewise.

    Returns:
        Two `Estimate`s.
    """
    one, two, value, left, singular, right = _parts(first, second)
    moved = [
        _influence(first, one, two[0], left, singular).var(ddof=1) / len(first),
        _influence(second, two, one[0], right, singular).var(ddof=1) / len(second),
    ]
    error, half = math.sqrt(sum(moved)), len(first) // 2
    halves = (distance(first[:half], second[:half]) + distance(first[half:], second[half:])) / 2
    value = max(float(value), 0.0)
    return Estimate(value, error), Estimate(2 * value - halves, error)
