"""A book of codes that follow the vectors that they are nearest to."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component

# How far from a busy code a dead one is put, in standard deviations of the book.
_BESIDE = 0.01


class Codebook(Component):
    """The codes of a quantised family, and how they move.

    c_j = m_j / n_j,  n_j <- decay n_j + #{i: k_i = j},  m_j <- decay m_j + sum_{i: k_i = j} v_i

    Args:
        num_codes: Codes in the book, at least 2.
        size: Numbers in a code.
        decay: A number in [0, 1): what the vectors of a step count for one step later.
        revive: A number in [0, 1). A code is dead below this fraction of the codes' mean use; 0 lets it be.
        **kwargs: `name` and `dtype` of a Keras layer.

    Raises:
        ValueError: An argument that is not one of these.
    """

    def __init__(self, num_codes, size, decay, revive, **kwargs):
        super().__init__(**kwargs)
        self.num_codes = arguments.integer("num_codes", num_codes, "an int >= 2", minimum=2)
        for argument, value in (("decay", decay), ("revive", revive)):
            arguments.number(argument, value, "a number in [0, 1)", minimum=0, maximum=math.nextafter(1, 0))
        self.size = size
        self.decay = decay
        self.revive = revive
        # Every replica moves them by the same sums.
        options = {"trainable": False, "autocast": False, "aggregation": "only_first_replica"}
        self.uses: Any = self.add_weight(shape=(self.num_codes,), initializer="ones", name="uses", **options)
        normal = keras.initializers.RandomNormal(stddev=1.0)
        shape = (self.num_codes, size)
        self._codes: Any = self.add_weight(shape=shape, initializer=normal, name="codes", **options)

    @property
    def codes(self):
        """[num_codes, size], the codes, float32 or float64."""
        return tf.cast(self._codes, self.float_dtype)

    def nearest(self, vectors):
        """Returns the numbers of the codes nearest to `vectors`, [..., size] -> [...] in int32."""
        codes, vectors = self.codes, tf.stop_gradient(vectors)
        # |v - c|^2 without |v|^2, which is the same for all codes.
        distances = tf.reduce_sum(codes**2, axis=-1) - 2 * tf.matmul(vectors, codes, transpose_b=True)
        return tf.argmin(distances, axis=-1, output_type=tf.int32)

    def statistic_shapes(self):
        """Returns how often each code was the nearest, and the sum of the vectors that it was nearest to."""
        return {"uses": (self.num_codes,), "sums": (self.num_codes, self.size)}

    def statistics(self, indices, vectors, weights):
        """Returns both for vectors [B, ..., size] and their codes' numbers, each weighted as its example."""
        each = tf.reshape(weights, [-1] + [1] * (indices.shape.rank - 1)) * tf.ones(tf.shape(indices), weights.dtype)
        each, indices = tf.reshape(each, [-1]), tf.reshape(indices, [-1])
        vectors = each[:, None] * tf.reshape(vectors, [-1, self.size])
        return {
            "uses": tf.math.unsorted_segment_sum(each, indices, self.num_codes),
            "sums": tf.math.unsorted_segment_sum(vectors, indices, self.num_codes),
        }

    def move(self, means, count):
        """Moves the codes to the vectors that they were nearest to, and dead ones beside busy ones.

        Args:
            means: {statistic: mean over the batch of all replicas}.
            count: Scalar, the sum of the sample weights of that batch.
        """
        kept = self.decay * self.uses
        new, sums = (tf.cast(means[name] * count, kept.dtype) for name in ("uses", "sums"))
        uses, codes = kept + new, tf.convert_to_tensor(self._codes)
        # Not a ratio of two sums that decay: those of a code that is never the nearest end as 0 / 0.
        codes += tf.math.divide_no_nan(sums - new[:, None] * codes, uses[:, None])
        if self.revive:
            uses, codes = self._revived(uses, codes)
        self.uses.assign(uses)
        self._codes.assign(codes)

    def _revived(self, uses, codes):
        dead = uses < self.revive * tf.reduce_mean(uses)
        # The first dead code goes to the busiest one, the next to the second busiest, while there are living ones.
        place = tf.cumsum(tf.cast(dead, tf.int32)) - 1
        moves = tf.logical_and(dead, place < self.num_codes - tf.reduce_sum(tf.cast(dead, tf.int32)))
        busy = tf.gather(tf.argsort(uses, direction="DESCENDING"), tf.maximum(place, 0))
        spread = tf.math.reduce_std(codes, axis=0)
        apart = np.random.default_rng(0).normal(size=codes.shape)  # always the same, so that a step repeats
        beside = tf.gather(codes, busy) + _BESIDE * spread * tf.constant(apart, codes.dtype)
        shared = tf.math.unsorted_segment_sum(tf.cast(moves, uses.dtype), busy, self.num_codes)  # 0 or 1 each
        uses = uses / (1 + shared)
        uses = tf.where(moves, tf.gather(uses, busy), uses)
        return uses, tf.where(moves[:, None], beside, codes)
