"""The uniform family, on a part of an interval."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families.family import Family

tfd = tfp.distributions


@register
class Uniform(Family):
    """Independent uniform distributions, each on an interval within [low, high].

    log p(x) = -sum_i log(b_i - a_i),  low <= a_i <= x_i < b_i <= high

    A posterior for a prior that is uniform on [low, high], and for no other: the KL is
    sum_i log((high - low) / (b_i - a_i)), and infinite where an interval reaches beyond
    the prior's.

    Args:
        event_shape: Shape of one event.
        low: Lower end of all intervals.
        high: Upper end.
        min_width: Smallest width of an interval, as a fraction of high - low.

    Raises:
        ValueError: `low` is not below `high`, or `min_width` is not in (0, 1).

    >>> import tensorflow as tf
    >>> posterior = Uniform((2,))
    >>> bool(tf.reduce_all(tf.abs(posterior(tf.random.stateless_normal([5, 8], [1, 2]), seed=1)) <= 1))
    True
    """

    path_gradient = False  # the support moves

    def __init__(self, event_shape, low=-1.0, high=1.0, min_width=1e-4, **kwargs):
        super().__init__(event_shape, **kwargs)
        if not -float("inf") < low < high < float("inf"):
            raise ValueError(
                "Invalid value for arguments `low` and `high`. Expected low < high. "
                f"Received: low={low!r}, high={high!r}"
            )
        if not 0 < min_width < 1:
            raise ValueError(
                "Invalid value for argument `min_width`. Expected a number in (0, 1). "
                f"Received: min_width={min_width!r}"
            )
        self.low, self.high, self.min_width = low, high, min_width

    def head_shapes(self):
        """Returns where the interval lies and how wide it is, before the sigmoids."""
        return {"loc": self.event_shape, "scale": self.event_shape}

    def constrain(self, raw):
        """Returns the ends of the intervals."""
        length = self.high - self.low
        width = self.min_width + (1 - self.min_width) * tf.sigmoid(raw["scale"])
        low = self.low + length * (1 - width) * tf.sigmoid(raw["loc"])
        # Rounding mustn't put an end beyond the prior's, where the KL is infinite.
        high = tf.minimum(low + length * width, tf.constant(self.high, low.dtype))
        return {"low": low, "high": high}

    def build_distribution(self, low, high):
        """Returns Independent uniform distributions."""
        return tfd.Independent(tfd.Uniform(low, high), reinterpreted_batch_ndims=len(self.event_shape))
