"""Binary latents with a gradient."""

import math

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.families.family import Family
from tfvae.families.relaxed_categorical import check_temperature

tfd = tfp.distributions


def _soft_sample(logits, temperature, n, seed):
    """Draws sigmoid((logits + e) / temperature), e logistic noise, [n, ...]."""
    limits = np.finfo(logits.dtype.as_numpy_dtype)
    uniform = random.uniform(tf.concat([[n], tf.shape(logits)], 0), seed, logits.dtype)
    uniform = tf.maximum(uniform, limits.tiny)
    noise = tf.math.log(uniform) - tf.math.log1p(-uniform)
    # Never 0 or 1, where a rounded draw would have no log-density.
    return tf.clip_by_value(tf.sigmoid((logits + noise) / temperature), limits.tiny, 1 - limits.epsneg)


class _RelaxedBit(tfd.Distribution):
    """The binary Concrete distribution on (0, 1). TFP's has no mean, and can draw exactly 1, which has no density."""

    def __init__(self, temperature, logits):
        self._temperature, self._logits = temperature, logits
        super().__init__(
            dtype=logits.dtype,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="RelaxedBit",
        )

    def _batch_shape(self):
        return self._logits.shape

    def _batch_shape_tensor(self):
        return tf.shape(self._logits)

    def _event_shape(self):
        return tf.TensorShape([])

    def _event_shape_tensor(self):
        return tf.constant([], tf.int32)

    def _sample_n(self, n, seed=None):
        return _soft_sample(self._logits, self._temperature, n, seed)

    def _log_prob(self, z):
        log_z, log_rest = tf.math.log(z), tf.math.log1p(-z)
        # The log-odds of z times the temperature, minus the logits, follow a logistic distribution.
        standard = self._temperature * (log_z - log_rest) - self._logits
        logistic = -standard - 2 * tf.math.softplus(-standard)
        return math.log(self._temperature) + logistic - log_z - log_rest

    def _mean(self):
        return tf.sigmoid(self._logits)


class _StraightThroughBit(tfd.Bernoulli):
    """A Bernoulli distribution whose draws carry the gradient of relaxed ones."""

    def __init__(self, temperature, logits):
        super().__init__(logits=logits, dtype=logits.dtype)
        self._parameters = {"temperature": temperature, "logits": logits}
        self._temperature = temperature
        self._reparameterization_type = tfd.FULLY_REPARAMETERIZED

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        del dtype, num_classes
        return {
            "temperature": tfp.util.ParameterProperties(event_ndims=None, is_tensor=False),
            "logits": tfp.util.ParameterProperties(event_ndims=0),
        }

    def _sample_n(self, n, seed=None):
        soft = _soft_sample(self.logits, self._temperature, n, seed)
        hard = tf.cast(soft > 0.5, soft.dtype)
        return hard + (soft - tf.stop_gradient(soft))


@register
class RelaxedBernoulli(Family):
    """Bits relaxed to numbers in (0, 1), one per dimension of the event.

    z = sigmoid((logits + log u - log(1 - u)) / T),  u ~ U(0, 1)
    log p(z) = log T - s - 2 log(1 + exp(-s)) - log z - log(1 - z),  s = T log(z / (1 - z)) - logits

    As the temperature T -> 0, a draw becomes a bit that is 1 with probability
    sigmoid(logits). `mean` is that probability, which is the mean of the relaxed
    distribution only in that limit. With `straight_through` draws are bits; see
    `RelaxedCategorical`.

    Reference: Maddison, Mnih and Teh (2017), The concrete distribution, arXiv
    1611.00712, equation 24; Jang, Gu and Poole (2017), arXiv 1611.01144.

    Args:
        event_shape: Shape of one event.
        temperature: T > 0; draws near 1 are rounded in float32, and more of them the
            lower the temperature.
        straight_through: Whether draws are bits.

    Raises:
        ValueError: The temperature is not positive.

    >>> import tensorflow as tf
    >>> z = RelaxedBernoulli((4,), straight_through=True)(tf.zeros([5, 8]), seed=1)
    >>> sorted(set(z.numpy().ravel().tolist()))
    [0.0, 1.0]
    """

    def __init__(self, event_shape, temperature=0.5, straight_through=False, **kwargs):
        super().__init__(event_shape, **kwargs)
        check_temperature(temperature)
        self.temperature, self.straight_through = temperature, straight_through
        self.discrete = straight_through
        self.path_gradient = not straight_through

    def head_shapes(self):
        """Returns one logit per dimension."""
        return {"logits": self.event_shape}

    def constrain(self, raw):
        """Returns the logits as they are."""
        return raw

    def build_distribution(self, logits):
        """Returns Independent relaxed or straight-through Bernoullis."""
        law = _StraightThroughBit if self.straight_through else _RelaxedBit
        return tfd.Independent(law(self.temperature, logits), reinterpreted_batch_ndims=len(self.event_shape))
