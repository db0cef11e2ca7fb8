"""The multinomial family: counts of a given total, such as the words of a document."""

import math
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families.counts import deviance, deviance_of_log, factorial_excess
from tfvae.families.given_total import OfTotal, log_proportions, over_event, total_of

tfd = tfp.distributions


def split(total: Any, probs: Any, seed) -> Any:
    """Returns how a number of trials falls on V outcomes, by halves: a binomial for each node of a tree over them.

    Chains of V binomials one after another, or a draw for each trial, would take V or `total` steps; these are log V.

    Args:
        total: [...], float64.
        probs: [..., V], float64; they need not sum to 1.
        seed: int32[2].

    Returns:
        [..., V], float64, of sum `total`.
    """
    outcomes = probs.shape[-1]
    levels = math.ceil(math.log2(outcomes)) if outcomes > 1 else 0
    lead = [[0, 0]] * (probs.shape.rank - 1)
    masses: list[Any] = [tf.pad(probs, [*lead, [0, 2**levels - outcomes]])]
    for _ in range(levels):
        masses.append(masses[-1][..., ::2] + masses[-1][..., 1::2])
    counts: Any = total[..., None]
    for mass, each in zip(masses[-2::-1], tf.unstack(tfp.random.split_seed(seed, n=max(levels, 1))), strict=False):
        left, whole = mass[..., ::2], mass[..., ::2] + mass[..., 1::2]
        taken = tf.random.stateless_binomial(
            tf.shape(counts), each, counts, tf.math.divide_no_nan(left, whole), output_dtype=tf.float64
        )
        pair = tf.stack([taken, counts - taken], axis=-1)
        counts = tf.reshape(pair, tf.concat([tf.shape(counts)[:-1], [2 * counts.shape[-1]]], 0))
    return counts[..., :outcomes]


class CountsOf(tfd.Distribution):
    """What laws of counts with a given total have in common.

    Args:
        total: [*batch].
        log_probs: [*batch, *event], logs of the mean proportions.
        event_rank: How many axes the event has.
    """

    def __init__(self, total, log_probs, event_rank):
        self._total, self._log_probs, self._rank = total, log_probs, event_rank
        super().__init__(
            dtype=log_probs.dtype,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name=type(self).__name__.strip("_"),
        )

    def _batch_shape(self):
        return tf.broadcast_static_shape(self._log_probs.shape[: -self._rank], self._total.shape)

    def _batch_shape_tensor(self):
        return tf.broadcast_dynamic_shape(tf.shape(self._log_probs)[: -self._rank], tf.shape(self._total))

    def _event_shape(self):
        return self._log_probs.shape[-self._rank :]

    def _event_shape_tensor(self):
        return tf.shape(self._log_probs)[-self._rank :]

    def _at_least_one(self):
        # Of nothing at all every law of counts has the probability 1, and whatever mean; log 0 is none.
        return tf.maximum(self._total, tf.ones_like(self._total))

    def _where_counts(self, x, value):
        outside = tf.reduce_any(x < 0, axis=list(range(-self._rank, 0)))
        return tf.where(outside, tf.constant(float("-inf"), value.dtype), value)

    def _mean(self):
        return over_event(self._total, self._rank) * tf.exp(self._log_probs)

    def _stddev(self):
        return tf.sqrt(self._variance())

    def _fall(self, n, seed, probs):
        """Returns n draws [n, *batch, *event] of the total, rounded, falling on `probs` [n, *batch, V] or without n."""
        batch = self._batch_shape_tensor()
        shape = tf.concat([[n], batch], 0)
        total = tf.broadcast_to(tf.cast(tf.round(self._total), tf.float64), shape)
        probs = tf.broadcast_to(probs, tf.concat([shape, tf.shape(probs)[-1:]], 0))
        probs = tf.ensure_shape(probs, [None] * (1 + self._batch_shape().rank) + [self._event_shape().num_elements()])
        drawn = tf.cast(split(total, probs, seed), self.dtype)
        return tf.reshape(drawn, tf.concat([shape, self._event_shape_tensor()], 0))


class _Multinomial(CountsOf):
    def _log_prob(self, x):
        # Poisson counts of these means, divided by the Poisson probability of their sum: no digits cancel, as they
        # would in log n! - sum log x_i!.
        total, expected = total_of(x, self._rank), self._at_least_one()
        log_mean = self._log_probs + over_event(tf.math.log(expected), self._rank)
        each = deviance_of_log(x, log_mean) + factorial_excess(x)
        value = factorial_excess(total) + deviance(total, expected) - total_of(each, self._rank)
        return self._where_counts(x, value)

    def _variance(self):
        probs = tf.exp(self._log_probs)
        return over_event(self._total, self._rank) * probs * (1 - probs)

    def _sample_n(self, n, seed=None):
        flat = tf.concat([tf.shape(self._log_probs)[: -self._rank], [self._event_shape().num_elements()]], 0)
        return self._fall(n, seed, tf.exp(tf.reshape(tf.cast(self._log_probs, tf.float64), flat)))


@register
class Multinomial(OfTotal):
    """Counts of a given total, each trial falling on one dimension of the event: words on a vocabulary.

    log p(x | n) = log n! - sum_i log x_i! + sum_i x_i log softmax(logits)_i,  n = sum_i x_i

    The total is x's own and is not modelled, so that a document's length says nothing of z. The mean of an x is
    n softmax(logits). What is generated needs a total, see `total_count`. x is raw counts: use `data.Counts()`.

    Reference: Liang, Krishnan, Hoffman and Jebara (2018), Variational autoencoders for collaborative filtering, arXiv
    1802.05814, equation 2.

    Args:
        event_shape: Shape of one event, such as (20_000,) for a vocabulary.
        total_count: Total of what is generated; None is the mean total of the training data.

    Raises:
        ValueError: `total_count` is no number >= 0.

    >>> law = Multinomial((3,)).distribution(tf.zeros([1, 8]))
    >>> round(tf.exp(law.log_prob([[1.0, 0.0, 1.0]])).numpy().item(), 4)  # 2 / 9
    0.2222
    >>> law.given(6.0).mean().numpy().round(3).tolist()
    [[2.0, 2.0, 2.0]]
    """

    def head_shapes(self):
        """Returns a logit for each dimension."""
        return {"logits": self.event_shape}

    def constrain(self, raw):
        """Returns the logits as they are."""
        return raw

    def law(self, total, logits):
        """Returns the multinomial of these totals."""
        rank = len(self.event_shape)
        return _Multinomial(total, log_proportions(logits, rank), rank)
