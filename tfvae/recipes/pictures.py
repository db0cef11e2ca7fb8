"""Pictures as people have them."""

from tfvae import data, families, terms
from tfvae.recipes.recipe import model, recipe


@recipe
def image_vae(event_shape, latent_size=None, binary=False, **parts):
    """The VAE of pictures: calibrated Gaussian pixels, and networks and latents by the pictures' size.

    log p(x|z) = log N(x; loc(z), sigma^2 I),  sigma^2 = mean squared error

    From 16x16 on the networks are convolutions, from 32x32 on residual ones. Without a
    calibrated sigma, pictures of many pixels are learned as their mean. `binary` is for pixels
    that are black or white: Bernoulli(p(z)) in place of the Gaussian.

    Rybkin, Daniilidis and Levine (2020), Simple and effective VAE training with
    calibrated decoders, arXiv 2006.13202; He et al. (2016), Identity mappings in deep
    residual networks, arXiv 1603.05027, for the blocks.

    >>> image_vae((64, 64, 3)).posterior, image_vae((8, 8, 1), 2, binary=True).likelihood
    (Normal((128,)), Bernoulli((8, 8, 1)))
    """
    grey = {"likelihood": families.Normal(event_shape, scale="optimal"), "preprocessing": data.Rescale()}
    pixels = {"preprocessing": data.Binarize()} if binary else grey
    objective = [terms.NegativeLogLikelihood(), terms.KL()]
    return model(event_shape, latent_size, objective, **(pixels | parts))
