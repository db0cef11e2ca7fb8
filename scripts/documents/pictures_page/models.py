"""The models that the page compares, as sentences of parts."""

from typing import Any, NamedTuple

from tfvae import networks, priors, recipes


class Model(NamedTuple):
    """A row of the page.

    Attributes:
        build: (shape, latent size, network to compare pictures by, seed) -> a `VAE`.
        sentence: What the page calls it, as code.
        about: A line for the page.
        prior: z's shape -> the prior that is fitted to its codes after training, or None.
    """

    build: Any
    sentence: str
    about: str
    prior: Any = None


# Of the prior that is fitted to codes. A map has hundreds of numbers: more would have too few pictures for each.
COMPONENTS = 4


def _mixture(shape):
    return priors.GaussianMixture(shape, COMPONENTS, min_scale=0.05, full_covariance=True)


def _ppca(shape, size, network, seed):
    return recipes.ppca(shape, size, seed=seed)


def _conv(shape, size, network, seed):
    filters = (32, 64, 128, 128)
    encoder = networks.conv_encoder(shape, filters)
    decoder = networks.conv_decoder((size,), shape[:2], filters[::-1])
    return recipes.sigma_vae(shape, size, encoder=encoder, decoder=decoder, seed=seed)


def _image(shape, size, network, seed):
    return recipes.image_vae(shape, size, seed=seed)


def _details(shape, size, network, seed):
    return recipes.image_vae(shape, size, details=8, seed=seed)


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
    ),
    "image_vae": Model(
        _image,
        "image_vae(shape, size)",
        "The default for pictures: residual networks, one vector of latents.",
        _mixture,
    ),
    "details": Model(
        _details, "image_vae(shape, size, details=8)", "Hierarchical: a second layer of latents, a map of 8x8 places."
    ),
    "dfc_vae": Model(
        _dfc, "dfc_vae(shape, size, network)", "As `image_vae`, compared by the features of a network, too.", _mixture
    ),
    "autoencoder_kl": Model(
        _autoencoder_kl,
        "autoencoder_kl(shape, network=network, start=300)",
        "A map of latents that is hardly regularised, features, and from step 300 on a critic of patches.",
        _mixture,
    ),
}
