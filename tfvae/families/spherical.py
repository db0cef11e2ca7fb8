"""What families of unit vectors have in common: a direction, a concentration, and draws that both move smoothly."""

import abc
import math
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, manifolds, random
from tfvae.families import positive
from tfvae.families.family import Family

tfd = tfp.distributions

# How far from the mode the angle is looked for, in standard deviations; the cells of a table of that, and the nodes of
# a quadrature.
_REACH, _CELLS, _NODES = 9.0, 128, 48
# |x| may be this far from 1.
_ROUNDING = 1e-3


def _angle(noise, log_density, mode, width):
    """Returns the angle whose distribution function is `noise`, differentiable in the parameters of the density.

    A table, and two steps of Newton's method for F(angle) = noise. In the last one F has a gradient and nothing else,
    so that that of the angle is the implicit one, -(dF / d parameters) / density.

    Reference: Figurnov, Mohamed and Mnih (2018), Implicit reparameterization gradients, arXiv 1805.08498.

    Args:
        noise: [N, *batch] in [0, 1).
        log_density: Angles [..., *batch, n] -> the logarithm of a density, up to a constant.
        mode: [*batch], where it is greatest.
        width: [*batch], how far from there it matters.
    """
    least = tf.constant(np.finfo(noise.dtype.as_numpy_dtype).tiny, noise.dtype)
    low = tf.stop_gradient(tf.maximum(mode - width, 0.0))
    high = tf.stop_gradient(tf.minimum(mode + width, math.pi))
    greatest = tf.stop_gradient(log_density(mode[..., None]))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    nodes, weights = (tf.constant(each / 2, noise.dtype) for each in (nodes + 1, weights))

    def density(angles):
        return tf.exp(log_density(angles) - greatest)

    def mass(start, stop):
        angles = start[..., None] + (stop - start)[..., None] * nodes
        return (stop - start) * tf.reduce_sum(weights * density(angles), axis=-1)

    # Linear in each cell: the sum over cells of how much of each lies below.
    middles = (tf.range(_CELLS, dtype=noise.dtype) + 0.5) / _CELLS
    cells = density(low[..., None] + (high - low)[..., None] * middles)
    cells = tf.stop_gradient(cells / tf.reduce_sum(cells, axis=-1, keepdims=True))
    passed = (noise[..., None] - tf.cumsum(cells, axis=-1, exclusive=True)) / tf.maximum(cells, least)
    angle = low + (high - low) * tf.reduce_sum(tf.clip_by_value(passed, 0.0, 1.0), axis=-1) / _CELLS

    # From the nearer end, as the last digits of a probability near 1 are lost.
    below, total = noise < 0.5, mass(low, high)
    end, wanted = tf.where(below, low, high), tf.where(below, noise, noise - 1)
    for _ in range(2):
        angle = tf.stop_gradient(tf.clip_by_value(angle, low, high))
        slope = tf.stop_gradient(tf.maximum(density(angle[..., None])[..., 0] / total, least))
        angle -= (mass(end, angle) / total - wanted) / slope
    return angle


class OnSphere:
    """Mixin for a law of `tfd` with `mean_direction` and `concentration`: draws by `tfvae.random`, on geodesics.

    A draw is cos(angle) mean_direction + sin(angle) v, with v uniform among the unit vectors orthogonal to
    mean_direction. As that turns, v is carried along, so the gradient has no noise beside the draw's own; a reflection
    from a fixed pole, which TFP's laws have, leaps where the two meet. Subclasses give `profile`.
    """

    mean_direction: Any
    concentration: Any
    dtype: Any
    batch_shape_tensor: Any
    #: Draws are smooth in both parameters, whatever the law that this is mixed into says of its own.
    reparameterization_type = tfd.FULLY_REPARAMETERIZED

    def profile(self, concentration, size) -> Any:
        """Returns (log density of the angle, mode, scale of it) for unit vectors of `size` numbers, size >= 2."""
        raise NotImplementedError

    def _sample_n(self, n, seed=None):
        mean = tf.convert_to_tensor(self.mean_direction)
        shape = tf.concat([[n], self.batch_shape_tensor()], 0)
        size: Any = mean.shape[-1]
        first, second = tf.unstack(tfp.random.split_seed(seed, n=2))
        log_density, mode, scale = self.profile(tf.convert_to_tensor(self.concentration), size)
        angle = _angle(random.uniform(shape, first, self.dtype), log_density, mode, _REACH * scale)
        aside = random.normal(tf.concat([shape, [size]], 0), second, self.dtype)
        aside = tf.stop_gradient(tf.math.l2_normalize(_orthogonal(aside, mean), axis=-1))
        aside = tf.math.l2_normalize(_orthogonal(aside, mean), axis=-1)
        return tf.math.l2_normalize(tf.cos(angle)[..., None] * mean + tf.sin(angle)[..., None] * aside, axis=-1)

    def _mean(self):
        """The direction of the expectation, which lies within the sphere itself; decoders are given points on it."""
        mean = tf.convert_to_tensor(self.mean_direction)
        return tf.broadcast_to(mean, tf.concat([self.batch_shape_tensor(), tf.shape(mean)[-1:]], axis=0))

    def _covariance(self):
        raise NotImplementedError("covariance about a mean that is a point of the sphere")

    def between(self, start, end, t):
        """Returns the point at `t` times the way from `start` to `end` along the great circle."""
        angle = 2 * tf.asin(tf.minimum(tf.norm(end - start, axis=-1, keepdims=True) / 2, 1.0))
        aside = tf.math.l2_normalize(_orthogonal(end, start), axis=-1)
        return tf.math.l2_normalize(tf.cos(t * angle) * start + tf.sin(t * angle) * aside, axis=-1)


