"""tfvae: variational autoencoders for Keras 3 and TensorFlow, composed of parts.

Importing the package registers every part, so that `keras.saving.load_model`
finds them.
"""

from tfvae import (
    callbacks,
    data,
    diagnosis,
    evaluation,
    export,
    families,
    latent,
    networks,
    pictures,
    priors,
    recipes,
    schedules,
    serving,
    terms,
)
from tfvae.data import columns
from tfvae.families import flows
from tfvae.files.saving import load_model
from tfvae.files.version import __version__
from tfvae.vae import VAE

__all__ = [
    "VAE",
    "__version__",
    "callbacks",
    "columns",
    "data",
    "diagnosis",
    "evaluation",
    "export",
    "families",
    "flows",
    "latent",
    "load_model",
    "networks",
    "pictures",
    "priors",
    "recipes",
    "schedules",
    "serving",
    "terms",
]
