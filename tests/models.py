"""Small models and real data for them."""

import functools
import math

import keras
import tensorflow as tf

from tfvae import VAE, data, families, networks, priors, terms

SHAPE = (8, 8, 1)
LATENT = (3,)


@functools.cache
def digits(count=36):
    """The first training digits, uint8."""
    return data.digits("train")[0][:count]


@functools.cache
def strategy():
    """One strategy of two logical CPUs for the process: collectives of a second one would collide."""
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


def make(
    posterior=None,
    likelihood=None,
    objective=None,
    preprocessing=None,
    conv=False,
    seed=0,
    encoder=None,
    decoder=None,
    prior=None,
):
    """A small VAE over digits with the same weights each time; parts can be replaced."""
    keras.utils.set_random_seed(seed)
    if conv:
        networks_pair = networks.conv_encoder(SHAPE, (4, 8)), networks.conv_decoder(LATENT, SHAPE[:2], (8, 4))
    else:
        networks_pair = networks.mlp_encoder(SHAPE, (16,)), networks.mlp_decoder(LATENT, (16,))
    return VAE(
        encoder=encoder or networks_pair[0],
        # A lower bound that `without_noise` can make vanish.
        posterior=posterior or families.Normal(LATENT, min_scale=1e-9),
        prior=prior or priors.StandardNormal(LATENT),
        decoder=decoder or networks_pair[1],
        likelihood=likelihood or families.Bernoulli(SHAPE),
        objective=objective or [terms.NegativeLogLikelihood(), terms.KL()],
        preprocessing=preprocessing or data.Binarize(),
        seed=seed,
    )


def without_noise(vae):
    """Makes a learned posterior so narrow that its noise is below rounding, so that runs can be compared."""
    bias, start = vae.posterior.head.bias.numpy(), 0
    for name, shape in vae.posterior.head_shapes().items():
        end = start + math.prod(shape)
        if name.endswith("scale"):
            bias[start:end] = -25.0
        start = end
    vae.posterior.head.bias.assign(bias)
    return vae
