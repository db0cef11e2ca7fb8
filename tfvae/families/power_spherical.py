"""The power spherical family, for unit vectors."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families.spherical import OnSphere, Spherical, chord

tfd = tfp.distributions


class _PowerSpherical(OnSphere, tfd.PowerSpherical):
    """TFP's, with its normaliser and its entropy in float64, whose terms cancel where it is concentrated."""

    def _wide(self):
        return tfd.PowerSpherical(
            *(tf.cast(each, tf.float64) for each in (self.mean_direction, self.concentration)), name=self.name
        )

    def profile(self, concentration, size):
        # cos^2(angle / 2) is a beta variable: with phi = angle / 2 the density is cos^a(phi) sin^b(phi), whose
        # logarithm is bent by (sqrt a + sqrt b)^2 or more.
        a, b = 2 * concentration + size - 2, size - 2

        def log_density(angle):
            found = a[..., None] * tf.math.log(tf.cos(angle / 2) ** 2) / 2
            return found + b * tf.math.log(tf.sin(angle / 2)) if b else found

        return log_density, 2 * tf.atan(tf.sqrt(b / a)), 2 / tf.sqrt(a + b)

    def _log_unnormalized_prob(self, samples, concentration=None):
        concentration = tf.convert_to_tensor(self.concentration) if concentration is None else concentration
        half = tf.minimum(chord(samples, self.mean_direction) / 2, 1.0)
        return tf.math.xlog1py(concentration, -half) + concentration * tf.math.log(tf.constant(2.0, self.dtype))

    def _log_normalization(self, concentration=None, mean_direction=None):
        return tf.cast(self._wide()._log_normalization(), self.dtype)

    def _entropy(self, concentration=None, mean_direction=None):
        return tf.cast(self._wide().entropy(), self.dtype)


@register
class PowerSpherical(Spherical):
    """Unit vectors whose density is a power of their nearness to a mean direction.

    log p(x) = k log(1 + <m, x>) - log C,  |x| = |m| = 1
    log C = (a + b) log 2 + b log pi + log Gamma(a) - log Gamma(a + b),  a = b + k,  b = (D - 1) / 2

    The density is with respect to the sphere's own area, and uniform at k = 0. It
    looks like a von Mises-Fisher law, and is cheaper: its normaliser is of gamma
    functions. The KL from `priors.HypersphericalUniform` has a closed form. Several
    vectors, as on a torus, are the axes before the last one.

    `mean` is m, the direction of the expectation k / (D - 1 + k) m.

    Reference: De Cao and Aziz (2020), The power spherical distribution, arXiv 2006.04437.

    Args:
        event_shape: Shape of one event; the last axis is that of a vector in R^D, which lies on S^(D-1).
        max_concentration: Bound of k.

    Raises:
        ValueError: Vectors of one number, or a bound that is not a number > 0.

    >>> import tensorflow as tf
    >>> posterior = PowerSpherical((3,))
    >>> tf.norm(posterior(tf.zeros([2, 8]), seed=1), axis=-1).numpy().round(5).tolist()
    [1.0, 1.0]
    """

    def law(self, mean_direction, concentration):
        """Returns the law of one vector."""
        made: Any = _PowerSpherical
        return made(mean_direction, concentration)
