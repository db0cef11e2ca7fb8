"""A family as a learned prior."""

from typing import Any

import tensorflow as tf

from tfvae.component import register
from tfvae.priors.prior import Prior, known_anywhere


@register
class Learned(Prior):
    """p(z) is a family's distribution, with parameters learned with the model.

    p(z) = family(z; constrain(raw)),  raw a variable in place of a head

    So any family that can be q(z|x) can be learned as p(z). With a sampled KL,
    KL(monte_carlo=True), the gradient fits p(z) to the encoder's posteriors of the
    data. The autoregressive prior is

    Learned(Transformed(Normal((16,)), [Inverted(InverseAutoregressive((16,)))]))

    whose density, needed at each train step, takes one pass; a draw, needed only to
    generate, takes one pass per dimension.

    Reference: Chen et al. (2017), Variational lossy autoencoder, arXiv 1611.02731,
    section 3.2, for the flow; with a location-scale family, this is empirical Bayes.

    Args:
        family: A `families.Family` with a density at any point; it stays without a head.

    Raises:
        ValueError: `family` is anything else.

    >>> from tfvae import families
    >>> prior = Learned(families.MultivariateNormal((3,)))
    >>> prior.distribution().event_shape, len(prior.trainable_variables)
    (TensorShape([3]), 3)
    """

    def __init__(self, family, **kwargs):
        super().__init__(known_anywhere(family).event_shape, **kwargs)
        self.family = family
        self._raw: dict[str, Any] = {
            name: self.add_weight(shape=shape, initializer="zeros", name=name, autocast=False)
            for name, shape in family.raw_shapes.items()
        }

    def measure(self, posterior):
        """Returns the family's measure."""
        del posterior
        return self.family.measure

    def distribution(self, condition=None, encode=None):
        """Returns p(z) with its current parameters, whatever the condition."""
        del condition, encode
        raw = {name: tf.cast(value, self.float_dtype) for name, value in self._raw.items()}
        return self.family.build_distribution(**self.family.constrain(raw))
