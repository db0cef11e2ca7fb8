"""Prior distributions of the latent: p(z)."""

from tfvae.priors.autoregressive import Autoregressive
from tfvae.priors.diffusion import Diffusion
from tfvae.priors.fixed import Fixed
from tfvae.priors.gaussian_mixture import GaussianMixture
from tfvae.priors.hierarchical import Hierarchical
from tfvae.priors.hypersphere import Hypersphere
from tfvae.priors.hyperspherical_uniform import HypersphericalUniform
from tfvae.priors.inverse_volume import InverseVolume
from tfvae.priors.latent_variable import LatentVariable
from tfvae.priors.learned import Learned
from tfvae.priors.learned_conditional import LearnedConditional
from tfvae.priors.prior import Prior
from tfvae.priors.product import Product
from tfvae.priors.standard_normal import StandardNormal
from tfvae.priors.vamp_prior import VampPrior
from tfvae.priors.with_class import WithClass

__all__ = [
    "Autoregressive",
    "Diffusion",
    "Fixed",
    "GaussianMixture",
    "Hierarchical",
    "Hypersphere",
    "HypersphericalUniform",
    "InverseVolume",
    "LatentVariable",
    "Learned",
    "LearnedConditional",
    "Prior",
    "Product",
    "StandardNormal",
    "VampPrior",
    "WithClass",
]
