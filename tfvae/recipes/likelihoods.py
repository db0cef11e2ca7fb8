"""Likelihoods of pixels that aren't binary."""

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
