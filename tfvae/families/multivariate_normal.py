"""The full-covariance Gaussian family, for dimensions that depend on each other."""

import math

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.families import positive
from tfvae.families.family import Family

tfd = tfp.distributions


class _MultivariateNormal(tfd.MultivariateNormalTriL):
    """TFP's, with noise from `tfvae.random`; it keeps the noise of a draw, so that its density needs no L^-1."""

    def _draw(self, n, seed):
        shape = tf.concat([[n], self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        noise = random.normal(shape, seed, self.dtype)
        return self.loc + self.scale.matvec(noise), noise

    def _sample_n(self, n, seed=None, **kwargs):
        return self._draw(n, seed)[0]

    def _sample_and_log_prob(self, sample_shape, seed, **kwargs):
        count = tf.reduce_prod(tf.convert_to_tensor(sample_shape, tf.int32))
        z, noise = self._draw(count, seed)
        squares = tf.reduce_sum(noise**2 + math.log(2 * math.pi), axis=-1)
        log_prob = -0.5 * squares - self.scale.log_abs_determinant()
        shape = tf.concat([tf.reshape(sample_shape, [-1]), tf.shape(z)[1:]], 0)
        return tf.reshape(z, shape), tf.reshape(log_prob, shape[:-1])


@register
class MultivariateNormal(Family):
    """A Gaussian with a full covariance matrix.

    log p(x) = -1/2 (|L^-1 (x - loc)|^2 + 2 sum_i log L_ii + D log 2 pi)
    L = diag(scale) (I + T),  T strictly lower triangular

    The covariance is L L^T. T = 0 gives a factorised posterior; where latents are
    correlated given x, its bound stays below log p(x) by what it can't express. The KL
    to independent Gaussians, such as a standard prior, has a closed form, which this
    module registers.

    Args:
        event_shape: Shape of one event, a vector (D,): the covariance has D^2 numbers.
        min_scale: Lower bound of `scale`, in the event's units.

    Raises:
        ValueError: The events are not vectors, or `min_scale` is not positive.

    >>> import tensorflow as tf
    >>> MultivariateNormal((3,)).distribution(tf.zeros([5, 8])).covariance().shape
    TensorShape([5, 3, 3])
    """

    def __init__(self, event_shape, min_scale=1e-3, **kwargs):
        super().__init__(event_shape, **kwargs)
        if len(self.event_shape) != 1:
            raise ValueError(
                "Invalid value for argument `event_shape`. Expected a vector, such as (16,), since the covariance is "
                f"between all dimensions. Received: event_shape={event_shape!r}"
            )
        if not 0.0 < min_scale < float("inf"):
            raise ValueError(
                f"Invalid value for argument `min_scale`. Expected a number > 0. Received: min_scale={min_scale!r}"
            )
        self.min_scale = min_scale

    def head_shapes(self):
        """Returns loc, scale and the triangle's entries, of which a single dimension has none."""
        (size,) = self.event_shape
        shapes = {"loc": self.event_shape, "scale": self.event_shape}
        return shapes | ({"triangle": (size * (size - 1) // 2,)} if size > 1 else {})

    def constrain(self, raw):
        """Returns loc and the lower triangular L, whose diagonal is positive and bounded from below."""
        scale = positive.positive(raw["scale"], self.min_scale)
        if "triangle" not in raw:
            return {"loc": raw["loc"], "scale_tril": scale[..., None]}
        below = tfp.math.fill_triangular(raw["triangle"])
        below = tf.pad(below, [[0, 0]] * (below.shape.rank - 2) + [[1, 0], [0, 1]])
        identity = tf.eye(self.event_shape[0], dtype=scale.dtype)
        return {"loc": raw["loc"], "scale_tril": scale[..., None] * (identity + below)}

    def build_distribution(self, loc, scale_tril):
        """Returns the Gaussian."""
        return _MultivariateNormal(loc, scale_tril)


@tfd.RegisterKL(tfd.MultivariateNormalTriL, tfd.Independent)
def _kl_to_independent_normals(q, p, name=None):
    """Returns 1/2 (|diag(s)^-1 L|^2 + |(loc_q - loc_p) / s|^2 - D) - sum_i log(L_ii / s_i), s the scale of p."""
    normal = p.distribution
    if not isinstance(normal, tfd.Normal) or p.event_shape.rank != 1 or normal.event_shape.rank != 0:
        raise NotImplementedError(f"No KL of a MultivariateNormalTriL from independent {type(normal).__name__} laws.")
    with tf.name_scope(name or "kl_multivariate_normal_independent"):
        scale_tril = q.scale.to_dense()
        ratio = scale_tril / normal.scale[..., None]
        distance = (q.loc - normal.loc) / normal.scale
        log_det = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(ratio)), axis=-1)
        squares = tf.reduce_sum(ratio**2, axis=[-2, -1]) + tf.reduce_sum(distance**2, axis=-1)
        return 0.5 * (squares - tf.cast(tf.shape(distance)[-1], ratio.dtype)) - log_det
