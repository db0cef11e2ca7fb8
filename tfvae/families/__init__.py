"""Conditional distributions: q(z|x) and p(x|z)."""

from tfvae.families.bernoulli import Bernoulli
from tfvae.families.deterministic import Deterministic
from tfvae.families.family import Family
from tfvae.families.normal import Normal

__all__ = ["Bernoulli", "Deterministic", "Family", "Normal"]
