"""Several families side by side, such as discrete latents beside continuous ones."""

import math

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families import side_by_side
from tfvae.families.family import Family
from tfvae.vectors import by_place

tfd = tfp.distributions


@register
class Joint(Family):
    """Independent families over parts of one vector.

    log p(x) = sum_j log p_j(x_j),  x = concat(x_1, x_2, ...), each flattened

    As a posterior it mixes kinds of latents, and needs a prior with the same pieces,
    `priors.Product`; the KL is the sum over the pieces. As a likelihood it makes one model
    of several modalities, such as an image and its label; of `Observed` families any of
    them may be missing as a whole, all its entries NaN.

    Args:
        families: Families, in their order along the vector.

    Raises:
        ValueError: `families` is empty or contains anything else.

    >>> import tensorflow as tf
    >>> from tfvae.families import Normal, RelaxedCategorical
    >>> posterior = Joint([Normal((3,)), RelaxedCategorical((2, 10))])
    >>> posterior(tf.zeros([5, 8]), seed=1).shape
    TensorShape([5, 23])
    """

    def __init__(self, families, **kwargs):
        families = list(families)
        if not families or not all(isinstance(family, Family) for family in families):
            raise ValueError(
                "Invalid value for argument `families`. Expected families, such as [families.Normal((3,)), "
                f"families.RelaxedCategorical((1, 10))]. Received: families={families!r}"
            )
        super().__init__((sum(math.prod(family.event_shape) for family in families),), **kwargs)
        self.families = families
        side_by_side.take_knowledge(self, families)
        self.takes_missing = all(family.takes_missing for family in families)

    @property
    def measure(self):
        """The measures of the families, in order."""
        return side_by_side.measure(self.families)

    def head_shapes(self):
        """Returns the parameters of every family, numbered."""
        return side_by_side.head_shapes(self.families)

    def constrain(self, raw):
        """Returns the parameters of every family, numbered."""
        return side_by_side.constrain(self.families, raw)

    def build_distribution(self, **parameters):
        """Returns the families' distributions as one over the vector."""
        pieces = zip(self.families, side_by_side.split(self.families, parameters), strict=True)
        return tfd.Blockwise([family.build_distribution(**piece) for family, piece in pieces])

    def in_support(self, x):
        """Returns [B] bool, whether each piece of each x is in its family's support."""
        pieces = by_place.split(x, [family.event_shape for family in self.families])
        inside = [family.in_support(piece) for family, piece in zip(self.families, pieces, strict=True)]
        return tf.reduce_all(inside, axis=0)
