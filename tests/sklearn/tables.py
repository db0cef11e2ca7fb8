"""Tables, and models of them whose every number is known."""

import numpy as np

from tests.linear_gaussian import LinearGaussian
from tfvae import terms

#: In no column's own units, and each column in others.
UNITS = np.array([1e-3, 1.0, 40.0, 7.0, 1e4])
LINEAR = LinearGaussian.random(size=5, latents=2, sigma=0.5)


def table(count=60, seed=1):
    """A table [count, 5]."""
    return LINEAR.sample(count, seed) * UNITS + 3 * UNITS


def linear_model(event_shape, latent_size):
    """The linear-Gaussian model as a VAE, whose posterior is exact."""
    assert (event_shape, latent_size) == ((5,), 2)
    return LINEAR.vae([terms.NegativeLogLikelihood(), terms.KL()])


def widened(event_shape, latent_size):
    """The same with a posterior that is too wide, so that importance weights vary."""
    assert (event_shape, latent_size) == ((5,), 2)
    return LINEAR.vae([terms.NegativeLogLikelihood(), terms.KL()], widen=1.7)


#: A training that leaves the weights as they are.
STILL = {"latent_size": 2, "epochs": 1, "learning_rate": 1e-300, "random_state": 0}
