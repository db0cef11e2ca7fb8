"""A prior of directions that are all alike, and lengths that are learned."""

import math

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.hierarchy.shaped import Shaped
from tfvae.priors.prior import Prior


@register
class Hypersphere(Prior):
    """z has any direction, each as likely as the others, and a length that is log-normal.

    log p(z) = log LogNormal(|z|; loc, scale) - (D - 1) log |z| - log(2 pi^(D/2) / Gamma(D/2))

    The last two are the area of the sphere of that radius. Fitted to codes (`latent.fit_prior`), loc and scale are the
    mean and standard deviation of log |z| over the data, which is the maximum of the likelihood; where all codes have
    one length, the draws are uniform on that sphere. So it samples where a Gaussian prior of many dimensions puts its
    mass, a shell, but at the radius of the codes.

    A temperature multiplies the spread of the lengths: at 0 all draws have the median one, in any direction.

    Reference: the uniform law on the sphere is the prior of Davidson, Falorsi, De Cao, Kipf and Tomczak (2018),
    Hyperspherical variational auto-encoders, arXiv 1804.00891; drawn as by Muller (1959), A note on a method for
    generating points uniformly on n-dimensional spheres.

    Args:
        event_shape: Shape of one z, of at least 2 numbers.
        min_scale: Lower bound of the scale of log |z|.

    Raises:
        ValueError: z is one number, or `min_scale` is not positive; when it is fitted, a z that is 0.

    >>> prior = Hypersphere((3,))
    >>> prior.fit_to(np.array([[0.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, -2.0]]), seed=0)
    >>> tf.norm(prior.sample(4, seed=[0, 1], temperature=0.0), axis=-1).numpy().round(4).tolist()
    [2.0, 2.0, 2.0, 2.0]
    """

    def __init__(self, event_shape, min_scale=1e-3, **kwargs):
        super().__init__(event_shape, **kwargs)
        self._size = math.prod(self.event_shape)
        if self._size < 2:
            raise arguments.invalid("event_shape", "at least 2 numbers, as one has no direction", event_shape)
        self.min_scale = arguments.number("min_scale", min_scale, "a number > 0", minimum=math.ulp(0.0))
        kept = {"shape": (), "autocast": False, "dtype": self.float_dtype}
        # About those of a standard normal z: E|z|^2 = D, Var|z| about 1/2.
        start = keras.initializers.Constant(math.log(self._size) / 2)
        self.loc = self.add_weight(initializer=start, name="loc", **kept)
        spread = keras.initializers.Constant(_raw(1 / math.sqrt(2 * self._size)))
        self.raw_scale = self.add_weight(initializer=spread, name="raw_scale", **kept)

    def _log_length(self):
        scale = self.min_scale + tf.math.softplus(tf.convert_to_tensor(self.raw_scale))
        return random.Normal(tf.convert_to_tensor(self.loc), scale)

    def distribution(self, condition=None, encode=None):
        """Returns p(z), whatever the condition."""
        del condition, encode
        return _Spherical(self)

    def log_prob(self, z):
        """Returns log p(z) in nats, [...] for z [..., *event_shape]."""
        axes = list(range(-len(self.event_shape), 0))
        # At 0 itself finite, as its gradient is.
        log_length = tf.math.log(tf.maximum(tf.reduce_sum(z**2, axis=axes), np.finfo("float32").tiny)) / 2
        area = math.log(2) + self._size / 2 * math.log(math.pi) - math.lgamma(self._size / 2)
        return self._log_length().log_prob(log_length) - self._size * log_length - area

    def fit_to(self, z, seed):
        """Sets loc and scale to the mean and standard deviation of log |z|.

        Args:
            z: float64 [N, *event_shape].
            seed: Not needed.

        Raises:
            ValueError: A z is 0, and has no direction.
        """
        del seed
        length = np.linalg.norm(z.reshape(len(z), -1), axis=1)
        if not length.all():
            raise ValueError(
                f"{np.count_nonzero(length == 0)} of {len(z)} examples have a z of 0, which has no direction. Use "
                "another prior, such as priors.GaussianMixture."
            )
        self.loc.assign(np.mean(np.log(length)))
        self.raw_scale.assign(_raw(max(np.std(np.log(length)) - self.min_scale, np.finfo("float32").tiny)))

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws `count` latents, the spread of the log of their lengths multiplied by the temperature."""
        del condition, encode
        law, axes = self._log_length(), list(range(1, len(self.event_shape) + 1))
        towards = random.normal([count, *self.event_shape], random.fold(seed, 0), self.float_dtype)
        moved = tf.cast(temperature, self.float_dtype) * (law.sample(count, seed=random.fold(seed, 1)) - law.loc)
        length = tf.reshape(tf.exp(law.loc + moved), [-1] + [1] * len(self.event_shape))
        return length * towards / tf.sqrt(tf.reduce_sum(towards**2, axis=axes, keepdims=True))


def _raw(scale):
    """Returns softplus's inverse."""
    return scale + math.log(-math.expm1(-scale))


class _Spherical(Shaped):
    """p(z) of a `Hypersphere`."""

    def __init__(self, prior):
        super().__init__(prior.event_shape, prior.float_dtype, smooth=True, prior=prior)
        self._prior = prior

    def _sample_n(self, n, seed=None):
        return self._prior.sample(n, tfp.random.sanitize_seed(seed))

    def _mean(self):
        return tf.zeros(self._prior.event_shape, self.dtype)

    def _log_prob(self, z):
        return self._prior.log_prob(z)
