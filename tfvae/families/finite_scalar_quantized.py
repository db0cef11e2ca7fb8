"""The family of a grid of codes: each number of z is rounded to one of a few levels."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.families.family import Family
from tfvae.families.quantized import Quantized

# How far the bounds stay within the outermost levels, so that none is rounded to a level beyond.
_WITHIN = 1e-3
# Numbers of codes are int32.
_MOST = 2**31 - 1


@register
class FiniteScalarQuantized(Family):
    """Each number of z is the nearest of its dimension's levels, which lie evenly within [-1, 1].

    z_d = round(b_d) / floor(L_d / 2),  b_d = h_d tanh(e_d + s_d) - o_d,  h_d = (L_d - 1) (1 - 1e-3) / 2

    e is the head's output. Of an odd number of levels o_d and s_d are 0; of an even one
    o_d = 1/2, as the levels are -L_d/2 to L_d/2 - 1, and s_d = tan(o_d / h_d) puts e_d = 0
    near the level 0. The gradient of b goes through the rounding as it is (straight
    through). There is no book to learn and none to collapse: prod_d L_d codes are there
    from the start, and no term has to hold the encoder to them. There is no density: KL
    terms and importance weighting refuse it.

    Args:
        event_shape: Shape of z; the last axis is that of a code, the others are positions.
        levels: How many levels each number of a code has, one int >= 2 each; the paper advises 5 and more.

    Raises:
        ValueError: `levels` are no such numbers, not as many as the last axis of `event_shape` has, or make more codes
            than int32 has numbers.

    Reference: Mentzer, Minnen, Agustsson and Tschannen (2023), Finite scalar quantization: VQ-VAE
    made simple, arXiv 2309.15505, section 3.1 and appendix A.1.

    >>> posterior = FiniteScalarQuantized((7, 7, 4), levels=(8, 5, 5, 5))
    >>> posterior.book_sizes
    (1000,)
    >>> posterior.to_indices(posterior.embed([0, 999])).numpy()
    array([  0, 999], dtype=int32)
    """

    has_density = False

    def __init__(self, event_shape, levels=(8, 5, 5, 5), **kwargs):
        super().__init__(event_shape, **kwargs)
        expected = f"{self.event_shape[-1]} ints >= 2, one for each number of a code, such as (8, 5, 5, 5) for 4"
        if not isinstance(levels, list | tuple) or len(levels) != self.event_shape[-1]:
            raise arguments.invalid("levels", expected, levels)
        self.levels = tuple(arguments.integer("levels", count, expected, minimum=2) for count in levels)
        if math.prod(self.levels) > _MOST:
            raise arguments.invalid("levels", "a product of at most 2^31 - 1, the number of codes", levels)

    @property
    def book_sizes(self):
        """(prod(levels),): of one book, that nobody holds."""
        return (math.prod(self.levels),)

    @property
    def _half(self):
        return np.array(self.levels) // 2

    @property
    def _places(self):
        """What a step of each dimension adds to the number of a code: the first dimension's digits are the lowest."""
        return np.cumprod([1, *self.levels[:-1]])

    def embed(self, indices):
        """Returns the codes of these numbers, [...] -> [..., D], with any leading axes."""
        numbers: Any = tf.expand_dims(indices, -1)
        digits = numbers // self._places % self.levels
        return tf.cast(digits - self._half, self.float_dtype) / tf.constant(self._half, self.float_dtype)

    def to_indices(self, codes):
        """Returns the numbers of codes, [..., D] -> [...] in int32; `embed` backwards."""
        levels = tf.cast(tf.round(codes * tf.constant(self._half, codes.dtype)), tf.int32)
        return tf.reduce_sum((levels + self._half) * self._places, axis=-1)

    def head_shapes(self):
        """Returns e, of z's shape."""
        return {"encoded": self.event_shape}

    def constrain(self, raw):
        """Returns b / floor(L / 2), which is in [-1, 1] and about it."""
        levels = np.array(self.levels)
        height = (levels - 1) * (1 - _WITHIN) / 2
        offset = np.where(levels % 2, 0.0, 0.5)
        shift, height, offset = (tf.constant(v, self.float_dtype) for v in (np.tan(offset / height), height, offset))
        bounded = height * tf.tanh(raw["encoded"] + shift) - offset
        return {"encoded": bounded / tf.constant(self._half, self.float_dtype)}

    def build_distribution(self, encoded):
        """Returns point masses at the nearest codes."""
        half = tf.constant(self._half, encoded.dtype)
        codes = tf.round(encoded * half) / half
        return Quantized(encoded, self.to_indices(codes), [codes], len(self.event_shape))
