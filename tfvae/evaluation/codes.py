"""Codes and the factors behind them: what both must be, which examples are held out, and errors by resampling."""

import math

import numpy as np

from tfvae import arguments

_TRAIN = 2 / 3  # share of the examples to which classifiers are fitted, as 10,000 and 5,000 in disentanglement_lib


def checked(codes, factors):
    """Returns codes as float64 [N, D] and factors as int64 [N, F], the latter numbered anew from 0 without gaps.

    Raises:
        ValueError: They are something else, D or F is below 2, or a factor has one value for all examples.

    >>> checked([[0.5, 1], [2, 3]], [[7, 0], [3, 1]])[1].tolist()
    [[1, 0], [0, 1]]
    """
    codes, factors = np.asarray(codes), np.asarray(factors)
    if codes.ndim != 2 or codes.dtype.kind not in "fiu" or codes.shape[1] < 2 or not np.isfinite(codes).all():
        expected = "finite numbers [N, D] for N examples and D >= 2 dimensions, such as means of q(z|x)"
        raise arguments.invalid("codes", expected, codes)
    if factors.ndim != 2 or factors.dtype.kind not in "iu" or len(factors) != len(codes) or factors.shape[1] < 2:
        expected = f"whole numbers [N, F] for N = {len(codes)} examples and F >= 2 factors, such as data.sprites gives"
        raise arguments.invalid("factors", expected, factors)
    numbered = [np.unique(column, return_inverse=True)[1].ravel() for column in factors.T]
    same = [number for number, column in enumerate(numbered) if not column.any()]
    if same:
        raise ValueError(
            f"Invalid value for argument `factors`. Expected at least two values of each factor. Received: one value "
            f"for all examples in columns {', '.join(map(str, same))}. Leave them out: np.delete(factors, {same}, 1)."
        )
    return codes.astype("float64"), np.stack(numbered, axis=1)


def held_out(count, seed):
    """Returns the rows to which classifiers are fitted and those on which they are tested, two thirds and a third."""
    rows = np.random.default_rng(seed).permutation(count)
    size = round(_TRAIN * count)
    return np.sort(rows[:size]), np.sort(rows[size:])


def bootstrap_error(statistic, count, resamples, seed):
    """Returns the standard deviation of a statistic over bootstrap resamples of the examples.

    Args:
        statistic: A function of rows, an int array, and of a generator of its own: a number or an array.
        count: How many rows there are; a resample is of as many.
        resamples: How many; NaN for fewer than 2.
        seed: int >= 0.

    >>> values = np.random.default_rng(0).normal(size=400)
    >>> error = bootstrap_error(lambda rows, _: values[rows].mean(), 400, resamples=500, seed=0)
    >>> bool(abs(error - values.std() / 20) < 0.005)
    True
    """
    if resamples < 2:
        return math.nan
    streams = np.random.default_rng([seed, 1]).spawn(resamples)
    found = [statistic(stream.integers(count, size=count), stream) for stream in streams]
    return np.std(found, axis=0, ddof=1)


def resampling(resamples, seed):
    """Returns both as ints.

    Raises:
        ValueError: They are no whole numbers >= 0.
    """
    expected = "an int >= 0; below 2 there are no standard errors"
    resamples = arguments.integer("resamples", resamples, expected, minimum=0)
    return resamples, arguments.integer("seed", seed, "an int >= 0", minimum=0)


def gap(scores):
    """Returns the difference of the largest and the second largest entry of each column, [F], of scores [D, F].

    >>> gap(np.array([[0.1, 0.5], [0.9, 0.5], [0.3, 0.2]])).round(6).tolist()
    [0.6, 0.0]
    """
    second, first = np.sort(scores, axis=0)[-2:]
    return first - second
