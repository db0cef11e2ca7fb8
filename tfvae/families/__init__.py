"""Conditional distributions: q(z|x) and p(x|z)."""

from tfvae.families.averaged_pair import AveragedPair
from tfvae.families.bernoulli import Bernoulli
from tfvae.families.beta_binomial import BetaBinomial
from tfvae.families.categorical import Categorical
from tfvae.families.class_conditional import ClassConditional
from tfvae.families.columns import Columns
from tfvae.families.continuous_bernoulli import ContinuousBernoulli
from tfvae.families.deterministic import Deterministic
from tfvae.families.dirichlet_multinomial import DirichletMultinomial
from tfvae.families.discretized_logistic import DiscretizedLogistic
from tfvae.families.discretized_logistic_mixture import DiscretizedLogisticMixture
from tfvae.families.family import Family
from tfvae.families.finite_scalar_quantized import FiniteScalarQuantized
from tfvae.families.joint import Joint
from tfvae.families.joint_and_experts import JointAndExperts
from tfvae.families.laplace import Laplace
from tfvae.families.library_sized import LibrarySized
from tfvae.families.logistic import Logistic
from tfvae.families.lookup_free_quantized import LookupFreeQuantized
from tfvae.families.mixture import Mixture
from tfvae.families.mixture_of_experts import MixtureOfExperts
from tfvae.families.modalities import Modalities
from tfvae.families.multinomial import Multinomial
from tfvae.families.multiplied_pair import MultipliedPair
from tfvae.families.multivariate_normal import MultivariateNormal
from tfvae.families.negative_binomial import NegativeBinomial
from tfvae.families.normal import Normal
from tfvae.families.observed import Observed
from tfvae.families.of import Of
from tfvae.families.one_hot import OneHot
from tfvae.families.ordered_logistic import OrderedLogistic
from tfvae.families.poisson import Poisson
from tfvae.families.power_spherical import PowerSpherical
from tfvae.families.precision_weighted import PrecisionWeighted
from tfvae.families.product_of_experts import ProductOfExperts
from tfvae.families.relaxed_bernoulli import RelaxedBernoulli
from tfvae.families.relaxed_categorical import RelaxedCategorical
from tfvae.families.residual_normal import ResidualNormal
from tfvae.families.residual_quantized import ResidualQuantized
from tfvae.families.rounded_logistic import RoundedLogistic
from tfvae.families.semi_implicit import SemiImplicit
from tfvae.families.spectral_normal import SpectralNormal
from tfvae.families.student_t import StudentT
from tfvae.families.top_down import TopDown
from tfvae.families.transformed import Transformed
from tfvae.families.uniform import Uniform
from tfvae.families.vector_quantized import VectorQuantized
from tfvae.families.von_mises_fisher import VonMisesFisher
from tfvae.families.wrapped_normal import WrappedNormal
from tfvae.families.zero_inflated import ZeroInflated

__all__ = [
    "AveragedPair",
    "Bernoulli",
    "BetaBinomial",
    "Categorical",
    "ClassConditional",
    "Columns",
    "ContinuousBernoulli",
    "Deterministic",
    "DirichletMultinomial",
    "DiscretizedLogistic",
    "DiscretizedLogisticMixture",
    "Family",
    "FiniteScalarQuantized",
    "Joint",
    "JointAndExperts",
    "Laplace",
    "LibrarySized",
    "Logistic",
    "LookupFreeQuantized",
    "Mixture",
    "MixtureOfExperts",
    "Modalities",
    "Multinomial",
    "MultipliedPair",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "Observed",
    "Of",
    "OneHot",
    "OrderedLogistic",
    "Poisson",
    "PowerSpherical",
    "PrecisionWeighted",
    "ProductOfExperts",
    "RelaxedBernoulli",
    "RelaxedCategorical",
    "ResidualNormal",
    "ResidualQuantized",
    "RoundedLogistic",
    "SemiImplicit",
    "SpectralNormal",
    "StudentT",
    "TopDown",
    "Transformed",
    "Uniform",
    "VectorQuantized",
    "VonMisesFisher",
    "WrappedNormal",
    "ZeroInflated",
]
