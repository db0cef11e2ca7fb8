"""Factors of which each combination is there as often as any other, and codes of them that can be counted by hand."""

import itertools

import numpy as np


def grid(*sizes, repeats=1):
    """Returns [N, F], each combination of values `repeats` times."""
    return np.repeat(np.array([*itertools.product(*map(range, sizes))]), repeats, axis=0)


def turned(factors):
    """Returns two factors of values 0 and 1 as -1 and 1, turned by 45 degrees: the sum and the difference."""
    signs = 2.0 * factors - 1
    return np.stack([signs[:, 0] + signs[:, 1], signs[:, 0] - signs[:, 1]], axis=1) / np.sqrt(2)


def noisy(wrong, of):
    """Returns two factors and a code, a channel of each: of every `of` examples of a value `wrong` are flipped.

    The factors are independent, and so are the flips of one of the other, exactly and not in the mean.
    """
    flips = (np.arange(of) < wrong).astype(int)
    rows = [(a, b, a ^ flip, b ^ other) for a, b, flip, other in itertools.product((0, 1), (0, 1), flips, flips)]
    found = np.array(rows)
    return found[:, :2], found[:, 2:].astype(float)


def entropy(*shares):
    """In nats."""
    return -sum(share * np.log(share) for share in shares)
