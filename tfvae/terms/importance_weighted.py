"""The importance-weighted bound."""

import math

import tensorflow as tf

from tfvae.component import register
from tfvae.terms.term import Term


@register
class ImportanceWeighted(Term):
    """-L_K, the importance-weighted bound, in nats.

    L_K = E[log 1/K sum_k p(x, z_k) / q(z_k|x)],  z_k ~ q(z|x)

    L_1 is the ELBO with a sampled KL, L_K grows with K, and K -> infinity gives
    log p(x). It is a whole objective, not a summand beside a KL.

    Reference: Burda, Grosse and Salakhutdinov (2016), arXiv 1509.00519, equation 8.

    Args:
        num_samples: K.
        weight: As for every term.
    """

    needs_posterior_density = True
    needs_likelihood_density = True

    def __init__(self, num_samples, weight=1.0, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)

    def value(self, inference):
        """Returns [B]."""
        # Another term may have asked for more draws; the bound is that of K.
        log_weight = inference.log_weight[: self.num_samples]
        return math.log(self.num_samples) - tf.reduce_logsumexp(log_weight, axis=0)
