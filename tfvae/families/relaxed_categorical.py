"""Categorical latents with a gradient: the Gumbel-softmax."""

import math

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.families.family import Family
from tfvae.families.levels import log_softmax

tfd = tfp.distributions


def check_temperature(temperature):
    """Refuses a temperature that is not positive."""
    if isinstance(temperature, bool) or not 0.0 < temperature < math.inf:
        raise ValueError(
            "Invalid value for argument `temperature`. Expected a number > 0, such as 0.5. "
            f"Received: temperature={temperature!r}"
        )


def _soft_sample(logits, temperature, n, seed):
    """Draws softmax((logits + g) / temperature), g Gumbel noise, [n, ..., K]."""
    tiny = np.finfo(logits.dtype.as_numpy_dtype).tiny
    uniform = random.uniform(tf.concat([[n], tf.shape(logits)], 0), seed, logits.dtype)
    gumbel = -tf.math.log(-tf.math.log(tf.maximum(uniform, tiny)))
    # Never 0: a draw that underflows would have no log-density.
    return tf.maximum(tf.exp(log_softmax((logits + gumbel) / temperature)), tiny)


class _RelaxedOneHot(tfd.Distribution):
    """The Concrete distribution on the simplex. TFP's has no mean, and a NaN log-density where a draw underflows."""

    def __init__(self, temperature, logits):
        self._temperature, self._logits = temperature, logits
        super().__init__(
            dtype=logits.dtype,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="RelaxedOneHot",
        )

    def _batch_shape(self):
        return self._logits.shape[:-1]

    def _batch_shape_tensor(self):
        return tf.shape(self._logits)[:-1]

    def _event_shape(self):
        return self._logits.shape[-1:]

    def _event_shape_tensor(self):
        return tf.shape(self._logits)[-1:]

    def _sample_n(self, n, seed=None):
        return _soft_sample(self._logits, self._temperature, n, seed)

    def _log_prob(self, z):
        size, log_z = z.shape[-1], tf.math.log(z)
        constant = math.lgamma(size) + (size - 1) * math.log(self._temperature)
        each = self._logits - self._temperature * log_z
        normaliser = size * tf.reduce_logsumexp(each, axis=-1)
        return constant + tf.reduce_sum(each - log_z, axis=-1) - normaliser

    def _mean(self):
        return tf.exp(log_softmax(self._logits))


class _StraightThroughOneHot(tfd.OneHotCategorical):
    """A one-hot categorical distribution whose draws carry the gradient of relaxed ones."""

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
            "logits": tfp.util.ParameterProperties(event_ndims=1),
        }

    def _sample_n(self, n, seed=None):
        soft = _soft_sample(self.logits, self._temperature, n, seed)
        hard = tf.one_hot(tf.argmax(soft, axis=-1), soft.shape[-1], dtype=soft.dtype)
        return hard + (soft - tf.stop_gradient(soft))


@register
class RelaxedCategorical(Family):
    """Categorical variables relaxed to points of the simplex, one per row of the event.

    z = softmax((logits + g) / T),  g_k = -log(-log u_k),  u_k ~ U(0, 1)
    log p(z) = log (K-1)! + (K-1) log T + sum_k (l_k - (T+1) log z_k) - K log sum_k exp(l_k - T log z_k)

    As the temperature T -> 0, a draw becomes one-hot with probabilities
    softmax(logits). `mean` is those probabilities, which are the mean of the relaxed
    distribution only in that limit. With `straight_through` the draw *is* one-hot, the
    densities and the KL are those of the categorical distribution, and only the
    gradient is the relaxed draw's: a biased gradient for a model with discrete latents.

    Reference: Jang, Gu and Poole (2017), Categorical reparameterization with
    Gumbel-softmax, arXiv 1611.01144, equations 1, 2 and section 2.2; Maddison,
    Mnih and Teh (2017), The concrete distribution, arXiv 1611.00712, equation 10.

    Args:
        event_shape: (..., K), with K classes along the last axis, such as (20, 10) for
            twenty variables of ten classes.
        temperature: T > 0; at 0.1 and below draws underflow in float32.
        straight_through: Whether draws are one-hot.

    Raises:
        ValueError: Fewer than two classes, or a temperature that is not positive.

    >>> import tensorflow as tf
    >>> z = RelaxedCategorical((20, 10), straight_through=True)(tf.zeros([5, 8]), seed=1)
    >>> z.shape, bool(tf.reduce_all(tf.reduce_sum(z, axis=-1) == 1))
    (TensorShape([5, 20, 10]), True)
    """

    def __init__(self, event_shape, temperature=0.5, straight_through=False, **kwargs):
        super().__init__(event_shape, **kwargs)
        if self.event_shape[-1] < 2:
            raise ValueError(
                "Invalid value for argument `event_shape`. Expected at least two classes on the last axis. "
                f"Received: event_shape={event_shape!r}"
            )
        check_temperature(temperature)
        self.temperature, self.straight_through = temperature, straight_through
        self.discrete = straight_through
        self.path_gradient = not straight_through

    @property
    def measure(self):
        """One-hot draws are discrete; relaxed ones lie on a simplex, which has zero volume among all vectors."""
        return super().measure if self.straight_through else ("simplex",) * math.prod(self.event_shape)

    def head_shapes(self):
        """Returns a logit for each class."""
        return {"logits": self.event_shape}

    def constrain(self, raw):
        """Returns the logits, which softmax determines up to a constant."""
        return raw

    def build_distribution(self, logits):
        """Returns independent distributions for the rows."""
        law = _StraightThroughOneHot if self.straight_through else _RelaxedOneHot
        axes = len(self.event_shape) - 1
        return tfd.Independent(law(self.temperature, logits), reinterpreted_batch_ndims=axes)
