"""The importance-weighted bound."""

import math

import tensorflow as tf

from tfvae.component import register
from tfvae.terms.bound import Bound
from tfvae.terms.term import Weight


@register
class ImportanceWeighted(Bound):
    """-L_K, the importance-weighted bound, in nats.

    L_K = E[log 1/K sum_k p(x, z_k) / q(z_k|x)],  z_k ~ q(z|x)

    L_1 is the ELBO with a sampled KL, L_K grows with K, and K -> infinity gives
    log p(x). It is a whole objective, not a summand beside a KL. A sum of two bounds
    whose weights add up to 1 is a bound, too (CIWAE, `recipes.ciwae`).

    Reference: Burda, Grosse and Salakhutdinov (2016), arXiv 1509.00519, equation 8.

    Args:
        num_samples: K.
        weight: As for every term.
    """

    def __init__(self, num_samples, weight: Weight = 1.0, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)

    def lower_bound(self, log_weight):
        """Returns log 1/K sum_k w_k, [B]."""
        return tf.reduce_logsumexp(log_weight, axis=0) - math.log(self.num_samples)

    def path_weights(self, log_weight):
        """Returns the squares of the normalised weights, [K, B]."""
        return tf.nn.softmax(log_weight, axis=0) ** 2
