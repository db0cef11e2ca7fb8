"""The posteriors of a pair, multiplied where the two share a latent."""

from tfvae.component import register
from tfvae.families.of_pair import OfPair


@register
class MultipliedPair(OfPair):
    """q(z_1, z_2|x_1, x_2) of a pair, whose Gaussians are multiplied where a latent is shared.

    1 / scale^2 = 1 / s_1^2 + 1 / s_2^2,  loc = scale^2 (m_1 / s_1^2 + m_2 / s_2^2)

    Which latents are shared, see the base class, `OfPair`. The picture that is surer has more say, where `AveragedPair`
    gives each a half.

    Reference: Bouchacourt, Tomioka and Nowozin (2018), Multi-level variational autoencoder: learning disentangled
    representations from grouped observations, arXiv 1705.08841; Locatello et al. (2020), Weakly-supervised
    disentanglement without compromises, arXiv 2002.02886, whose Ada-ML-VAE finds the latents.

    Args:
        family: A `families.Normal` of the shape (2, D); it stays without a head.

    Raises:
        ValueError: `family` isn't one.

    >>> import tensorflow as tf
    >>> from tfvae.families import Normal
    >>> said = {"loc": tf.constant([[[0.0, 1.0], [0.4, 5.0]]]), "scale": tf.constant([[[1.0, 1.0], [3.0, 1.0]]])}
    >>> MultipliedPair(Normal((2, 2))).build_distribution(**said).mean().numpy()[0].round(2)
    array([[0.04, 1.  ],
           [0.04, 5.  ]], dtype=float32)
    """

    def joined(self, first, second):
        """Returns the loc and scale of the normalised product of the two."""
        precision, other = first.scale**-2, second.scale**-2
        variance = 1 / (precision + other)
        return variance * (first.loc * precision + second.loc * other), variance**0.5
