"""The family of a codebook, whose codes follow what the encoder gives."""

import tensorflow as tf

from tfvae.component import register
from tfvae.families.codebook import Codebook
from tfvae.families.family import Family
from tfvae.families.quantized import Quantized


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
        self.book = Codebook(num_codes, self.event_shape[-1], decay, revive, dtype=self.dtype_policy, name="book")
        self.num_codes = self.book.num_codes
        self.decay = decay
        self.revive = revive

    @property
    def book_sizes(self):
        """(num_codes,): of one book."""
        return (self.num_codes,)

    @property
    def codes(self):
        """[num_codes, D], the codes, float32 or float64."""
        return self.book.codes

    def embed(self, indices):
        """Returns z of codes by their numbers, [..., *positions] -> [..., *event_shape]."""
        return tf.gather(self.codes, indices)

    def head_shapes(self):
        """Returns e, of z's shape."""
        return {"encoded": self.event_shape}

    def constrain(self, raw):
        """Returns e as it is."""
        return raw

    def build_distribution(self, encoded):
        """Returns point masses at the nearest codes."""
        indices = self.book.nearest(encoded)
        return Quantized(encoded, indices, [self.embed(indices)], len(self.event_shape))

    def statistic_shapes(self):
        """Returns how often each code was the nearest, and the sum of the vectors that it was nearest to."""
        return self.book.statistic_shapes()

    def statistics(self, distribution, value, weights):
        """Returns both, each vector weighted as its example."""
        del value
        return self.book.statistics(distribution.indices, distribution.encoded, weights)

    def move(self, means, count):
        """Moves the codes to the vectors that they were nearest to, and dead ones beside busy ones."""
        self.book.move(means, count)
