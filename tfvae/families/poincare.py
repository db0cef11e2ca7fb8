"""Geodesics in the Poincare ball, of radius 1 / sqrt(c): hyperbolic space of curvature -c.

Tangent vectors are given in an orthonormal basis, so that their length is a distance:
exp(x, v) is at the distance |v| from x. In the ball's own coordinates v is smaller by
2 / (1 - c |x|^2).

Reference: Ganea, Becigneul and Hofmann (2018), Hyperbolic neural networks, arXiv
1805.09112.
"""

import math

import numpy as np
import tensorflow as tf

# Below it sinh(x) / x is taken from its series: the gradient of its logarithm is a difference of large numbers.
_SMALL = 0.1


def norm(x):
    """Returns |x| along the last axis, [..., 1], at least a number so small that its square is not 0."""
    least = np.sqrt(np.finfo(x.dtype.as_numpy_dtype).tiny)
    return tf.maximum(tf.sqrt(tf.maximum(tf.reduce_sum(x**2, axis=-1, keepdims=True), least**2)), least)


def log_sinhc(x):
    """Returns log(sinh(x) / x) for x >= 0."""
    small = x < _SMALL
    safe = tf.where(small, tf.ones_like(x), x)
    # x + log((1 - e^-2x) / 2) is log sinh x, and doesn't overflow.
    whole = safe + tf.math.log(-tf.math.expm1(-2 * safe)) - math.log(2.0) - tf.math.log(safe)
    return tf.where(small, x**2 / 6 - x**4 / 180, whole)


def _largest(dtype):
    # Its distance from 0 is 12 in float32, 25 in float64.
    return 1 - (1e-5 if dtype == tf.float32 else 1e-11)


def _inside(x):
    """Returns x of the unit ball, or the point below it where rounding has put it onto the edge or beyond."""
    return x * tf.minimum(_largest(x.dtype) / norm(x), 1.0)


def _add(x, y):
    """Returns the Moebius sum of points in the unit ball: y, moved by the isometry that takes 0 to x.

    ((1 + 2 <x, y> + |y|^2) x + (1 - |x|^2) y) / (1 + 2 <x, y> + |x|^2 |y|^2), in which no large numbers cancel.
    """
    both = x + y
    squares, x2, y2 = (tf.reduce_sum(each**2, axis=-1, keepdims=True) for each in (both, x, y))
    return (squares * x + (1 - x2) * both) / (squares + (1 - x2) * (1 - y2))


def exp(x, v, c):
    """Returns the end of the geodesic that leaves x towards v, at the distance |v|."""
    root = math.sqrt(c)
    length = norm(v)
    return _inside(_add(root * x, tf.tanh(root * length / 2) * v / length)) / root


def log(x, y, c):
    """Returns v with exp(x, v) = y."""
    root = math.sqrt(c)
    towards = _add(-root * x, root * y)
    length = norm(towards)
    distance = 2 * tf.atanh(tf.minimum(length, _largest(x.dtype))) / root
    return distance * towards / length
