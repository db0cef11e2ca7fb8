"""The family of a codebook, whose codes follow what the encoder gives."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments
from tfvae.component import register
from tfvae.families.family import Family

tfd = tfp.distributions

# How far from a busy code a dead one is put, in standard deviations of the codebook.
_BESIDE = 0.01


class _Nearest(tfd.Independent):
    """A point mass at the code that is nearest to each vector of `encoded`.

    Attributes:
        encoded: [..., *positions, D], what the encoder gave.
        indices: [..., *positions], int32, the numbers of the nearest codes.
    """

    def __init__(self, encoded, codes, dimensions):
        self.encoded = encoded
        vectors = tf.stop_gradient(encoded)
        # |v - c|^2 without |v|^2, which is the same for all codes.
        distances = tf.reduce_sum(codes**2, axis=-1) - 2 * tf.matmul(vectors, codes, transpose_b=True)
        self.indices = tf.argmin(distances, axis=-1, output_type=tf.int32)
        code = tf.gather(codes, self.indices)
        # The value of the code, the gradient of the vector.
        straight_through = encoded + tf.stop_gradient(code - encoded)
        super().__init__(tfd.Deterministic(straight_through), reinterpreted_batch_ndims=dimensions)


@register
class VectorQuantized(Family):
    """Each vector of z is the nearest of a book of codes.

    z_i = c_k,  k = argmin_j |e_i - c_j|,  e = the head's output

    As a posterior it makes the model a VQ-VAE. The decoder's gradient in z goes on to e
    as it is (straight through), and a code has none. It is the mean of the vectors that
    it was nearest to, in which those of a step count `decay` times as much one step later:

    c_j = m_j / n_j,  n_j <- decay n_j + #{i: k_i = j},  m_j <- decay m_j + sum_{i: k_i = j} e_i

    A code that is hardly ever the nearest is dead: it is put just beside a busy one,
    and they share what that was nearest to (the splitting of Linde, Buzo and Gray
    1980). The encoder is held to the codes by `terms.Commitment`. There is no density:
    KL terms and importance weighting refuse it.

    Args:
        event_shape: Shape of z; the last axis is that of a code, the others are positions.
        num_codes: Codes in the book.
        decay: A number in [0, 1).
        revive: A code is dead below this fraction of the codes' mean use; 0 lets it be.

    Raises:
        ValueError: An argument that is not one of these.

    Reference: van den Oord, Vinyals and Kavukcuoglu (2017), Neural discrete
    representation learning, arXiv 1711.00937, equations 1 to 3 and appendix A.1.

    >>> import tensorflow as tf
    >>> posterior = VectorQuantized((7, 7, 16), num_codes=64)
    >>> posterior.distribution(tf.zeros([5, 7, 7, 32])).indices.shape
    TensorShape([5, 7, 7])
    """

    has_density = False
    moves_as = "posterior"

    def __init__(self, event_shape, num_codes, decay=0.99, revive=0.01, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.num_codes = arguments.integer("num_codes", num_codes, minimum=2)
        for argument, value in (("decay", decay), ("revive", revive)):
            arguments.number(argument, value, "a number in [0, 1)", minimum=0, maximum=math.nextafter(1, 0))
        self.decay = decay
        self.revive = revive
        # Every replica moves them by the same sums.
        options = {"trainable": False, "autocast": False, "aggregation": "only_first_replica"}
        self._uses: Any = self.add_weight(shape=(num_codes,), initializer="ones", name="uses", **options)
        normal = keras.initializers.RandomNormal(stddev=1.0)
        shape = (num_codes, self.event_shape[-1])
        self._codes: Any = self.add_weight(shape=shape, initializer=normal, name="codes", **options)

    @property
    def codes(self):
        """[num_codes, D], the codes, float32 or float64."""
        return tf.cast(self._codes, self.float_dtype)

    def head_shapes(self):
        """Returns e, of z's shape."""
        return {"encoded": self.event_shape}

    def constrain(self, raw):
        """Returns e as it is."""
        return raw

    def build_distribution(self, encoded):
        """Returns point masses at the nearest codes."""
        return _Nearest(encoded, self.codes, len(self.event_shape))

    def statistic_shapes(self):
        """Returns how often each code was the nearest, and the sum of the vectors that it was nearest to."""
        return {"uses": (self.num_codes,), "sums": (self.num_codes, self.event_shape[-1])}

    def statistics(self, distribution, value, weights):
        """Returns both, each vector weighted as its example."""
        del value
        indices, vectors = distribution.indices, distribution.encoded
        each = tf.reshape(weights, [-1] + [1] * (indices.shape.rank - 1)) * tf.ones(tf.shape(indices), weights.dtype)
        each, indices = tf.reshape(each, [-1]), tf.reshape(indices, [-1])
        vectors = each[:, None] * tf.reshape(vectors, [-1, self.event_shape[-1]])
        return {
            "uses": tf.math.unsorted_segment_sum(each, indices, self.num_codes),
            "sums": tf.math.unsorted_segment_sum(vectors, indices, self.num_codes),
        }

    def move(self, means, count):
        """Moves the codes to the vectors that they were nearest to, and dead ones beside busy ones."""
        kept = self.decay * self._uses
        new, sums = (tf.cast(means[name] * count, kept.dtype) for name in ("uses", "sums"))
        uses, codes = kept + new, tf.convert_to_tensor(self._codes)
        # Not a ratio of two sums that decay: those of a code that is never the nearest end as 0 / 0.
        codes += tf.math.divide_no_nan(sums - new[:, None] * codes, uses[:, None])
        if self.revive:
            uses, codes = self._revived(uses, codes)
        self._uses.assign(uses)
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
