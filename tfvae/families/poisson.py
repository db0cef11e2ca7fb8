"""The Poisson family, for counts."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families import positive
from tfvae.families.counts import are_counts, deviance, factorial_excess
from tfvae.families.family import Family

tfd = tfp.distributions


class _Poisson(tfd.Poisson):
    """TFP's, with another log-probability: x log rate - rate - log x! loses a nat in float32 at a rate of a million."""

    def _log_prob(self, x):
        value = -deviance(x, self.rate) - factorial_excess(x)
        return tf.where(x < 0, tf.constant(float("-inf"), value.dtype), value)


@register
class Poisson(Family):
    """Independent Poisson counts, one per dimension of the event.

    log p(x) = sum_i x_i log rate_i - rate_i - log x_i!

    x is a raw count, 0, 1, 2, ...: use `data.Counts()`. The mean is the rate.

    Args:
        event_shape: Shape of one event.
        min_rate: Lower bound of the rate, so that a count where none was expected
            has a finite log-probability.

    Raises:
        ValueError: `min_rate` is not positive.

    >>> import tensorflow as tf
    >>> likelihood = Poisson((3,))
    >>> round(likelihood.distribution(tf.zeros([1, 8])).log_prob([[0.0, 1.0, 2.0]]).numpy().item(), 3)
    -3.693
    """

    discrete = True
    mean_parameter = "rate"

    def __init__(self, event_shape, min_rate=1e-4, **kwargs):
        super().__init__(event_shape, **kwargs)
        if not 0.0 < min_rate < float("inf"):
            raise ValueError(
                f"Invalid value for argument `min_rate`. Expected a number > 0. Received: min_rate={min_rate!r}"
            )
        self.min_rate = min_rate

    def head_shapes(self):
        """Returns one rate per dimension."""
        return {"rate": self.event_shape}

    def constrain(self, raw):
        """Returns the rate, positive; about 1 where the head gives 0."""
        return {"rate": positive.positive(raw["rate"], self.min_rate)}

    def build_distribution(self, rate):
        """Returns Independent Poisson distributions, with float outcomes."""
        return tfd.Independent(_Poisson(rate), reinterpreted_batch_ndims=len(self.event_shape))

    def in_support(self, x):
        """Returns [B] bool, whether every value of an example is a count."""
        return tf.reduce_all(are_counts(x), axis=list(range(1, len(self.event_shape) + 1)))
