"""The law of a class and of what is drawn given the class."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random

tfd = tfp.distributions

# exp of it is 0 in every precision, and 0 times it is 0.
_IMPOSSIBLE = -1e9


class OfClass(tfd.Distribution):
    """p(y) p(v|y) over the vector [one-hot y, v].

    Args:
        logits: [..., C].
        components: p(v|y), batch shape [..., C], or one that is the same for all y, batch shape [].
        known: [..., C] one-hot labels, or 0 in all entries where there is none; None where nobody was asked.

    Attributes:
        log_classes: [..., C], log p(y), given the labels.
        log_unseen: [..., C], log p(y) without them.
        known: As given.
        components: As given.
    """

    def __init__(self, logits, components: Any, known=None):
        # The largest is subtracted first, as in `families.levels`: a log-sum-exp of large numbers has lost digits.
        logits = logits - tf.stop_gradient(tf.reduce_max(logits, axis=-1, keepdims=True))
        self.log_unseen = self.log_classes = logits - tf.reduce_logsumexp(logits, axis=-1, keepdims=True)
        self.components, self.known = components, known
        if known is not None:
            told = tf.reduce_max(known, axis=-1, keepdims=True) > 0
            self.log_classes = tf.where(told, (1 - known) * _IMPOSSIBLE, self.log_unseen)
        self.count = logits.shape[-1]
        self._rank = components.event_shape.rank
        self._size = components.event_shape.num_elements()
        super().__init__(
            dtype=logits.dtype,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="OfClass",
        )

    def told(self, known):
        """Returns this law given labels, as `known` of the constructor."""
        return OfClass(self.log_unseen, self.components, known)

    def _batch_shape(self):
        return self.log_classes.shape[:-1]

    def _batch_shape_tensor(self):
        return tf.shape(self.log_classes)[:-1]

    def _event_shape(self):
        return tf.TensorShape([self.count + self._size])

    def _event_shape_tensor(self):
        return tf.constant([self.count + self._size])

    def _of_every_class(self, n, seed):
        """Returns v for each class, [n, ..., C, *event]."""
        alike = self.components.batch_shape.rank == 0
        shape = tf.concat([[n], tf.shape(self.log_classes)], 0) if alike else n
        return self.components.sample(shape, seed=seed)

    def _flat(self, v):
        return tf.reshape(v, tf.concat([tf.shape(v)[: v.shape.rank - self._rank], [self._size]], 0))

    def _parts(self, value):
        """Returns (y [..., C], v [..., 1, *event])."""
        y, v = tf.split(value, [self.count, self._size], axis=-1)
        shape = tf.concat([tf.shape(v)[:-1], [1], self.components.event_shape], 0)
        return y, tf.reshape(v, shape)

    def _sample_n(self, n, seed=None):
        seed = tfp.random.sanitize_seed(seed)
        y = tf.one_hot(random.index(self.log_classes, random.fold(seed, 0), [n]), self.count, dtype=self.dtype)
        every = self._flat(self._of_every_class(n, random.fold(seed, 1)))
        return tf.concat([y, tf.reduce_sum(y[..., None] * every, axis=-2)], axis=-1)

    def _log_prob(self, value):
        y, v = self._parts(value)
        return tf.reduce_sum(y * (self.log_classes + self.components.log_prob(v)), axis=-1)

    def _mean(self):
        probs = tf.exp(self.log_classes)
        mean = self._flat(self.components.mean() + tf.zeros(self.components.event_shape, self.dtype))
        mean = tf.broadcast_to(mean, tf.concat([tf.shape(probs), [self._size]], 0))
        return tf.concat([probs, tf.reduce_sum(probs[..., None] * mean, axis=-2)], axis=-1)

    def _variance(self):
        probs = tf.exp(self.log_classes)
        shape = tf.concat([tf.shape(probs), [self._size]], 0)
        mean, variance = (
            tf.broadcast_to(self._flat(each + tf.zeros(self.components.event_shape, self.dtype)), shape)
            for each in (self.components.mean(), self.components.variance())
        )
        first, second = (tf.reduce_sum(probs[..., None] * each, axis=-2) for each in (mean, variance + mean**2))
        return tf.concat([probs * (1 - probs), second - first**2], axis=-1)

    def _stddev(self):
        return tf.sqrt(self._variance())

    def enumerated(self, n, seed):
        """Returns every class with `n` draws of v each: (values [n C, ..., D], their log p, their shares), n C first.

        The shares, p(y) / n, add up to 1 over the first axis; the sum of shares times a function is its expectation,
        exact over y.
        """
        v = self._of_every_class(n, seed)
        log_v = self.components.log_prob(v)
        y = tf.broadcast_to(tf.eye(self.count, dtype=self.dtype), tf.concat([tf.shape(log_v), [self.count]], 0))
        axis = log_v.shape.rank - 1

        def first(values):
            order = [0, axis, *range(1, axis), *range(axis + 1, values.shape.rank)]
            values = tf.transpose(values, order)
            shape = tf.concat([[n * self.count], tf.shape(values)[2:]], 0)
            return tf.reshape(values, shape)

        values = first(tf.concat([y, self._flat(v)], axis=-1))
        values = tf.ensure_shape(values, [None, *self.batch_shape, self.count + self._size])
        shares = tf.exp(self.log_classes) / tf.cast(n, self.dtype)
        return values, first(self.log_classes + log_v), first(shares + tf.zeros_like(log_v))


@tfd.RegisterKL(OfClass, OfClass)
def _kl(q, p, name=None):
    """Returns KL(q(y) || p(y)) + sum_y q(y) KL(q(v|y) || p(v|y))."""
    each = tfd.kl_divergence(q.components, p.components, name=name)
    return tf.reduce_sum(tf.exp(q.log_classes) * (q.log_classes - p.log_classes + each), axis=-1)


def one_hot_labels(labels, num_classes, dtype):
    """Returns [B, C] for labels [B], zeros where a label is -1, unknown."""
    return tf.one_hot(tf.cast(tf.reshape(labels, [-1]), tf.int32), num_classes, dtype=dtype)


def components(law) -> Any:
    """Returns (log w_c [..., C], the law of each component, batch shape [..., C]) of a mixture; None of any other law.

    >>> mixture = tfd.MixtureSameFamily(tfd.Categorical([0.0, 0.0]), tfd.MultivariateNormalDiag(tf.zeros([2, 3])))
    >>> [round(float(weight), 4) for weight in components(mixture)[0]], components(mixture)[1].batch_shape
    ([-0.6931, -0.6931], TensorShape([2]))
    >>> components(tfd.Normal(0.0, 1.0)) is None
    True
    """
    if isinstance(law, OfClass):
        return law.log_classes, law.components
    law = law.distribution if isinstance(law, tfd.TransformedDistribution) else law
    if not isinstance(law, tfd.MixtureSameFamily):
        return None
    mixed: Any = law
    return tf.math.log_softmax(mixed.mixture_distribution.logits_parameter()), mixed.components_distribution


def responsibilities(law, z):
    """Returns p(c|z) of a mixture by Bayes' rule, [..., C] for z [..., *event]: w_c p(z|c) over their sum.

    >>> mixture = tfd.MixtureSameFamily(tfd.Categorical([0.0, 0.0]), tfd.Normal([-1.0, 1.0], 1.0))
    >>> [round(float(p), 3) for p in responsibilities(mixture, tf.constant(0.5))]  # 1 / (1 + exp(1)), ...
    [0.269, 0.731]
    """
    log_weight, each = components(law)
    z = tf.convert_to_tensor(z)
    z = law.bijector.inverse(z) if isinstance(law, tfd.TransformedDistribution) else z
    event = each.event_shape.rank
    z = tf.expand_dims(z, axis=z.shape.rank - event)
    return tf.nn.softmax(log_weight + each.log_prob(z), axis=-1)
