"""The test of data-copying within cells, for what is copied in some places and not in others."""

import math
from typing import NamedTuple

import numpy as np

from tfvae.evaluation.nearest import nearest
from tfvae.evaluation.rank_sum import rank_sum, two_sided


class Cells(NamedTuple):
    """The test of data-copying over the k cells of a partition.

    Attributes:
        value: C_T, the mean of z over the cells, weighted by their held-out examples; NaN where no cell has enough.
        z: C_T over its standard deviation under the null, so that it is read as the z of the whole.
        p_value: Two-sided, of `z`.
        per_cell: float64 [k], z of each cell; NaN for those that are left out.
        weights: float64 [k], their sum is 1; 0 for those that are left out.
        train: int64 [k], training examples of each.
        held_out: int64 [k], held-out examples.
        samples: int64 [k], samples.
    """

    value: float
    z: float
    p_value: float
    per_cell: np.ndarray
    weights: np.ndarray
    train: np.ndarray
    held_out: np.ndarray
    samples: np.ndarray


def over_cells(samples, train, held_out, count, least, seed):
    """Returns the test of data-copying in each cell of a partition, and over all.

    C_T = sum over cells c of P(c) z_c / sum over cells c of P(c),  z = C_T / sqrt(sum of w_c^2),  w_c = P(c) / sum of P

    The cells are those of k-means of the training examples. P(c) is the share of the held-out examples in cell c, and
    z_c the `rank_sum` of the distances in it: of its samples to the nearest of its training examples, against those of
    its held-out examples. Cells with fewer than `least` samples, or held-out examples, are left out. As the cells don't
    depend on samples and held-out examples, the z_c are under the null independent, of mean 0 and variance 1, whatever
    the weights; so z is, too. The division by sqrt(sum of w_c^2) is ours: Meehan et al. report C_T itself, and leave
    cells out by their samples alone.

    References: Meehan, Chaudhuri and Dasgupta (2020), arXiv 2004.05675, and their code, github.com/casey-meehan/
    data-copying, which weights by held-out examples.

    Args:
        samples: float64 [M, D].
        train: float64 [T, D], T >= k.
        held_out: float64 [N, D].
        count: k.
        least: Samples, and held-out examples, that a cell needs.
        seed: int, 0 or more, of k-means.

    Returns:
        A `Cells`.
    """
    from sklearn import cluster

    partition = cluster.KMeans(count, n_init=4, random_state=seed).fit(train)
    of_train, of_held_out, of_samples = (partition.predict(points) for points in (train, held_out, samples))
    sizes = [np.bincount(of, minlength=count) for of in (of_train, of_held_out, of_samples)]
    scores, weights = np.full(count, math.nan), np.zeros(count)
    for cell in range(count):
        if min(size[cell] for size in sizes) < 1 or min(size[cell] for size in sizes[1:]) < least:
            continue
        of_cell = train[of_train == cell]
        made, real = (nearest(x[of == cell], of_cell)[0] for x, of in ((samples, of_samples), (held_out, of_held_out)))
        scores[cell], weights[cell] = rank_sum(made, real).z, sizes[1][cell]
    if not weights.any():
        return Cells(math.nan, math.nan, math.nan, scores, weights, *sizes)
    weights /= weights.sum()
    value = float(weights @ np.nan_to_num(scores))
    z = value / math.sqrt(float((weights**2).sum()))
    return Cells(value, z, two_sided(z), scores, weights, *sizes)
