"""The posteriors of a pair, averaged where the two share a latent."""

import tensorflow as tf

from tfvae.component import register
from tfvae.families.of_pair import OfPair


@register
class AveragedPair(OfPair):
    """q(z_1, z_2|x_1, x_2) of a pair, whose Gaussians are averaged where a latent is shared.

    loc = (m_1 + m_2) / 2,  scale^2 = (s_1^2 + s_2^2) / 2

    Which latents are shared, see the base class, `OfPair`.

    Reference: Hosoya (2019), Group-based learning of disentangled representations with generalizability for novel
    contents, whose GVAE averages; Locatello et al. (2020), Weakly-supervised disentanglement without compromises,
    arXiv 2002.02886, whose Ada-GVAE finds the latents.

    Args:
        family: A `families.Normal` of the shape (2, D); it stays without a head.

    Raises:
        ValueError: `family` isn't one.

    >>> import tensorflow as tf
    >>> from tfvae.families import Normal
    >>> said = {"loc": tf.constant([[[0.0, 1.0], [0.4, 5.0]]]), "scale": tf.ones([1, 2, 2])}
    >>> AveragedPair(Normal((2, 2))).build_distribution(**said).mean().numpy()[0].round(1)
    array([[0.2, 1. ],
           [0.2, 5. ]], dtype=float32)
    """

    def joined(self, first, second):
        """Returns the average of the means and the root of that of the variances."""
        return (first.loc + second.loc) / 2, tf.sqrt((first.scale**2 + second.scale**2) / 2)
