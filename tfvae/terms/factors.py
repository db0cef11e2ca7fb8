"""Labels of factors, of which a latent each may tell."""

import math
from typing import NamedTuple

import tensorflow as tf

from tfvae import arguments
from tfvae.component import shape_tuple


class Labelled(NamedTuple):
    """What a batch says of factors.

    Attributes:
        means: [B, D], of q(z|x), the top layer's, flat.
        labels: [B, F] in [0, 1], the number of each factor's value over that of its last one.
        known: Bool [B, F].
    """

    means: tf.Tensor
    labels: tf.Tensor
    known: tf.Tensor


def num_values(value):
    """Returns how many values each factor takes, as a tuple.

    Raises:
        ValueError: They are no ints >= 2, or there are none.
    """
    found = shape_tuple("num_values", value)
    if not found or min(found) < 2:
        raise arguments.invalid("num_values", "an int >= 2 for each factor, such as (3, 6, 12)", value)
    return found


def labelled(inference, values):
    """Returns the `Labelled` of a batch that came with labels, -1 for each that is unknown."""
    means = inference.latents[0].posterior.mean()
    means = tf.reshape(means, [tf.shape(means)[0], math.prod(means.shape[1:])])
    numbers = tf.cast(tf.reshape(inference.condition, [-1, len(values)]), means.dtype)
    last = tf.constant([count - 1 for count in values], means.dtype)
    return Labelled(means, numbers / last, numbers >= 0)
