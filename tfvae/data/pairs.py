"""Pairs of examples that share all factors but some."""

import itertools

import numpy as np

from tfvae import arguments


def pairs(x, factors, num_changed=1, seed=0):
    """Returns each example with another one that has all of its factors but one, or but some.

    Which factor differs is drawn for each example, and the partner among all that fit. Examples without any partner are
    left out. For a model of pairs, `families.AveragedPair` or `families.MultipliedPair`.

    Args:
        x: [N, ...] array.
        factors: [N, F], the number of each factor's value.
        num_changed: How many factors may differ; the two differ in one at least.
        seed: int.

    Returns:
        both: [M, 2, ...], in the dtype of x, M <= N.
        changed: int32 [M], the factor in which the two differ; -1 for all where `num_changed` is more than 1.

    Raises:
        ValueError: `factors` are no whole numbers [N, F], `num_changed` is not less than F, or no example has a
            partner.

    >>> both, changed = pairs(np.arange(4), [[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> both.shape, changed.shape
    ((4, 2), (4,))
    """
    x, factors = np.asarray(x), np.asarray(factors)
    if factors.ndim != 2 or factors.dtype.kind not in "iu" or len(factors) != len(x) or factors.shape[1] < 2:
        expected = "whole numbers [N, F] for N examples and F >= 2 factors, such as data.sprites gives"
        raise arguments.invalid("factors", expected, factors)
    count = factors.shape[1]
    expected = f"an int in 1..{count - 1}, less than the number of factors"
    num_changed = arguments.integer("num_changed", num_changed, expected, maximum=count - 1)
    draws = np.random.default_rng(arguments.integer("seed", seed, "an int", minimum=0))
    sets = list(itertools.combinations(range(count), num_changed))
    partners = np.stack([_partners(factors, changed, draws) for changed in sets])
    # Of the sets by which an example has a partner, each is as likely.
    chosen = np.argmax(np.where(partners >= 0, draws.random(partners.shape), -1.0), axis=0)
    partner = np.take_along_axis(partners, chosen[np.newaxis], axis=0)[0]
    rows = np.flatnonzero(partner >= 0)
    if not len(rows):
        raise ValueError(
            f"No two examples share all factors but {num_changed}. Give more examples, or let more factors differ by "
            "`num_changed`."
        )
    changed = np.where(num_changed == 1, np.array([first for first, *_ in sets])[chosen[rows]], -1)
    return np.stack([x[rows], x[partner[rows]]], axis=1), changed.astype("int32")


def _partners(factors, changed, draws):
    """Returns for each row another one that differs from it in the factors `changed` alone, or -1 where none does."""
    shared = np.delete(factors, changed, axis=1)
    _, group = np.unique(shared, axis=0, return_inverse=True)
    _, value = np.unique(factors, axis=0, return_inverse=True)
    group, value = group.ravel(), value.ravel()
    order = np.lexsort([draws.random(len(factors)), value, group])
    place = np.empty(len(order), int)
    place[order] = np.arange(len(order))
    # Equal rows stand side by side within their group, so the others of it are a run around them.
    start, end = (np.searchsorted(group[order], group, side) for side in ("left", "right"))
    sorted_values = np.stack([group[order], value[order]], axis=1)
    _, first, counts = np.unique(sorted_values, axis=0, return_index=True, return_counts=True)
    own = np.searchsorted(first, place, "right") - 1
    others = end - start - counts[own]
    step = (draws.random(len(order)) * np.maximum(others, 1)).astype(int)
    target = start + (first[own] + counts[own] - start + step) % (end - start)
    return np.where(others > 0, order[target], -1)
