"""The latent space: paths and directions in it, and what a linear classifier finds there; parts fitted afterwards."""

from tfvae.latent.aggregate import fit_prior
from tfvae.latent.chain import chain
from tfvae.latent.classes import class_probabilities
from tfvae.latent.diffusion import diffusion
from tfvae.latent.geodesic import Centroids, geodesic
from tfvae.latent.inspection import attribute_vector, linear, linear_probe, nearest, spherical, traversal
from tfvae.latent.residuals import fit_likelihood
from tfvae.latent.topics import topics

__all__ = [
    "Centroids",
    "attribute_vector",
    "chain",
    "class_probabilities",
    "diffusion",
    "fit_likelihood",
    "fit_prior",
    "geodesic",
    "linear",
    "linear_probe",
    "nearest",
    "spherical",
    "topics",
    "traversal",
]
