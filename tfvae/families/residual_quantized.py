"""The family of several codebooks, each for what the earlier ones leave."""

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.families.codebook import Codebook
from tfvae.families.family import Family
from tfvae.families.quantized import Quantized


@register
class ResidualQuantized(Family):
    """Each vector of z is a sum of codes, one of each book: the nearest to what the earlier ones leave.

    z_i = sum_d c^d_{k_d},  k_d = argmin_j |r_{d-1} - c^d_j|,  r_d = r_{d-1} - c^d_{k_d},  r_0 = e_i

    e is the head's output. `depth` books of `num_codes` say as much as one of
    num_codes^depth. Every book follows what it is the nearest to, as that of
    `families.VectorQuantized` does, which is this family of depth 1. `terms.Commitment`
    holds the encoder to the sum of the first book, of the first two, and so on. There is no
    density: KL terms and importance weighting refuse it. The paper shares one book among all
    depths; here each has its own.

    Args:
        event_shape: Shape of z; the last axis is that of a code, the others are positions.
        num_codes: Codes in each book.
        depth: Books.
        decay: A number in [0, 1); see `families.VectorQuantized`.
        revive: A code is dead below this fraction of the mean use of its book's; 0 lets it be.

    Raises:
        ValueError: An argument that is not one of these.

    Reference: Lee, Kim, Kim, Cho and Han (2022), Autoregressive image generation using residual
    quantization, arXiv 2203.01941.

    >>> import tensorflow as tf
    >>> posterior = ResidualQuantized((7, 7, 16), num_codes=64, depth=4)
    >>> posterior.distribution(tf.zeros([5, 7, 7, 32])).indices.shape
    TensorShape([5, 7, 7, 4])
    """

    has_density = False
    moves_as = "posterior"

    def __init__(self, event_shape, num_codes, depth, decay=0.99, revive=0.01, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.depth = arguments.integer("depth", depth)
        size, policy = self.event_shape[-1], self.dtype_policy
        self.books = [
            Codebook(num_codes, size, decay, revive, dtype=policy, name=f"book_{number}")
            for number in range(self.depth)
        ]
        self.num_codes = self.books[0].num_codes
        self.decay = decay
        self.revive = revive

    @property
    def book_sizes(self):
        """The number of codes of each book."""
        return (self.num_codes,) * self.depth

    @property
    def indices_shape(self):
        """One number for each position and book."""
        return (*self.event_shape[:-1], self.depth)

    def embed(self, indices):
        """Returns z of codes by their numbers, [..., *positions, depth] -> [..., *event_shape]."""
        numbers = tf.unstack(tf.convert_to_tensor(indices), self.depth, axis=-1)
        return sum(tf.gather(book.codes, each) for book, each in zip(self.books, numbers, strict=True))

    def head_shapes(self):
        """Returns e, of z's shape."""
        return {"encoded": self.event_shape}

    def constrain(self, raw):
        """Returns e as it is."""
        return raw

    def build_distribution(self, encoded):
        """Returns point masses at the sums of codes."""
        indices, stages = [], []
        for book in self.books:
            indices.append(book.nearest(encoded - stages[-1] if stages else encoded))
            code = tf.gather(book.codes, indices[-1])
            stages.append(stages[-1] + code if stages else code)
        return Quantized(encoded, tf.stack(indices, axis=-1), stages, len(self.event_shape))

    def statistic_shapes(self):
        """Returns those of each book."""
        return _numbered([book.statistic_shapes() for book in self.books])

    def statistics(self, distribution, value, weights):
        """Returns those of each book: of what the earlier ones left it."""
        del value
        encoded = distribution.encoded
        left = [encoded, *(encoded - stage for stage in distribution.stages[:-1])]
        numbers = tf.unstack(distribution.indices, self.depth, axis=-1)
        parts = zip(self.books, numbers, left, strict=True)
        return _numbered([book.statistics(number, vectors, weights) for book, number, vectors in parts])

    def move(self, means, count):
        """Moves the codes of each book."""
        for number, book in enumerate(self.books):
            book.move({name: means[f"{name}_{number}"] for name in book.statistic_shapes()}, count)


def _numbered(of_books):
    return {f"{name}_{number}": value for number, each in enumerate(of_books) for name, value in each.items()}
