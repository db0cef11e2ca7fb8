"""Counts whose total is read off x, and not modelled by z."""

import abc
from typing import Any

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import arguments
from tfvae.families.counts import are_counts
from tfvae.families.family import Family

# Of each step, how much of the record of earlier totals is kept: the last ten batches count most.
_KEPT = 0.9


class GivenTotal(tfd.Distribution):
    """Laws of counts, one for each total: the density of x is that of the law of its own total.

    Args:
        of_total: total, broadcastable to the batch shape -> a law over the event.
        total_count: The total of draws, mean and variance, likewise.
        like: [*batch, *event], a tensor of the dtype.
        event_rank: How many axes the event has.
    """

    def __init__(self, of_total, total_count, like, event_rank):
        self.of_total, self.total_count = of_total, total_count
        self._like, self._rank = like, event_rank
        super().__init__(
            dtype=like.dtype,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="GivenTotal",
        )

    def given(self, total_count) -> "GivenTotal":
        """Returns the same laws, whose draws, mean and variance are of another total."""
        return GivenTotal(self.of_total, total_count, self._like, self._rank)

    def _batch_shape(self):
        return self._like.shape[: -self._rank]

    def _batch_shape_tensor(self):
        return tf.shape(self._like)[: -self._rank]

    def _event_shape(self):
        return self._like.shape[-self._rank :]

    def _event_shape_tensor(self):
        return tf.shape(self._like)[-self._rank :]

    def _here(self):
        # Added to zeros rather than broadcast, which would forget what is known of the shape.
        return self.of_total(tf.cast(self.total_count, self.dtype) + tf.zeros_like(self._like[..., *[0] * self._rank]))

    def _log_prob(self, x):
        return self.of_total(total_of(x, self._rank)).log_prob(x)

    def _sample_n(self, n, seed=None):
        return self._here().sample(n, seed=seed)

    def _mean(self):
        return self._here().mean()

    def _variance(self):
        return self._here().variance()

    def _stddev(self):
        return tf.sqrt(self._variance())


def total_of(x, event_rank):
    """Returns the sum of each event, [..., *event] -> [...]."""
    return tf.reduce_sum(x, axis=list(range(-event_rank, 0)))


def over_event(values, event_rank):
    """Returns one number an example, [...], with an axis of 1 for each of the event's."""
    return values[..., *[None] * event_rank]


def log_proportions(logits, event_rank):
    """Returns log softmax over all axes of the event."""
    axes = list(range(-event_rank, 0))
    # The largest is subtracted first: a log-sum-exp around 1e4 has lost three digits.
    shifted = logits - tf.stop_gradient(tf.reduce_max(logits, axis=axes, keepdims=True))
    return shifted - tf.reduce_logsumexp(shifted, axis=axes, keepdims=True)


class OfTotal(Family, abc.ABC):
    """A family of counts given their total, which log p(x|z) takes from x itself.

    What is generated has no x, and needs a total: `total_count`, or by default the mean total of the data that the
    model is trained on, over the last ten batches or so; 1 before the first. A reconstruction has the total of its x.
    `law.given(total)` of what `vae.decode` returns has any other.

    A subclass implements `law`, and has the logits of the proportions among its parameters.

    Args:
        event_shape: Shape of one event.
        total_count: Total of what is generated, a number >= 0, or None.

    Raises:
        ValueError: `total_count` is neither.
    """

    discrete = True
    moves_as = "likelihood"

    def __init__(self, event_shape, total_count: float | None = None, **kwargs):
        super().__init__(event_shape, **kwargs)
        if total_count is not None:
            arguments.number("total_count", total_count, "a number >= 0, or None", minimum=0)
        self.total_count = total_count
        self._totals: Any = None
        self._seen: Any = None
        if total_count is None:
            # Every replica moves them by the same sums.
            options = {"trainable": False, "autocast": False, "aggregation": "only_first_replica"}
            self._totals = self.add_weight(shape=(), initializer="zeros", name="totals", **options)
            self._seen = self.add_weight(shape=(), initializer="zeros", name="seen", **options)

    @abc.abstractmethod
    def law(self, total, **parameters) -> tfd.Distribution:
        """Returns the law over events of these totals, [...], broadcastable to the parameters' batch."""

    def build_distribution(self, **parameters):
        """Returns the laws of every total."""
        like = parameters["logits"]
        usual = self._usual(like.dtype)
        return GivenTotal(lambda total: self.law(total, **parameters), usual, like, len(self.event_shape))

    def _usual(self, dtype):
        if self.total_count is not None:
            return tf.constant(self.total_count, dtype)
        totals, seen = tf.convert_to_tensor(self._totals), tf.convert_to_tensor(self._seen)
        return tf.cast(tf.where(seen > 0, tf.math.divide_no_nan(totals, seen), 1.0), dtype)

    def read_off(self, law, x):
        """Returns the law with the total of x."""
        return law.given(total_of(x, len(self.event_shape)))

    def statistic_shapes(self):
        """Returns the mean total, where none is given."""
        return {"total": ()} if self.total_count is None else {}

    def statistics(self, distribution, value, weights):
        """Returns the batch's mean total."""
        return {"total": tf.tensordot(weights, total_of(value, len(self.event_shape)), 1)}

    def move(self, means, count):
        """Takes the batch's totals into the record."""
        for record, batch in ((self._totals, means["total"] * count), (self._seen, count)):
            record.assign(_KEPT * record + tf.cast(batch, record.dtype))

    def in_support(self, x):
        """Returns [B] bool, whether every value of an example is a count."""
        return tf.reduce_all(are_counts(x), axis=list(range(1, len(self.event_shape) + 1)))
