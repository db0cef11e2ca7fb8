"""The uniform prior on spheres."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import manifolds, random
from tfvae.component import register
from tfvae.priors.prior import Prior

tfd = tfp.distributions


class _SphericalUniform(tfd.SphericalUniform):
    """TFP's, with noise from `tfvae.random`, as a file without random numbers needs.

    Draws have no centre to be nearer to; `HypersphericalUniform` refuses temperatures but 1.
    """

    def _sample_n(self, n, seed=None):
        noise = random.normal([n, *self.batch_shape, self.dimension], seed, self.dtype)
        return tf.math.l2_normalize(noise, axis=-1)

    def between(self, start, end, t):
        del start, t
        return end


@register
class HypersphericalUniform(Prior):
    """p(z) is uniform on a sphere, or on a product of spheres.

    log p(z) = log Gamma(D/2) - log 2 - D/2 log pi,  |z| = 1, of each vector along the last axis

    The density is with respect to the sphere's own area. On circles, such as
    `HypersphericalUniform((16, 2))`, it is uniform on a torus. A uniform law has no
    centre, so samples at another `temperature` than 1 are refused.

    Reference: Davidson, Falorsi, De Cao, Kipf and Tomczak (2018), Hyperspherical
    variational auto-encoders, arXiv 1804.00891.

    Args:
        event_shape: Shape of one z; the last axis is that of a vector in R^D, which lies on S^(D-1).

    Raises:
        ValueError: Vectors of one number.

    >>> HypersphericalUniform((3,)).distribution().event_shape
    TensorShape([3])
    """

    has_centre = False

    def __init__(self, event_shape, **kwargs):
        super().__init__(event_shape, **kwargs)
        self._measure = manifolds.spheres(self.event_shape)

    def measure(self, posterior):
        """Returns the sphere's own area."""
        del posterior
        return self._measure

    def distribution(self, condition=None, encode=None):
        """Returns the uniform law of each vector, whatever the condition."""
        del condition, encode
        *positions, size = self.event_shape
        law = _SphericalUniform(size, batch_shape=positions, dtype=self.float_dtype)
        return tfd.Independent(law, reinterpreted_batch_ndims=len(positions)) if positions else law
