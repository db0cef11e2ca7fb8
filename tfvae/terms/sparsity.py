"""A penalty on the activity of the latents."""

import tensorflow as tf

from tfvae.component import register
from tfvae.terms.term import Term


@register
class Sparsity(Term):
    """1/K sum_k |z_k|_1, the activity of the latents, in nats.

    |z|_1 = sum_i |z_i|,  z_k ~ q(z|x)

    With a `families.Deterministic` posterior it makes a sparse autoencoder: in each
    code, few elements are far from 0. With `weight` b it is the negative log density of
    independent Laplace distributions of scale 1/b, without the constant. Growing
    decoder weights make every code cheaper, so give the optimizer a `weight_decay` if
    the activity itself is to be meaningful.

    Reference: Olshausen and Field (1996), Emergence of simple-cell receptive field
    properties by learning a sparse code for natural images, equation 2; Goodfellow,
    Bengio and Courville (2016), Deep learning, section 14.2.1.

    Args:
        weight: As for every term.
        num_samples: K.
    """

    def value(self, inference):
        """Returns [B]."""
        return tf.add_n([self._activity(latent.z) for latent in inference.latents])

    @staticmethod
    def _activity(z):
        return tf.reduce_mean(tf.reduce_sum(tf.abs(z), axis=list(range(2, z.shape.rank))), axis=0)
