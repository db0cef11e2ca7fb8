"""Where two sets of features overlap: precision, recall, density and coverage, by nearest neighbours."""

import numpy as np

from tfvae.evaluation.estimate import Estimate

# Numbers in a block of a table of pairs: bounds memory whatever the number of rows.
_AT_ONCE = 1 << 22
NAMES = ("precision", "recall", "density", "coverage")


def blocks(first, second):
    """Yields (start, squared distances [b, M]) of rows of `first` to all of `second`."""
    step = max(1, _AT_ONCE // len(second))
    lengths = (second**2).sum(axis=1)
    for start in range(0, len(first), step):
        rows = first[start : start + step]
        yield start, np.maximum((rows**2).sum(axis=1)[:, None] + lengths - 2 * rows @ second.T, 0.0)


def _radii(points, neighbours):
    """Returns the squared distance of each point to its k-th nearest neighbour, itself not counted."""
    found = []
    for start, squares in blocks(points, points):
        here = np.arange(len(squares))
        squares[here, start + here] = np.inf
        found.append(np.partition(squares, neighbours - 1, axis=1)[:, neighbours - 1])
    return np.concatenate(found)


def measures(real, generated, neighbours):
    """Returns precision, recall, density and coverage, float64 [4], of two sets [N, D] and [M, D].

    With R_i and G_j the distance of a point to the k-th nearest one of its own set,

        precision  share of the generated ones that are nearer to some real one i than R_i
        recall     share of the real ones that are nearer to some generated one j than G_j
        density    1 / (k M) times the number of pairs (i, j) nearer than R_i
        coverage   share of the real ones i that have a generated one nearer than R_i

    >>> line = np.arange(20.0)[:, None]
    >>> measures(line, line + 0.25, 2).tolist()
    [1.0, 1.0, 1.0..., 1.0]
    """
    centre = real.mean(axis=0)  # keeps the expanded squares small, and with them their rounding
    real, generated = real - centre, generated - centre
    of_real, of_generated = _radii(real, neighbours), _radii(generated, neighbours)
    precise = np.zeros(len(generated), bool)
    recalled = dense = covered = 0
    for start, squares in blocks(real, generated):
        radii = of_real[start : start + len(squares)]
        inside = squares < radii[:, None]
        precise |= inside.any(axis=0)
        dense += int(inside.sum())
        covered += int((squares.min(axis=1) < radii).sum())
        recalled += int((squares < of_generated).any(axis=1).sum())
    counts = [precise.mean(), recalled / len(real), dense / (neighbours * len(generated)), covered / len(real)]
    return np.array(counts)


def estimates(real, generated, neighbours, orders):
    """Returns the four measures as {name: `Estimate`}.

    The error is from halves of both sets, which are independent: the variance of their difference is twice that for N/2
    images, and so about four times that for N. It is the mean over several ways of halving. A bootstrap would be no
    help: copies of a point are its nearest neighbours. A share's error is at least the binomial one, of one more point
    in and one more out, so that it isn't 0 where all points are in.

    Args:
        real: float64 [N, D].
        generated: float64 [N, D].
        neighbours: k, N >= 2 (k + 1).
        orders: Permutations of N, each one way of halving.
    """
    half = len(real) // 2
    differences = [
        measures(real[order[:half]], generated[order[:half]], neighbours)
        - measures(real[order[half:]], generated[order[half:]], neighbours)
        for order in orders
    ]
    errors = np.sqrt(np.mean(np.square(differences), axis=0)) / 2
    values = measures(real, generated, neighbours)
    inside = (len(real) * values + 1) / (len(real) + 2)
    binomial = np.sqrt(np.maximum(inside * (1 - inside), 0.0) / len(real))
    is_share = np.array([name != "density" for name in NAMES])
    errors = np.where(is_share, np.maximum(errors, binomial), errors)
    found = zip(NAMES, values, errors, strict=True)
    return {name: Estimate(float(value), float(error)) for name, value, error in found}
