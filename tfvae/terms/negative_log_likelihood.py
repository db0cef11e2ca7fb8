"""The reconstruction term."""

from tfvae.component import register
from tfvae.terms.term import Term


@register
class NegativeLogLikelihood(Term):
    """-E_q[log p(x|z)], estimated by the mean over K draws of z, in nats.

    -1/K sum_k log p(x | z_k),  z_k ~ q(z|x)

    Summed over the event, with all normalisers kept. Reference: Kingma and Welling
    (2014), arXiv 1312.6114, equation 7.

    Args:
        weight: As for every term.
        num_samples: K.
    """

    needs_likelihood_density = True
    weighs_draws = True

    def value(self, inference):
        """Returns [B]."""
        return -inference.expected(inference.log_likelihood)
