"""Pictures that are sharper than a likelihood of independent pixels makes them."""

from typing import Any

import keras

from tfvae import data, families, networks, priors, terms
from tfvae.recipes import by_size
from tfvae.recipes.pictures import image_vae
from tfvae.recipes.recipe import model, recipe


def _critic(shape):
    """Returns a critic of patches of 38 pixels a side, and of 18 where the whole picture is small."""
    return networks.patch_critic(shape, (32, 64, 128) if min(shape[:2]) >= 32 else (64, 128))


def _window(shape):
    """Returns the side of the windows of a structural similarity: 11 pixels, or fewer for a small picture."""
    side = min(shape[:2])
    return min(11, side - (side % 2 == 0))


def _seeing(network, shape):
    return networks.vgg19(shape) if network is None else network


def _beside(others, event_shape, latent_size, parts):
    """Returns `image_vae` with one layer of latents, as the papers have it, and other terms beside its two."""
    objective = [terms.NegativeLogLikelihood(), terms.KL(), *others]
    return image_vae(event_shape, latent_size, **({"objective": objective, "details": 0} | parts))


@recipe
def ms_ssim_vae(event_shape, latent_size=None, weight=1.0, **parts):
    """The VAE of pictures that also keeps their structure: contrast and edges, at several scales.

    loss = -ELBO + weight * balance * (1 - MS-SSIM(x, E p(x|z)))

    At `weight` 1 the similarity pulls at the pixels as hard as the likelihood does.

    Ridgeway, Snell, Roads, Zemel and Mozer (2015), Learning to generate images with perceptual
    similarity metrics, arXiv 1511.06409.

    >>> ms_ssim_vae((28, 28, 1)).objective[2]
    MultiScaleSSIM(weight=Balanced(1.0))
    """
    similarity = terms.MultiScaleSSIM(weight=terms.Balanced(weight), window=_window(event_shape))
    return _beside([similarity], event_shape, latent_size, parts)


@recipe
def dfc_vae(event_shape, latent_size=None, network: Any = None, layer_names=None, weight=1.0, **parts):
    """Deep feature consistent VAE: reconstructions that look like x to a network that knows pictures.

    loss = -ELBO + weight * balance * sum_l 1/2 mean (f_l(x) - f_l(E p(x|z)))^2

    f_l are the layers `layer_names` of `network`, a functional Keras model of intensities, or its outputs; without one
    the three of `networks.vgg19`, trained on ImageNet. At `weight` 1 the features pull at the pixels as hard as the
    likelihood does. The paper leaves the pixels out; here they fix the colours, and p(x|z) has a density.

    Hou, Shen, Sun and Qiu (2017), Deep feature consistent variational autoencoder, arXiv
    1610.00291.

    >>> network = networks.vgg19((32, 32, 3), weights=None)
    >>> dfc_vae((32, 32, 3), network=network).objective[2].weight
    Balanced(1.0)
    """
    perceptual = terms.Perceptual(_seeing(network, event_shape), layer_names, weight=terms.Balanced(weight))
    return _beside([perceptual], event_shape, latent_size, parts)


@recipe
def vae_gan(event_shape, latent_size=None, weight=0.5, **parts):
    """VAE-GAN: a critic judges reconstructions and samples, and its features say how alike two pictures are.

    loss = -ELBO + balance * sum_l 1/2 mean (c_l(x) - c_l(E p(x|z)))^2 + weight * balance' * E log(1 + exp(-c(x')))

    x' are reconstructions and decoded draws of the prior. The encoder follows all but the game. The similarity pulls at
    the pixels as hard as the likelihood does, and the game at `weight` 1. The paper leaves the pixels out; here they
    fix the colours.

    Larsen, Sonderby, Larochelle and Winther (2016), Autoencoding beyond pixels using a
    learned similarity metric, arXiv 1512.09300.

    >>> vae_gan((28, 28, 1)).objective[2]
    LearnedSimilarity(['features_1', 'features_2'], weight=Balanced(1.0))
    """
    critic = _critic(event_shape)
    layers = [layer.name for layer in critic.layers if layer.name.startswith("features_")]
    game = terms.PerNetwork(generative=terms.Adversarial(critic, of_samples=True), weight=terms.Balanced(weight))
    similarity = terms.LearnedSimilarity(layers, weight=terms.Balanced())
    return _beside([similarity, game], event_shape, latent_size, parts)


@recipe
def autoencoder_kl(
    event_shape, latent_size=4, network: Any = None, layer_names=None, beta=1e-6, weight=0.5, start=1000, **parts
):
    """The autoencoder of latent diffusion: a map of latents, hardly regularised, and a critic that comes late.

    loss = -log p(x|z) + beta KL + balance * sum_l 1/2 mean (f_l(x) - f_l(x'))^2 - weight * balance' * c(x')

    x' = E p(x|z), and z is a map [h, w, latent_size]; each side of a picture of 64x64 is halved three times. p(x|z) is
    a Laplacian, whose scale is the mean absolute error. The features pull at the pixels as hard as the likelihood does,
    and the game at `weight` 1. It has a hinge loss, and counts after `start` train steps. `network` and `layer_names`
    are those of `dfc_vae`. With so small a beta draws of p(z) decode to no pictures: fit a prior to the codes
    (`latent.fit_prior` of `latent.diffusion(vae)`), or take a beta near 1.

    Rombach, Blattmann, Lorenz, Esser and Ommer (2022), High-resolution image synthesis with
    latent diffusion models, arXiv 2112.10752, appendix G.

    >>> network = networks.vgg19((64, 64, 3), weights=None)
    >>> autoencoder_kl((64, 64, 3), network=network).posterior
    Normal((8, 8, 4))
    """
    shape = by_size.map_shape(event_shape, latent_size)
    rises = keras.optimizers.schedules.PiecewiseConstantDecay([start], [0.0, weight])
    objective = [
        *(terms.NegativeLogLikelihood(), terms.KL(weight=beta)),
        terms.Perceptual(_seeing(network, event_shape), layer_names, weight=terms.Balanced()),
        terms.Adversarial(_critic(event_shape), weight=terms.Balanced(rises), game=terms.games.Hinge()),
    ]
    defaults = dict(zip(("encoder", "decoder"), by_size.map_networks(shape, event_shape), strict=True))
    defaults |= {"posterior": families.Normal(shape), "prior": priors.StandardNormal(shape)}
    defaults |= {"likelihood": families.Laplace(event_shape, scale="optimal"), "preprocessing": data.Rescale()}
    return model(event_shape, latent_size, objective, **(defaults | parts))
