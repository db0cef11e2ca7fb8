"""The family of labels: one class of several, as a one-hot vector."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments
from tfvae.component import register
from tfvae.families.family import Family

tfd = tfp.distributions


@register
class OneHot(Family):
    """One class along the last axis, 1 there and 0 elsewhere; each position before it has its own.

    log p(x) = sum_positions log softmax(logits)[k],  x_k = 1

    The mean is the probability of each class. It is a likelihood of labels, as a part of
    `Modalities`; `np.eye(10)[labels]` makes x.

    Args:
        event_shape: Shape of one event, whose last axis are the classes: (10,) for a digit's label.

    Raises:
        ValueError: There is only one class.

    >>> likelihood = OneHot((4,))
    >>> likelihood.distribution(tf.zeros([1, 8])).mean().numpy().tolist()
    [[0.25, 0.25, 0.25, 0.25]]
    """

    discrete = True

    def __init__(self, event_shape, **kwargs):
        super().__init__(event_shape, **kwargs)
        if self.event_shape[-1] < 2:
            raise arguments.invalid("event_shape", "a shape whose last axis has two classes or more", event_shape)

    def head_shapes(self):
        """Returns a logit for each class."""
        return {"logits": self.event_shape}

    def constrain(self, raw):
        """Returns the logits as they are."""
        return raw

    def build_distribution(self, logits):
        """Returns Independent distributions over the classes at each position."""
        law = tfd.OneHotCategorical(logits=logits, dtype=logits.dtype)
        return tfd.Independent(law, reinterpreted_batch_ndims=len(self.event_shape) - 1)

    def in_support(self, x):
        """Returns [B] bool, whether each position has one 1 and else 0."""
        known = tf.logical_or(tf.equal(x, 0), tf.equal(x, 1))
        one = tf.equal(tf.reduce_sum(x, axis=-1, keepdims=True), 1)
        return tf.reduce_all(tf.logical_and(known, one), axis=list(range(1, len(self.event_shape) + 1)))
