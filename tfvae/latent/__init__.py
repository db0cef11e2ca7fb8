"""The latent space: paths and directions in it, what a linear classifier finds there, and a prior fitted to it."""

from tfvae.latent.aggregate import fit_prior
from tfvae.latent.inspection import attribute_vector, linear, linear_probe, nearest, spherical, traversal

__all__ = ["attribute_vector", "fit_prior", "linear", "linear_probe", "nearest", "spherical", "traversal"]
