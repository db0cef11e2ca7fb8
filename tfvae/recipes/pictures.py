"""Pictures as people have them."""

from typing import Any

from tfvae import arguments, data
from tfvae.recipes import by_size
from tfvae.recipes import details as two_layers
from tfvae.recipes.likelihoods import sigma_vae
from tfvae.recipes.recipe import recipe
from tfvae.recipes.weights import vae


@recipe
def image_vae(event_shape, latent_size: Any = None, binary=False, details: Any = None, **parts):
    """The VAE of pictures: calibrated Gaussian pixels, and networks and latents by the pictures' size.

    log p(x|z) = log N(x; loc(z), sigma^2 I),  sigma^2 = mean squared error
    z ~ N(0, I), or with details z_1 ~ N(0, I),  z_2 ~ N(loc(z_1), scale(z_1)^2)

    From 16x16 on the networks are convolutions, from 32x32 on residual ones. Without a
    calibrated sigma, pictures of many pixels are learned as their mean. `binary` is for pixels
    that are black or white: Bernoulli(p(z)) in place of the Gaussian. `details` is the channels of
    a second layer of latents, which is a map of 8x8 for pictures of 64x64: reconstructions are much
    sharper. It is 8 for pictures of even sides from 32x32 on, where none of the parts that it makes
    is given, and else 0. z is the `latent_size` numbers, then these. For good samples fit the prior
    afterwards: `latent.fit_prior` of `latent.diffusion(vae)`, or of a mixture where `details` is 0.

    Rybkin, Daniilidis and Levine (2020), Simple and effective VAE training with
    calibrated decoders, arXiv 2006.13202; He et al. (2016), Identity mappings in deep
    residual networks, arXiv 1603.05027, for the blocks; Child (2021), Very deep VAEs, arXiv
    2011.10650, section 2.2, for the layers.

    >>> image_vae((64, 64, 3)).posterior
    TopDown([Normal((128,)), Normal((8, 8, 8))])
    >>> image_vae((64, 64, 3), details=0).posterior, image_vae((8, 8, 1), 2, binary=True).likelihood
    (Normal((128,)), Bernoulli((8, 8, 1)))
    """
    if details is None:
        details = 0 if two_layers.MADE & parts.keys() else by_size.details(event_shape)
    details = arguments.integer("details", details, "0, or a number of channels, such as 8", minimum=0)
    layers = two_layers.parts(event_shape, latent_size, details) if details else {}
    if binary:
        return vae(event_shape, latent_size, **({"preprocessing": data.Binarize()} | layers | parts))
    return sigma_vae(event_shape, latent_size, **(layers | parts))