def _orthogonal(x, direction):
    """Returns the part of x [..., D] that is orthogonal to a unit vector."""
    return x - tf.reduce_sum(x * direction, axis=-1, keepdims=True) * direction


def chord(x, mean_direction):
    """Returns 1 - <x, mean_direction> = |x - mean_direction|^2 / 2, whose digits last near the mode."""
    return tf.reduce_sum((x - mean_direction) ** 2, axis=-1) / 2


def on_sphere(x, axes):
    """Returns [B] bool, whether each vector along the last axis of x, [B, *event] with `axes` axes, has length 1."""
    near = tf.abs(tf.norm(x, axis=-1) - 1) < _ROUNDING
    return tf.reduce_all(near, axis=list(range(1, axes))) if axes > 1 else near


class Spherical(Family, abc.ABC):
    """Unit vectors about a mean direction, one for each position before the last axis.

    mean_direction = (raw + e_1) / |raw + e_1|,  concentration = D / scale^2
    scale = sqrt(D / max_concentration) + softplus(raw + log(e - 1))

    scale is the spread along each of the directions on a sphere of radius sqrt(D), where vectors that are uniform have
    a spread of 1; it is 1 where the head gives 0.

    A subclass gives `law`.

    Args:
        event_shape: Shape of one event; the last axis is that of a vector in R^D, which lies on S^(D-1).
        max_concentration: Bound of the concentration. Beyond 10^5 float32 has no digits left for the density.

    Raises:
        ValueError: Vectors of one number, or a bound that is not a number > 0.
    """

    curved = True

    def __init__(self, event_shape, max_concentration=1e4, **kwargs):
        super().__init__(event_shape, **kwargs)
        self._measure = manifolds.spheres(self.event_shape)
        expected = "a number > 0"
        arguments.number("max_concentration", max_concentration, expected, minimum=math.ulp(0.0))
        self.max_concentration = max_concentration

    @abc.abstractmethod
    def law(self, mean_direction, concentration) -> Any:
        """Returns the `tfd.Distribution` of one vector."""

    @property
    def measure(self):
        """The sphere's own area."""
        return self._measure

    def head_shapes(self):
        """Returns the mean direction before it has length 1, and a scale for each vector."""
        return {"mean_direction": self.event_shape, "concentration": (*self.event_shape[:-1], 1)}

    def constrain(self, raw):
        """Returns unit vectors, and concentrations [..., 1] in (0, max_concentration)."""
        size = self.event_shape[-1]
        first = tf.one_hot(0, size, dtype=self.float_dtype)
        scale = positive.positive(raw["concentration"], math.sqrt(size / self.max_concentration))
        return {
            "mean_direction": tf.math.l2_normalize(raw["mean_direction"] + first, axis=-1),
            "concentration": size / scale**2,
        }

    def build_distribution(self, mean_direction, concentration) -> Any:
        """Returns the law of each vector, independent of the others."""
        law = self.law(mean_direction, concentration[..., 0])
        positions = len(self.event_shape) - 1
        return tfd.Independent(law, reinterpreted_batch_ndims=positions) if positions else law

    def in_support(self, x):
        """Returns [B] bool, whether each vector of an example has length 1, up to rounding."""
        return on_sphere(x, len(self.event_shape))
