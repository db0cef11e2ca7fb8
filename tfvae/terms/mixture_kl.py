"""The KL from a mixture prior whose component is a latent, too."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments
from tfvae.component import register
from tfvae.hierarchy.of_class import components, responsibilities
from tfvae.terms.term import Term, Weight, refuse_layers

tfd = tfp.distributions


@register
class MixtureKL(Term):
    """KL(q(z|x) q(c|x) || p(c) p(z|c)) in nats for a prior of components c, the KL of VaDE.

    sum_c g_c (log g_c - log w_c + KL(q(z|x) || p(z|c))),  g_c = mean over draws of p(c|z)

    The responsibilities g_c are p(c|z) by Bayes' rule at the draws; the KL from each component is in closed
    form. It is never less than KL(q(z|x) || p(z)), which `KL(monte_carlo=True)` estimates, and equal to it where
    one component has all of q(z|x): beyond that it pays for a z that several components claim.

    Reference: Jiang et al. (2017), Variational deep embedding, arXiv 1611.05148.

    Args:
        weight: As for every term.
        num_samples: K, the draws that the responsibilities are the mean over.

    Raises:
        ValueError: When the model is made, for a prior that is no mixture, such as `priors.GaussianMixture` without
            `full_covariance` is, or a posterior whose KL from the components has no closed form; for several
            stochastic layers.

    >>> MixtureKL(num_samples=5)
    MixtureKL(num_samples=5)
    """

    needs_posterior_density = True
    needs_prior_density = True

    def __init__(self, weight: Weight = 1.0, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)

    def check(self, posterior, prior, likelihood):
        """Refuses several layers, a prior that is no mixture, and a pair without closed form."""
        super().check(posterior, prior, likelihood)
        refuse_layers(self, posterior)
        ((q, p),) = posterior.pairs(prior)
        try:
            known = components(p) is not None and self._from_each(q, p) is not None
        except NotImplementedError:
            known = False
        if not known:
            raise arguments.invalid(
                "objective",
                "for terms.MixtureKL a prior of components from each of which the KL of the posterior is in closed "
                "form, such as priors.GaussianMixture of families.Normal, or terms.KL(monte_carlo=True) in its place",
                [posterior, prior],
            )

    @staticmethod
    def _from_each(q, p):
        """Returns KL(q(z|x) || p(z|c)), [B, C]."""
        return tfd.kl_divergence(q[:, tf.newaxis], components(p)[1])

    def value(self, inference):
        """Returns [B]."""
        latent = inference.latents[0]
        claimed = tf.reduce_mean(responsibilities(latent.prior, latent.z[: self.num_samples]), axis=0)
        log_weight, _ = components(latent.prior)
        each = self._from_each(latent.posterior, latent.prior) - log_weight
        return tf.reduce_sum(tf.math.xlogy(claimed, claimed) + claimed * each, axis=-1)
