"""The family of codes that are signs, which no book has to hold."""

from typing import Any

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.families.family import Family
from tfvae.families.quantized import Quantized

# Numbers of codes are int32.
_MOST = 30


@register
class LookupFreeQuantized(Family):
    """Each number of z is the sign of the encoder's.

    z_d = 1 if e_d > 0, else -1,  k = sum_d 2^d [e_d > 0],  e = the head's output

    A code of D numbers is one of 2^D, the nearest of them to e. The decoder's gradient in z
    goes on to e as it is (straight through). `terms.CodeEntropy` keeps the codes apart and in
    use, `terms.Commitment` holds e to them. There is no density: KL terms and importance
    weighting refuse it.

    Args:
        event_shape: Shape of z; the last axis is that of a code, the others are positions.

    Raises:
        ValueError: The last axis is longer than 30, as numbers of codes are int32.

    Reference: Yu et al. (2023), Language model beats diffusion: tokenizer is key to visual
    generation, arXiv 2310.05737.

    >>> posterior = LookupFreeQuantized((7, 7, 10))
    >>> posterior.book_sizes
    (1024,)
    >>> posterior.embed([1])[0, :3].numpy()
    array([ 1., -1., -1.], dtype=float32)
    """

    has_density = False

    def __init__(self, event_shape, **kwargs):
        super().__init__(event_shape, **kwargs)
        if self.bits > _MOST:
            expected = f"a last axis of at most {_MOST}, as a code's number is an int32. Use more positions"
            raise arguments.invalid("event_shape", expected, event_shape)

    @property
    def bits(self):
        """Signs in a code."""
        return self.event_shape[-1]

    @property
    def book_sizes(self):
        """(2^D,): of one book, that nobody holds."""
        return (2**self.bits,)

    def embed(self, indices):
        """Returns the codes of these numbers, [...] -> [..., D], with any leading axes."""
        numbers: Any = tf.expand_dims(indices, -1)
        bits = numbers // self._places % 2
        return 2 * tf.cast(bits, self.float_dtype) - 1

    def to_indices(self, codes):
        """Returns the numbers of codes, [..., D] -> [...] in int32; `embed` backwards."""
        return tf.reduce_sum(tf.cast(codes > 0, tf.int32) * self._places, axis=-1)

    @property
    def _places(self):
        return [2**place for place in range(self.bits)]

    def head_shapes(self):
        """Returns e, of z's shape."""
        return {"encoded": self.event_shape}

    def constrain(self, raw):
        """Returns e as it is."""
        return raw

    def build_distribution(self, encoded):
        """Returns point masses at the signs."""
        codes = tf.where(encoded > 0, tf.ones_like(encoded), -tf.ones_like(encoded))
        return Quantized(encoded, self.to_indices(codes), [codes], len(self.event_shape))
