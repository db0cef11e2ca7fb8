"""The nearest of many points."""

import numpy as np

from tfvae.evaluation import neighbourhoods


def nearest(points, among):
    """Returns the distance of each point to the nearest one of others, float64 [N], and which one it is, int64 [N].

    The search is by products, whose rounding would leave a copy some 1e-8 from its original; the distance to what is
    found is that of the difference, so it is 0 for a copy and tied where distances are equal.

    Args:
        points: float64 [N, D].
        among: float64 [M, D], M >= 1.

    >>> distances, rows = nearest(np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([[3.0, 0.0], [0.0, 0.0]]))
    >>> distances.tolist(), rows.tolist()
    ([0.0, 4.0], [1, 0])
    """
    centre = among.mean(axis=0)  # keeps the expanded squares small, and with them their rounding
    rows = [np.zeros(0, "int64")]
    apart = [np.zeros(0)]
    for start, squares in neighbourhoods.blocks(points - centre, among - centre):
        rows.append(squares.argmin(axis=1))
        apart.append(np.linalg.norm(points[start : start + len(squares)] - among[rows[-1]], axis=1))
    return np.concatenate(apart), np.concatenate(rows)
