"""The activity of the latents, as a cost."""

import tensorflow as tf

from tfvae.component import register
from tfvae.terms.term import Term


@register
class Sparsity(Term):
    """1/K sum_k |z_k|_1, the activity of the latents, in nats.

    |z|_1 = sum_i |z_i|,  z_k ~ q(z|x)

    It makes a sparse autoencoder of one with a `families.Deterministic` posterior:
    codes of which few are far from 0. With `weight` b it is the negative log density
    of independent Laplace laws of scale 1/b, without their constant. A decoder whose
    weights grow makes every code cheaper, so give the optimizer a `weight_decay`
    where the activity itself is to mean something.

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
