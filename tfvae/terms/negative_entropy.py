"""The part of the KL that doesn't depend on the prior."""

import tensorflow as tf

from tfvae.component import register
from tfvae.terms.term import Term


@register
class NegativeEntropy(Term):
    """E_q[log q(z|x)], the negative entropy of the posterior, estimated by K draws of z, in nats.

    1/K sum_k log q(z_k|x),  z_k ~ q(z|x)

    With `CrossEntropy` it is KL(q(z|x) || p(z)), or an upper bound on it for a prior that knows a lower bound on log
    p(z), such as `priors.Diffusion`. Two terms rather than one, as nobody should take the bound for a KL.

    Reference: Vahdat, Kreis and Kautz (2021), Score-based generative modeling in latent space, arXiv 2106.05931,
    which takes the KL apart so.

    Args:
        weight: As for every term.
        num_samples: K.

    Raises:
        ValueError: When the model is made, a posterior without a density.
    """

    needs_posterior_density = True

    def value(self, inference):
        """Returns [B]."""
        return tf.add_n([tf.reduce_mean(latent.log_q, axis=0) for latent in inference.latents])
