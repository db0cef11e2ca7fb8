"""Whether another prior would say more of the codes."""

import math

import numpy as np

from tfvae import latent, networks, priors, terms
from tfvae.diagnosis.bounds import elbos
from tfvae.diagnosis.finding import Finding
from tfvae.evaluation.estimate import of_examples

_COMPONENTS = 10
# Examples for each number of a full covariance: with fewer, held-out codes are told less of than by diagonal ones.
_ENOUGH = 2


def check(vae, train, test, before, count, seed):
    """Returns the findings on p(z): a mixture fitted to the training data's codes, measured on held-out ones.

    Arguments as for `likelihood.check`, and `count`, how many training examples there are.
    """
    posterior = vae.posterior
    real = set(posterior.measure) == {"real"} and posterior.latent_shapes is None and not posterior.relative
    if not real or posterior.modalities is not None or networks.takes_condition(vae.prior):
        return []
    size = math.prod(posterior.event_shape)
    components = min(_COMPONENTS, max(1, count // (10 * size)))
    full = count >= _ENOUGH * components * size
    prior = priors.GaussianMixture(posterior.event_shape, components, full_covariance=full)
    objective = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
    fitted = latent.fit_prior(vae, train, prior, objective, seed=seed)  # which leaves `prior` as it is
    won = of_examples(np.subtract(elbos(fitted, test, seed), before))
    return [
        Finding(
            "prior",
            "the codes are not spread as it is, so samples are of z that the decoder never saw.",
            won,
            "at least",
            "Fit a prior to the codes, latent.fit_prior(vae, data, prior), or train with it.",
            {"prior": prior, "objective": objective},
        )
    ]
