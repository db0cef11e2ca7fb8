"""The posterior of a level as the prior, corrected by what the encoder says."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments
from tfvae.component import register
from tfvae.families.family import Family

tfd = tfp.distributions


def gaussian(law):
    """Returns the scalar Gaussians of a distribution of independent ones, or None for any other."""
    scalars = law.distribution if isinstance(law, tfd.Independent) else None
    return scalars if isinstance(scalars, tfd.Normal) else None


@register
class PrecisionWeighted(Family):
    """q(z_l|z_<l, x), the product of the prior of a level and of what the encoder says of it.

    q = N(loc, scale^2),  1 / scale^2 = 1 / s^2 + 1 / s_p^2,  loc = scale^2 (m / s^2 + m_p / s_p^2)

    N(m, s^2) is the family's distribution for the encoder's features, N(m_p, s_p^2) is p(z_l|z_<l). Where the encoder
    is unsure, q is the prior, and costs nothing. As the exact posterior of a Gaussian prior and a Gaussian likelihood
    has this form, the encoder learns the likelihood.

    Reference: Sonderby et al. (2016), Ladder variational autoencoders, arXiv 1602.02282,
    section 2.

    Args:
        family: A `families.Normal`, which makes N(m, s^2).

    Raises:
        ValueError: `family` isn't one; when the model is made, the prior of the level has no independent Gaussians.

    >>> from tfvae.families import Normal, TopDown
    >>> TopDown([Normal((2,)), PrecisionWeighted(Normal((8,)))]).latent_shapes
    ((2,), (8,))
    """

    sees_above = False
    relative = True

    def __init__(self, family, **kwargs):
        if not isinstance(family, Family) or gaussian(family.kind()) is None:
            raise arguments.invalid("family", "a families.Normal, such as families.Normal((16,))", family)
        super().__init__(family.event_shape, **kwargs)
        self.family = family

    def head_shapes(self):
        """Returns those of the family."""
        return self.family.head_shapes()

    def constrain(self, raw):
        """Returns the family's parameters."""
        return self.family.constrain(raw)

    def build_distribution(self, **parameters):
        """Returns the family's distribution, before the prior is known."""
        return self.family.build_distribution(**parameters)

    def informed(self, law, prior):
        """Returns the normalised product of the two, both of independent Gaussians."""
        said, known = gaussian(law), gaussian(prior)
        if said is None or known is None:
            raise ValueError(
                f"PrecisionWeighted multiplies two Gaussians, and the prior of its level is {prior}. Use "
                f"families.Normal({self.event_shape}) in priors.Hierarchical, or another family at this level of the "
                "posterior."
            )
        precision, prior_precision = said.scale**-2, known.scale**-2
        variance = 1 / (precision + prior_precision)
        loc = variance * (said.loc * precision + known.loc * prior_precision)
        return tfd.Independent(tfd.Normal(loc, tf.sqrt(variance)), len(self.event_shape))
