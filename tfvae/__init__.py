"""tfvae: variational autoencoders for Keras 3 and TensorFlow, composed of parts.

Importing the package registers every part, so that `keras.saving.load_model`
finds them.
"""

from tfvae import (
    callbacks,
    data,
    evaluation,
    export,
    families,
    latent,
    networks,
    pictures,
    priors,
    recipes,
    schedules,
    terms,
)
from tfvae.vae import VAE

__version__ = "0.1.0"

__all__ = [
    "VAE",
    "callbacks",
    "data",
    "evaluation",
    "export",
    "families",
    "latent",
    "networks",
    "pictures",
    "priors",
    "recipes",
    "schedules",
    "terms",
]
