"""The part of the KL that depends on the prior."""

import tensorflow as tf

from tfvae import random
from tfvae.component import register
from tfvae.terms.term import Term


@register
class CrossEntropy(Term):
    """-E_q[log p(z)], the cross entropy of the posterior and the prior, estimated by K draws of z, in nats.

    -1/K sum_k log p(z_k),  z_k ~ q(z|x)

    KL(q(z|x) || p(z)) is this less the entropy of q(z|x), which doesn't depend on the prior: minimised over p alone, it
    gives the prior that is best for the ELBO, `latent.fit_prior`. With a `families.Deterministic` posterior and a
    standard normal prior it is |z|^2 / 2 and a constant, the penalty of a regularised autoencoder.

    A prior that knows only a lower bound on log p(z), such as `priors.LatentVariable`, gives that in its place: the
    value is then an upper bound on the cross entropy.

    Reference: Ghosh et al. (2020), From variational to deterministic autoencoders, arXiv 1903.12436, equations 7 and
    9; Tomczak and Welling (2018), VAE with a VampPrior, arXiv 1705.07120, equation 4.

    Args:
        weight: As for every term.
        num_samples: K.

    Raises:
        ValueError: When the model is made, a prior that has no density at the posterior's draws, nor a bound on it.
    """

    def check(self, posterior, prior, likelihood):
        """Refuses a prior without density or bound, or with one of another kind than what is drawn."""
        super().check(posterior, prior, likelihood)
        if not prior.has_bound(posterior):
            raise ValueError(
                f"CrossEntropy needs the density of p(z), or a bound on it, and a {type(prior).__name__} prior of a "
                f"{type(posterior).__name__} posterior has none. Use another prior, such as priors.GaussianMixture, or "
                "drop the term."
            )
        if prior.measure(posterior) != posterior.measure:
            raise ValueError(
                f"CrossEntropy needs log p(z) at draws of q(z|x), and a {type(posterior).__name__} posterior draws "
                f"other dimensions than a {type(prior).__name__} prior has. Use another prior, such as "
                "priors.GaussianMixture for real z."
            )

    def value(self, inference):
        """Returns [B]."""
        bounds = [
            # Only a prior that draws asks for a seed: of any other, no draw of another term moves.
            latent.bound(latent, lambda number=number: random.fold(inference.seed(self), number))
            for number, latent in enumerate(inference.latents)
        ]
        return -tf.add_n([tf.reduce_mean(bound, axis=0) for bound in bounds])
