"""Conditional distributions: q(z|x) and p(x|z)."""

from tfvae.families.bernoulli import Bernoulli
from tfvae.families.beta_binomial import BetaBinomial
from tfvae.families.categorical import Categorical
from tfvae.families.continuous_bernoulli import ContinuousBernoulli
from tfvae.families.deterministic import Deterministic
from tfvae.families.discretized_logistic import DiscretizedLogistic
from tfvae.families.discretized_logistic_mixture import DiscretizedLogisticMixture
from tfvae.families.family import Family
from tfvae.families.laplace import Laplace
from tfvae.families.logistic import Logistic
from tfvae.families.negative_binomial import NegativeBinomial
from tfvae.families.normal import Normal
from tfvae.families.poisson import Poisson
from tfvae.families.student_t import StudentT

__all__ = [
    "Bernoulli",
    "BetaBinomial",
    "Categorical",
    "ContinuousBernoulli",
    "Deterministic",
    "DiscretizedLogistic",
    "DiscretizedLogisticMixture",
    "Family",
    "Laplace",
    "Logistic",
    "NegativeBinomial",
    "Normal",
    "Poisson",
    "StudentT",
]
