"""The posterior of a level as the prior, corrected by what the encoder says."""

import tensorflow as tf

from tfvae.component import register
from tfvae.families.relative import Relative


@register
class PrecisionWeighted(Relative):
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

    def joined(self, said, known):
        """Returns the loc and scale of the normalised product of the two."""
        precision, prior_precision = said.scale**-2, known.scale**-2
        variance = 1 / (precision + prior_precision)
        loc = variance * (said.loc * precision + known.loc * prior_precision)
        return loc, tf.sqrt(variance)
