"""How far importance weights can be trusted, by the law of the largest of them."""

import math
from typing import NamedTuple

import numpy as np
from scipy import special

# Fewer than these say nothing of a tail.
_LEAST = 5
# From this k on the weights have no variance, and the delta method no meaning.
_NO_VARIANCE = 0.5
_REPLICATES = 200
# Numbers at once, which bounds memory.
_AT_ONCE = 1 << 22


class Tail(NamedTuple):
    """A generalised Pareto law of the largest weights of each of N examples, in units of the largest one.

    P(w - cut > t | w > cut) = (1 + k t / scale)^(-1/k)

    Attributes:
        k: [N]. The weights have moments below 1/k; -inf where all are equal, NaN where there are too few.
        scale: [N].
        cut: [N], where the tail begins.
        size: Weights beyond it.
    """

    k: np.ndarray
    scale: np.ndarray
    cut: np.ndarray
    size: int


def size(num_samples):
    """Returns how many of K weights count as the tail, min(K / 5, 3 sqrt(K)); 0 where they would say nothing.

    >>> [size(count) for count in (10, 100, 1000)]
    [0, 20, 95]
    """
    most = math.ceil(min(num_samples / 5, 3 * math.sqrt(num_samples)))
    return most if most >= _LEAST else 0


def trusted(num_samples):
    """Returns the k up to which K draws are enough: at most 0.7, less for few draws.

    Vehtari et al. (2024), Pareto smoothed importance sampling, arXiv 1507.02646: 1 - 1 / log10 K.
    """
    return min(1 - 1 / math.log10(max(num_samples, 2)), 0.7)


def fit(largest):
    """Returns the `Tail` of each example, by the estimate of Zhang and Stephens (2009).

    k is drawn a little to 1/2, as by ten more weights, which steadies it where there are few (arXiv 1507.02646).

    Args:
        largest: [N, M + 1], the largest log weights in any order. The least of them is where the tail begins.
    """
    ordered = np.sort(largest, axis=1)
    count, number = ordered.shape[1] - 1, len(ordered)
    relative = np.exp(ordered - ordered[:, -1:])
    cut, beyond = relative[:, 0], relative[:, 1:] - relative[:, :1]
    k, scale = np.full(number, -np.inf), np.zeros(number)
    # Of equal weights nothing is beyond; a quarter of a tail that is not beyond says that weights come in a few values.
    rows = np.flatnonzero(beyond[:, _quarter(count)] > 0)
    step = max(1, _AT_ONCE // (count * (20 + math.isqrt(count))))
    for at in range(0, len(rows), step):
        some = rows[at : at + step]
        k[some], scale[some] = _zhang_stephens(beyond[some])
    return Tail(k, scale, cut, count)


def _quarter(count):
    """Returns the place of the first quartile among `count` numbers in order."""
    return int(count / 4 + 0.5) - 1


def _zhang_stephens(beyond):
    """Returns (k, scale) of generalised Pareto draws [N, M], ascending along M: a posterior mean over a grid."""
    count = beyond.shape[1]
    points = np.arange(1, 21 + math.isqrt(count))
    quarter = beyond[:, _quarter(count)]
    theta = 1 / beyond[:, -1:] + (1 - np.sqrt(len(points) / (points - 0.5))) / (3 * quarter[:, None])
    # Of ties a point may be 0, an exponential tail, of which -theta / k below is a limit.
    theta = np.where(theta == 0, 1e-9 / beyond[:, -1:], theta)
    k = np.log1p(-theta[..., None] * beyond[:, None]).mean(axis=-1)
    profile = count * (np.log(-theta / k) - k - 1)
    theta = np.sum(theta * special.softmax(profile, axis=1), axis=1)
    k = np.log1p(-theta[:, None] * beyond).mean(axis=1)
    return (count * k + 10 * 0.5) / (count + 10), -k / theta


def errors(largest, sums, num_samples, rng):
    """Returns the standard error of the log of each example's mean weight, and k of its tail.

    Where the weights have a variance (k < 1/2), it is that of the delta method,

    var(log mean w) = sum w^2 / (sum w)^2 - 1 / K

    Elsewhere the variance of a few draws is too small, most of the time by much. There it is half of the interval
    that holds 68 % of the estimates when the weights are drawn again: those beyond the cut from the tail's law, the
    sum of the others as a Gaussian.

    Args:
        largest: [N, M + 1], the largest log weights; M of 0 for no tail.
        sums: [2, N], log sum w and log sum w^2.
        num_samples: K.
        rng: A NumPy generator.

    Returns:
        ([N], [N]).
    """
    first, second = sums
    error = np.sqrt(np.maximum(np.exp(second - 2 * first) - 1 / num_samples, 0.0))
    if largest.shape[1] <= _LEAST:
        return error, np.full(len(first), np.nan)
    tail = fit(largest)
    rows = np.flatnonzero(tail.k >= _NO_VARIANCE)
    step = max(1, _AT_ONCE // (_REPLICATES * tail.size))
    for at in range(0, len(rows), step):
        some = rows[at : at + step]
        part = Tail(tail.k[some], tail.scale[some], tail.cut[some], tail.size)
        error[some] = _redrawn(largest[some], sums[:, some], part, num_samples, rng)
    return error, tail.k


def _redrawn(largest, sums, tail, num_samples, rng):
    """Returns half of the 68 % interval of log mean w, [n]."""
    top = largest.max(axis=1)
    beyond = np.sort(np.exp(largest - top[:, None]), axis=1)[:, 1:]
    others = num_samples - tail.size
    mean = (np.exp(sums[0] - top) - beyond.sum(axis=1)) / others
    variance = np.maximum((np.exp(sums[1] - 2 * top) - (beyond**2).sum(axis=1)) / others - mean**2, 0.0)
    shape = (_REPLICATES, len(top))
    count = rng.binomial(num_samples, tail.size / num_samples, size=shape)
    below = (num_samples - count) * mean + np.sqrt((num_samples - count) * variance) * rng.normal(size=shape)
    # As many as there may be; those that are too many in a replicate are left out.
    rank = np.arange(count.max())
    k, scale, cut = (part[:, None] for part in tail[:3])
    drawn = cut + scale / k * np.expm1(-k * np.log(rng.uniform(size=(*shape, len(rank)))))
    total = np.maximum(below, 0.0) + np.sum(drawn, axis=-1, where=rank < count[..., None])
    low, high = np.quantile(np.log(total), special.ndtr([-1.0, 1.0]), axis=0)
    return (high - low) / 2
