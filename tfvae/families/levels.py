"""Distributions over grey levels: 0, 1 / (L - 1), ..., 1."""

import tensorflow as tf
from tensorflow_probability import distributions as tfd


class OnLevels(tfd.Distribution):
    """The distribution of x = k / (L - 1), given functions of the level k = 0..L-1.

    Args:
        levels: L.
        like: A tensor of the batch shape and dtype.
        log_prob: k -> log P(k), for float k of the batch's shape.
        sample: (n, seed) -> n draws of k, floats [n, *batch].
        moments: () -> mean and variance of k.
    """

    def __init__(self, levels, like, log_prob, sample, moments):
        self._levels, self._like = levels, like
        self._log_prob_of_level, self._sample_level, self._moments = log_prob, sample, moments
        super().__init__(
            dtype=like.dtype,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="OnLevels",
        )

    def _batch_shape(self):
        return self._like.shape

    def _batch_shape_tensor(self):
        return tf.shape(self._like)

    def _event_shape(self):
        return tf.TensorShape([])

    def _event_shape_tensor(self):
        return tf.constant([], tf.int32)

    def _log_prob(self, x):
        # Values between two levels count as the nearer one, and `in_support` reports them; NaN stays NaN.
        level = tf.clip_by_value(tf.round(x * (self._levels - 1)), 0, self._levels - 1)
        finite = tf.math.is_finite(x)
        value = self._log_prob_of_level(tf.where(finite, level, 0.0))
        return tf.where(finite, value, tf.constant(float("nan"), value.dtype))

    def _sample_n(self, n, seed=None):
        return self._sample_level(n, seed) / (self._levels - 1)

    def _mean(self):
        return self._moments()[0] / (self._levels - 1)

    def _variance(self):
        return self._moments()[1] / (self._levels - 1) ** 2

    def _stddev(self):
        return tf.sqrt(self._variance())


def check_levels(levels):
    """Returns `levels`, an int >= 2.

    Raises:
        ValueError: It is not one.
    """
    if isinstance(levels, bool) or levels != int(levels) or levels < 2:
        raise ValueError(f"Invalid value for argument `levels`. Expected an int >= 2. Received: levels={levels!r}")
    return int(levels)


def on_levels(x, levels, event_rank):
    """Returns [B] bool, whether every value of an example is one of the levels, up to rounding."""
    level = x * (levels - 1)
    near = tf.abs(level - tf.round(level)) < 1e-3
    inside = tf.logical_and(level > -0.5, level < levels - 0.5)
    return tf.reduce_all(tf.logical_and(near, inside), axis=list(range(1, event_rank + 1)))


def log_softmax(logits):
    """Returns log softmax over the last axis; TensorFlow's own kernel refuses more than five axes on a CPU."""
    # The largest is subtracted first: a log-sum-exp around 1e4 has lost three digits.
    shifted = logits - tf.stop_gradient(tf.reduce_max(logits, axis=-1, keepdims=True))
    return shifted - tf.reduce_logsumexp(shifted, axis=-1, keepdims=True)


def logistic_log_prob(level, levels, loc, scale):
    """Returns log P(k) of a logistic distribution rounded to levels; the two outer levels include its tails.

    P(k) = sigmoid(b) - sigmoid(a),  a, b = (k -+ 1/2) / (L - 1), standardised
         = sigmoid(b) sigmoid(-a) (1 - exp(a - b)),

    where the second form is free of cancellation, however thin the bin and far the tail.

    Args:
        level: k.
        levels: L.
        loc: In units of x.
        scale: In units of x, > 0.
    """
    width = 1 / (levels - 1)
    above = ((level + 0.5) * width - loc) / scale
    below = ((level - 0.5) * width - loc) / scale
    left, right = -tf.math.softplus(-above), -tf.math.softplus(below)
    inner = left + right + tf.math.log(-tf.math.expm1(-width / scale))
    return tf.where(level < 0.5, left, tf.where(level > levels - 1.5, right, inner))


def moments_from_tails(levels, centre, survival):
    """Returns mean and variance of a level k from its tails, without cancellation.

    E[k - c] = sum_(j > c) P(k >= j) - sum_(j <= c) P(k < j),  j = 1..L-1, and likewise for squares.

    This is a loop, since the tails of all levels at once would take L times the memory.

    Args:
        levels: L.
        centre: c, an integer near the mean, of the batch shape.
        survival: edge in units of x, scalar -> (P(x > edge), P(x < edge)), each accurate where it is small.
    """

    def body(j, first, second):
        at_least, less = survival((j - 0.5) / (levels - 1))
        right = j > centre
        first += tf.where(right, at_least, -less)
        second += tf.where(right, (2 * (j - centre) - 1) * at_least, (2 * (centre - j) + 1) * less)
        return j + 1, first, second

    zero = tf.zeros_like(centre)
    start = tf.ones([], centre.dtype)
    _, first, second = tf.while_loop(lambda j, *_: j < levels - 0.5, body, (start, zero, zero))
    return centre + first, tf.maximum(second - first**2, 0.0)


def nearest_level(x, levels):
    """Returns the level nearest to x as a float, within 0..L-1."""
    return tf.clip_by_value(tf.round(x * (levels - 1)), 0, levels - 1)
