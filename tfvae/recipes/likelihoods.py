"""Likelihoods of pixels that aren't binary."""

import math

from tfvae import data, families, terms
from tfvae.recipes.recipe import model, recipe
from tfvae.recipes.weights import vae


@recipe
def sigma_vae(event_shape, latent_size=16, **parts):
    """Optimal sigma-VAE: Gaussian pixels whose one variance is the mean squared error, so that nothing is left to tune.

    log p(x|z) = log N(x; loc(z), sigma^2 I),  sigma^2 = mean squared error

    Rybkin, Daniilidis and Levine (2020), Simple and effective VAE training with
    calibrated decoders, arXiv 2006.13202.

    >>> sigma_vae((8, 8, 1), 2).likelihood
    Normal((8, 8, 1), scale='optimal')
    """
    gaussian = {"likelihood": families.Normal(event_shape, scale="optimal"), "preprocessing": data.Rescale()}
    objective = [terms.NegativeLogLikelihood(), terms.KL()]
    return model(event_shape, latent_size, objective, **(gaussian | parts))


@recipe
def continuous_bernoulli_vae(event_shape, latent_size=16, **parts):
    """Continuous Bernoulli VAE: grey pixels, and the normaliser that their cross-entropy lacks.

    log p(x|z) = sum_i x_i log p_i + (1 - x_i) log(1 - p_i) + log C(p_i)

    Loaiza-Ganem and Cunningham (2019), The continuous Bernoulli: fixing a
    pervasive error in variational autoencoders, arXiv 1907.06845, equation 6.

    >>> continuous_bernoulli_vae((8, 8, 1), 2).likelihood
    ContinuousBernoulli((8, 8, 1))
    """
    grey = {"likelihood": families.ContinuousBernoulli(event_shape), "preprocessing": data.Rescale()}
    return vae(event_shape, latent_size, **(grey | parts))


@recipe
def student_t_vae(event_shape, latent_size=16, **parts):
    """Student-t VAE: pixels of heavy tails, so that a few that are far off don't decide the rest.

    log p(x|z) = sum_i log t(x_i; loc_i(z), scale_i(z), df_i(z))

    Takahashi, Iwata, Yamanaka, Yamada and Yagi (2018), Student-t variational
    autoencoder for robust density estimation, IJCAI, equation 8.

    >>> student_t_vae((8, 8, 1), 2).likelihood
    StudentT((8, 8, 1), min_scale=0.01)
    """
    likelihood = families.StudentT(event_shape, min_scale=0.01)
    return vae(event_shape, latent_size, **({"likelihood": likelihood, "preprocessing": data.Rescale()} | parts))


@recipe
def robust_vae(event_shape, latent_size=16, beta=None, **parts):
    """Robust VAE: an example that the model holds for nearly impossible has nearly no say.

    loss = -(beta + 1) / beta E_q[p(x|z)^beta - 1] + E_q[sum_x' p(x'|z)^(beta + 1)] - 1 + KL(q(z|x) || p(z))

    Akrami, Joshi, Li, Aydore and Leahy (2022), A robust variational autoencoder using
    beta divergence, arXiv 1905.09961, section 3. Without a `beta` it is their 0.005,
    and for x of more than 800 dimensions 4 over that number, so that it can be learned.

    >>> robust_vae((8, 8, 1), 2).objective
    [BetaDivergence(0.005), KL()]
    """
    beta = min(0.005, 4 / math.prod(event_shape)) if beta is None else beta
    return model(event_shape, latent_size, [terms.BetaDivergence(beta), terms.KL()], **parts)
