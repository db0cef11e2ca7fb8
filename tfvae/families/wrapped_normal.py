"""The wrapped Gaussian family on hyperbolic space."""

import math
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, manifolds, random
from tfvae.component import register
from tfvae.families import poincare, positive
from tfvae.families.family import Family

tfd = tfp.distributions


class _WrappedNormal(tfd.Distribution):
    """The law of exp_loc(v), v ~ N(0, scale^2), in the ball of radius 1 / sqrt(c).

    Args:
        loc: [..., D], in the ball.
        scale: Broadcastable to `loc`.
        c: > 0, minus the curvature.
    """

    def __init__(self, loc, scale, c):
        self.loc, self.scale, self._c = loc, scale + tf.zeros_like(loc), c
        super().__init__(
            dtype=loc.dtype,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="WrappedNormal",
        )

    def _batch_shape(self):
        return self.loc.shape[:-1]

    def _batch_shape_tensor(self):
        return tf.shape(self.loc)[:-1]

    def _event_shape(self):
        return self.loc.shape[-1:]

    def _event_shape_tensor(self):
        return tf.shape(self.loc)[-1:]

    def _draw(self, n, seed):
        noise = random.normal(tf.concat([[n], tf.shape(self.loc)], 0), seed, self.dtype)
        return poincare.exp(self.loc, self.scale * noise, self._c), noise

    def _sample_n(self, n, seed=None):
        return self._draw(n, seed)[0]

    def _sample_and_log_prob(self, sample_shape, seed):
        count = tf.reduce_prod(tf.convert_to_tensor(sample_shape, tf.int32))
        # Of the noise itself: in float32 z near the edge of the ball has few digits left of it.
        z, noise = self._draw(count, seed)
        log_prob = self._log_density(noise)
        shape = tf.concat([tf.reshape(sample_shape, [-1]), tf.shape(z)[1:]], 0)
        return tf.reshape(z, shape), tf.reshape(log_prob, shape[:-1])

    def _log_prob(self, z):
        return self._log_density(poincare.log(self.loc, z, self._c) / self.scale)

    def _log_density(self, noise):
        gaussian = -tf.reduce_sum(noise**2 / 2 + tf.math.log(self.scale) + math.log(2 * math.pi) / 2, axis=-1)
        size = self.loc.shape[-1]
        return gaussian - (size - 1) * poincare.log_sinhc(
            math.sqrt(self._c) * poincare.norm(self.scale * noise)[..., 0]
        )

    def _mean(self):
        """The point that draws are symmetric about; there is no expectation of points on a manifold."""
        return tf.identity(self.loc)

    def between(self, start, end, t):
        """Returns the point at `t` times the way from `start` to `end` along the geodesic."""
        return poincare.exp(start, t * poincare.log(start, end, self._c), self._c)


@register
class WrappedNormal(Family):
    """Gaussians in the tangent spaces of hyperbolic space, wrapped onto it; points are those of the Poincare ball.

    z = exp_loc(v),  v ~ N(0, diag(scale^2)),  |z| < 1 / sqrt(c),  c = -curvature
    log p(z) = log N(v; 0, diag(scale^2)) - (D - 1) log(sinh(sqrt(c) |v|) / (sqrt(c) |v|))

    |v| is the distance from loc to z. The density is with respect to hyperbolic
    space's own volume, which grows as exp((D - 1) sqrt(c) distance): room for trees. A
    prior of the same kind is `priors.Fixed(WrappedNormal((D,)), {"loc": 0.0, "scale":
    1.0})`; the KL has no closed form, use KL(monte_carlo=True). Several points are the
    axes before the last one.

    A curvature of -c and a prior's scale of s are, but for the unit of z, a curvature of
    -1 and a scale of sqrt(c) s; so `priors.Learned(WrappedNormal((D,)))` learns it.

    Points are kept at a distance of 12 / sqrt(c) and less from 0 in float32, 25 in
    float64: closer to the edge of the ball they have no digits left. `mean` is loc.

    Reference: Mathieu, Le Lan, Maddison, Tomioka and Teh (2019), Continuous
    hierarchical representations with Poincare variational auto-encoders, arXiv
    1901.06033; Nagano, Yamaguchi, Fujita and Koyama (2019), A wrapped normal
    distribution on hyperbolic space, arXiv 1902.02992.

    Args:
        event_shape: Shape of one event; the last axis is that of a point of D numbers.
        curvature: A number < 0.
        min_scale: Lower bound of the scales, a length in hyperbolic space.

    Raises:
        ValueError: A curvature that is not below 0, or `min_scale` is not positive.

    >>> import tensorflow as tf
    >>> posterior = WrappedNormal((2,))
    >>> bool(tf.reduce_all(tf.norm(posterior(tf.zeros([100, 8]), seed=1), axis=-1) < 1))
    True
    """

    curved = True

    def __init__(self, event_shape, curvature=-1.0, min_scale=1e-3, **kwargs):
        super().__init__(event_shape, **kwargs)
        expected = "a number < 0; on a sphere use families.PowerSpherical, in flat space families.Normal"
        arguments.number("curvature", curvature, expected, maximum=-math.ulp(0.0))
        self.curvature = curvature
        self.min_scale = arguments.number("min_scale", min_scale, "a number > 0", minimum=math.ulp(0.0))

    @property
    def measure(self):
        """Hyperbolic space's own volume."""
        return manifolds.hyperbolic(self.event_shape, self.curvature)

    def head_shapes(self):
        """Returns a tangent vector at 0, whose end is loc, and the scales."""
        return {"loc": self.event_shape, "scale": self.event_shape}

    def constrain(self, raw):
        """Returns points in the ball, and positive scales."""
        loc = poincare.exp(tf.zeros_like(raw["loc"]), raw["loc"], -self.curvature)
        return {"loc": loc, "scale": positive.positive(raw["scale"], self.min_scale)}

    def build_distribution(self, loc, scale) -> Any:
        """Returns the law of each point, independent of the others."""
        law = _WrappedNormal(loc, scale, -self.curvature)
        positions = len(self.event_shape) - 1
        return tfd.Independent(law, reinterpreted_batch_ndims=positions) if positions else law

    def in_support(self, x):
        """Returns [B] bool, whether each point of an example is in the ball."""
        inside = tf.norm(x, axis=-1) * np.sqrt(-self.curvature) < 1
        return tf.reduce_all(inside, axis=list(range(1, len(self.event_shape)))) if inside.shape.rank > 1 else inside
