"""Conditional distributions: q(z|x) and p(x|z)."""

from tfvae.families.bernoulli import Bernoulli
from tfvae.families.beta_binomial import BetaBinomial
from tfvae.families.categorical import Categorical
from tfvae.families.continuous_bernoulli import ContinuousBernoulli
from tfvae.families.deterministic import Deterministic
from tfvae.families.discretized_logistic import DiscretizedLogistic
from tfvae.families.discretized_logistic_mixture import DiscretizedLogisticMixture
from tfvae.families.family import Family
from tfvae.families.finite_scalar_quantized import FiniteScalarQuantized
from tfvae.families.joint import Joint
from tfvae.families.laplace import Laplace
from tfvae.families.logistic import Logistic
from tfvae.families.lookup_free_quantized import LookupFreeQuantized
from tfvae.families.modalities import Modalities
from tfvae.families.multivariate_normal import MultivariateNormal
from tfvae.families.negative_binomial import NegativeBinomial
from tfvae.families.normal import Normal
from tfvae.families.observed import Observed
from tfvae.families.of import Of
from tfvae.families.one_hot import OneHot
from tfvae.families.poisson import Poisson
from tfvae.families.precision_weighted import PrecisionWeighted
from tfvae.families.product_of_experts import ProductOfExperts
from tfvae.families.relaxed_bernoulli import RelaxedBernoulli
from tfvae.families.relaxed_categorical import RelaxedCategorical
from tfvae.families.residual_quantized import ResidualQuantized
from tfvae.families.spectral_normal import SpectralNormal
from tfvae.families.student_t import StudentT
from tfvae.families.top_down import TopDown
from tfvae.families.transformed import Transformed
from tfvae.families.uniform import Uniform
from tfvae.families.vector_quantized import VectorQuantized

__all__ = [
    "Bernoulli",
    "BetaBinomial",
    "Categorical",
    "ContinuousBernoulli",
    "Deterministic",
    "DiscretizedLogistic",
    "DiscretizedLogisticMixture",
    "Family",
    "FiniteScalarQuantized",
    "Joint",
    "Laplace",
    "Logistic",
    "LookupFreeQuantized",
    "Modalities",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "Observed",
    "Of",
    "OneHot",
    "Poisson",
    "PrecisionWeighted",
    "ProductOfExperts",
    "RelaxedBernoulli",
    "RelaxedCategorical",
    "ResidualQuantized",
    "SpectralNormal",
    "StudentT",
    "TopDown",
    "Transformed",
    "Uniform",
    "VectorQuantized",
]
