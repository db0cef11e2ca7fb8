"""The ordered logistic family, for values in an order."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.families import levels as on
from tfvae.families import positive
from tfvae.families.family import Family

tfd = tfp.distributions

# Distance below which two cuts don't come, so that no level's probability is 0.
_LEAST = 1e-3


@register
class OrderedLogistic(Family):
    """Values in an order, without distances: the place of a logistic variable between cuts that are learned.

    P(k <= j) = sigmoid(c_j - loc),  c_0 < c_1 < ... < c_(L-2),  x = k / (levels - 1)

    The cuts are weights of the family, the same for all examples; loc comes from the head. So an example is moved
    along the order, and one number says where it stands. The mean is that of x.

    Reference: McCullagh (1980), Regression models for ordinal data, Journal of the Royal Statistical Society B 42,
    the proportional odds model; Nazabal et al. (2020), arXiv 1807.03653, section 2.

    Args:
        event_shape: Shape of one event; each dimension has its own cuts.
        levels: L, how many values there are.

    Raises:
        ValueError: `levels` is not an int >= 2.

    >>> import tensorflow as tf
    >>> law = OrderedLogistic((1,), levels=4).distribution(tf.zeros([1, 8]))
    >>> [round(float(tf.exp(law.log_prob([[k / 3]])[0])), 3) for k in range(4)]
    [0.25, 0.25, 0.25, 0.25]
    """

    discrete = True

    def __init__(self, event_shape, levels, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.levels = on.check_levels(levels)
        shares = np.arange(1, self.levels) / self.levels
        cuts = np.log(shares / (1 - shares))
        raw = [cuts[:1], np.asarray(positive.inverse(np.diff(cuts), _LEAST))]
        # Half precision must not round the cuts: probabilities are float32.
        self.raw_cuts = self.add_weight(
            shape=(*self.event_shape, self.levels - 1), initializer="zeros", name="raw_cuts", autocast=False
        )
        self._even = np.concatenate(raw)

    def head_shapes(self):
        """Returns one location per dimension."""
        return {"loc": self.event_shape}

    def constrain(self, raw):
        """Returns the location, and the cuts in their order, [*event_shape, levels - 1]."""
        loc = raw["loc"]
        given = tf.cast(self.raw_cuts, loc.dtype) + tf.constant(self._even, loc.dtype)
        gaps = positive.positive(given[..., 1:], _LEAST)
        return {"loc": loc, "cuts": tf.cumsum(tf.concat([given[..., :1], gaps], axis=-1), axis=-1)}

    def build_distribution(self, loc, cuts):
        """Returns Independent distributions over the levels."""
        above = cuts - loc[..., tf.newaxis]  # [..., *event_shape, levels - 1]
        left, right = -tf.math.softplus(-above), -tf.math.softplus(above)
        # log(sigmoid(b) - sigmoid(a)) without cancellation, as in `levels.logistic_log_prob`.
        gaps = above[..., 1:] - above[..., :-1]
        inner = left[..., 1:] + right[..., :-1] + tf.math.log(-tf.math.expm1(-gaps))
        log_probs = tf.concat([left[..., :1], inner, right[..., -1:]], axis=-1)
        levels = tf.range(self.levels, dtype=loc.dtype)

        def log_prob(level):
            chosen = tf.one_hot(tf.cast(level, tf.int32), self.levels, dtype=tf.bool, on_value=True, off_value=False)
            return tf.reduce_sum(tf.where(chosen, log_probs, 0.0), axis=-1)

        def sample(n, seed):
            return tf.cast(random.index(log_probs, seed, [n]), loc.dtype)

        def moments():
            probs = tf.exp(log_probs)
            mean = tf.reduce_sum(probs * levels, axis=-1, keepdims=True)
            return tf.squeeze(mean, -1), tf.reduce_sum(probs * (levels - mean) ** 2, axis=-1)

        law = on.OnLevels(self.levels, like=loc, log_prob=log_prob, sample=sample, moments=moments)
        return tfd.Independent(law, reinterpreted_batch_ndims=len(self.event_shape))

    def in_support(self, x):
        """Returns [B] bool, whether every value of an example is one of the levels."""
        return on.on_levels(x, self.levels, len(self.event_shape))
