"""The models that the page compares, as sentences of parts."""

import math
from typing import Any, NamedTuple

import keras

from tfvae import latent, networks, priors, recipes, terms


class Model(NamedTuple):
    """A row of the page.

    Attributes:
        build: (shape, latent size, network to compare pictures by, seed) -> a `VAE`.
        sentence: What the page calls it, as code.
        about: A line for the page.
        prior: (`VAE`, its batches, seed) -> one like it with a prior that was fitted to its codes, or None.
        fitted: What the page calls that prior.
    """

    build: Any
    sentence: str
    about: str
    prior: Any = None
    fitted: str = ""


# Of the prior that is fitted to codes. A map has hundreds of numbers: more would have too few pictures for each.
COMPONENTS = 4


# Of a diffusion.
DIFFUSION_STEPS = 1400


def _mixture(vae, batches, seed):
    prior = priors.GaussianMixture(vae.prior.event_shape, COMPONENTS, min_scale=0.05, full_covariance=True)
    return latent.fit_prior(vae, batches, prior, terms.NegativeLogLikelihood(), seed=seed)


def _diffusion(vae, batches, seed):
    steps = int(batches.cardinality())
    epochs = math.ceil(DIFFUSION_STEPS / steps)
    # Draws of q(z|x) have a noise of a tenth of their spread and more: what is finer, the decoder never saw.
    prior = latent.diffusion(vae, min_noise=0.1)
    adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, epochs * steps, alpha=0.02))
    fit = {"optimizer": adam, "epochs": epochs, "verbose": 0}
    return latent.fit_prior(vae, batches, prior, terms.NegativeLogLikelihood(), seed=seed, **fit)


def _ppca(shape, size, network, seed):
    return recipes.ppca(shape, size, seed=seed)


def _conv(shape, size, network, seed):
    filters = (32, 64, 128, 128)
    encoder = networks.conv_encoder(shape, filters)
    decoder = networks.conv_decoder((size,), shape[:2], filters[::-1])
    return recipes.sigma_vae(shape, size, encoder=encoder, decoder=decoder, seed=seed)


def _flat(shape, size, network, seed):
    return recipes.image_vae(shape, size, details=0, seed=seed)


def _image(shape, size, network, seed):
    return recipes.image_vae(shape, size, seed=seed)


def _dfc(shape, size, network, seed):
    return recipes.dfc_vae(shape, size, network=network, seed=seed)


def _autoencoder_kl(shape, size, network, seed):
    # The game begins after a third of the training, which is shorter than the default's thousand steps and more.
    return recipes.autoencoder_kl(shape, network=network, start=300, seed=seed)


MODELS = {
    "ppca": Model(_ppca, "ppca(shape, size)", "Linear: what a principal component analysis can do."),
    "conv": Model(
        _conv,
        "sigma_vae(shape, size, encoder=conv_encoder(...), decoder=conv_decoder(...))",
        "Four plain convolutions each way.",
        _mixture,
        "mixture",
    ),
    "flat": Model(
        _flat,
        "image_vae(shape, size, details=0)",
        "Residual networks, one vector of latents.",
        _mixture,
        "mixture",
    ),
    "image_vae": Model(
        _image,
        "image_vae(shape, size)",
        "The default for pictures. Hierarchical: residual networks, and below the vector a map of 8x8 places.",
        _diffusion,
        "diffusion",
    ),
    "dfc_vae": Model(
        _dfc,
        "dfc_vae(shape, size, network)",
        "As *flat*, compared by the features of a network, too.",
        _mixture,
        "mixture",
    ),
    "autoencoder_kl": Model(
        _autoencoder_kl,
        "autoencoder_kl(shape, network=network, start=300)",
        "A map of latents that is hardly regularised, features, and from step 300 on a critic of patches.",
        _diffusion,
        "diffusion",
    ),
}
