"""The posterior of a level as the prior, moved and stretched by what the encoder says."""

from tfvae.component import register
from tfvae.families.relative import Relative


@register
class ResidualNormal(Relative):
    """q(z_l|z_<l, x), the prior of a level moved and stretched.

    q = N(m_p + m, (s_p s)^2),  KL(q || p) = 1/2 sum_i (m_i^2 / s_p,i^2 + s_i^2 - log s_i^2 - 1)

    N(m, s^2) is the family's distribution for the encoder's features and the decoder's state above, N(m_p, s_p^2) is
    p(z_l|z_<l). When the prior moves, the posterior moves along, and features that say 0 and 1 cost nothing: the
    encoder learns only what x adds.

    Reference: Vahdat and Kautz (2020), NVAE, arXiv 2007.03898, section 3.2.

    Args:
        family: A `families.Normal`, which makes N(m, s^2).

    Raises:
        ValueError: `family` isn't one; when the model is made, the prior of the level has no independent Gaussians.

    >>> from tfvae.families import Normal, TopDown
    >>> TopDown([Normal((2,)), ResidualNormal(Normal((8,)))]).latent_shapes
    ((2,), (8,))
    """

    def joined(self, said, known):
        """Returns (m_p + m, s_p s)."""
        return known.loc + said.loc, known.scale * said.scale
