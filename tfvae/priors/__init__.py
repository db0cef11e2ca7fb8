"""Distributions of the latent before anything is seen: p(z)."""

from tfvae.priors.prior import Prior
from tfvae.priors.standard_normal import StandardNormal

__all__ = ["Prior", "StandardNormal"]
