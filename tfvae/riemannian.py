"""Metrics of a latent space: how long a small step is, which depends on where it is taken."""

import functools

import tensorflow as tf


class Flat:
    """The metric of a space in which a step is as long everywhere, G = I.

    A metric is asked at a place: `at(z)` has the law of a momentum there, N(0, G(z)), and the way of one.
    """

    iterations = 1  # what moves on it is known without any, and found by the first

    def at(self, z):
        """Returns the metric at z, [K, B, *event_shape]."""
        return _Level(list(range(2, z.shape.rank)))


class _Level:
    def __init__(self, axes):
        self._axes = axes

    def momentum(self, noise):
        return noise

    def velocity(self, momentum):
        return momentum

    def kinetic(self, momentum):
        return tf.reduce_sum(momentum**2, axis=self._axes) / 2

    def slope(self, momentum):
        return tf.zeros_like(momentum)


def near(z, locations, temperature):
    """Returns exp(-|z - c_i|^2 / T^2), [..., N] for z [..., D] and c [N, D]."""
    # Differences first: rounding of |z|^2 - 2 z c + |c|^2 would move where z has gone by.
    apart = tf.reduce_sum((z[..., None, :] - locations) ** 2, axis=-1)
    return tf.exp(-apart / temperature**2)


class Centroids:
    """A metric in which a step is short near some points.

    G(z)^-1 = sum_i M_i exp(-|z - c_i|^2 / T^2) + lambda I

    Args:
        locations: c_i, [N, D].
        squares: M_i, [N, D, D], symmetric and positive semidefinite.
        temperature: T, in units of z.
        regularization: lambda, in units of z^2.
        iterations: Fixed-point iterations for a step whose equation is implicit.

    >>> metric = Centroids(tf.zeros([1, 2]), tf.eye(2)[None], temperature=1.0, regularization=0.5)
    >>> metric.inverse(tf.zeros([1, 2])).numpy().tolist()
    [[[1.5, 0.0], [0.0, 1.5]]]
    """

    def __init__(self, locations, squares, temperature, regularization, iterations=3):
        self.locations, self.squares = locations, squares
        self.temperature, self.regularization = temperature, regularization
        self.iterations = iterations
        self._size = locations.shape[-1]

    def near(self, z):
        """Returns exp(-|z - c_i|^2 / T^2), [..., N] for z [..., D]."""
        return near(z, self.locations, self.temperature)

    def inverse(self, z):
        """Returns G(z)^-1, [..., D, D] for z [..., D]."""
        flat = tf.reshape(self.squares, [-1, self._size**2])
        found = tf.reshape(self._times(self.near(z), flat), tf.concat([tf.shape(z), [self._size]], 0))
        return found + self.regularization * tf.eye(self._size, dtype=z.dtype)

    def gradient(self, z, weights):
        """Returns the gradient in z of sum_jk weights_jk (G(z)^-1)_jk, weights held, [..., D] for [..., D, D].

        It is -2 / T^2 sum_i exp(-|z - c_i|^2 / T^2) <weights, M_i> (z - c_i).
        """
        flat = tf.reshape(weights, tf.concat([tf.shape(z)[:-1], [self._size**2]], 0))
        inner = self._times(flat, tf.transpose(tf.reshape(self.squares, [-1, self._size**2])))
        pull = self.near(z) * inner
        moved = tf.reduce_sum(pull, axis=-1, keepdims=True) * z - self._times(pull, self.locations)
        return -2 / self.temperature**2 * moved

    def at(self, z):
        """Returns the metric at z, [K, B, D]."""
        return _Place(self, z)

    def _times(self, values, matrix):
        """Returns values @ matrix, [..., N] and [N, M] -> [..., M], as one product."""
        flat = tf.matmul(tf.reshape(values, [-1, tf.shape(matrix)[0]]), matrix)
        return tf.reshape(flat, tf.concat([tf.shape(values)[:-1], [tf.shape(matrix)[1]]], 0))


class _Place:
    """A metric at one z: what several of its uses need is computed once, and only if one is made."""

    def __init__(self, metric, z):
        self._metric, self._z = metric, z

    @functools.cached_property
    def _inverse(self):
        return self._metric.inverse(self._z)

    @functools.cached_property
    def _root(self):
        """C, lower triangular, with C C^T = G^-1."""
        return tf.linalg.cholesky(self._inverse)

    @functools.cached_property
    def _matrix(self):
        """G."""
        size = self._z.shape[-1]
        unit = tf.broadcast_to(tf.eye(size, dtype=self._z.dtype), tf.shape(self._root))
        return tf.linalg.cholesky_solve(self._root, unit)

    def momentum(self, noise):
        """Returns a draw of N(0, G) made of one of N(0, I)."""
        return tf.linalg.triangular_solve(self._root, noise[..., None], adjoint=True)[..., 0]

    def velocity(self, momentum):
        """Returns G^-1 r."""
        return tf.linalg.matvec(self._inverse, momentum)

    def kinetic(self, momentum):
        """Returns r^T G^-1 r / 2 + log det G / 2, minus log N(r; 0, G) but for a constant."""
        moving = tf.reduce_sum(momentum * self.velocity(momentum), axis=-1) / 2
        return moving - tf.reduce_sum(tf.math.log(tf.linalg.diag_part(self._root)), axis=-1)

    def slope(self, momentum):
        """Returns the gradient of `kinetic` in z."""
        square = momentum[..., :, None] * momentum[..., None, :]
        return self._metric.gradient(self._z, square - self._matrix) / 2
