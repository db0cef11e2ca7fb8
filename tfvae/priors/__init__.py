"""Prior distributions of the latent: p(z)."""

from tfvae.priors.fixed import Fixed
from tfvae.priors.gaussian_mixture import GaussianMixture
from tfvae.priors.hierarchical import Hierarchical
from tfvae.priors.latent_variable import LatentVariable
from tfvae.priors.learned import Learned
from tfvae.priors.prior import Prior
from tfvae.priors.product import Product
from tfvae.priors.standard_normal import StandardNormal
from tfvae.priors.vamp_prior import VampPrior

__all__ = [
    "Fixed",
    "GaussianMixture",
    "Hierarchical",
    "LatentVariable",
    "Learned",
    "Prior",
    "Product",
    "StandardNormal",
    "VampPrior",
]
