"""Summands of an objective, in nats per example."""

from tfvae.terms import games, geometry, kernels
from tfvae.terms.adversarial import Adversarial
from tfvae.terms.aggregate import BatchTotalCorrelation, DimensionwiseKL, MutualInformation
from tfvae.terms.balanced import Balanced
from tfvae.terms.beta_divergence import BetaDivergence
from tfvae.terms.bound import Bound
from tfvae.terms.classification import Classification
from tfvae.terms.code_entropy import CodeEntropy
from tfvae.terms.commitment import Commitment
from tfvae.terms.covariance import Covariance
from tfvae.terms.cross_entropy import CrossEntropy
from tfvae.terms.factor_labels import FactorLabels
from tfvae.terms.focal_frequency import FocalFrequency
from tfvae.terms.gradient_penalty import GradientPenalty
from tfvae.terms.hamiltonian import Hamiltonian
from tfvae.terms.importance_weighted import ImportanceWeighted
from tfvae.terms.kl import KL
from tfvae.terms.label_information import LabelInformation
from tfvae.terms.latent_adversarial import LatentAdversarial
from tfvae.terms.learned_similarity import LearnedSimilarity
from tfvae.terms.mixture_kl import MixtureKL
from tfvae.terms.mmd import MMD
from tfvae.terms.modality_kl import ModalityKL
from tfvae.terms.modality_likelihoods import ModalityLikelihoods
from tfvae.terms.multi_scale_ssim import MultiScaleSSIM
from tfvae.terms.multiply_importance_weighted import MultiplyImportanceWeighted
from tfvae.terms.negative_entropy import NegativeEntropy
from tfvae.terms.negative_log_likelihood import NegativeLogLikelihood
from tfvae.terms.on_subsets import OnSubsets
from tfvae.terms.path_gradient import PathGradient
from tfvae.terms.per_network import PerNetwork
from tfvae.terms.perceptual import Perceptual
from tfvae.terms.sinkhorn import Sinkhorn
from tfvae.terms.sliced_wasserstein import SlicedWasserstein
from tfvae.terms.sparsity import Sparsity
from tfvae.terms.term import Term
from tfvae.terms.total_correlation import TotalCorrelation
from tfvae.terms.weight_decay import WeightDecay

__all__ = [
    "KL",
    "MMD",
    "Adversarial",
    "Balanced",
    "BatchTotalCorrelation",
    "BetaDivergence",
    "Bound",
    "Classification",
    "CodeEntropy",
    "Commitment",
    "Covariance",
    "CrossEntropy",
    "DimensionwiseKL",
    "FactorLabels",
    "FocalFrequency",
    "GradientPenalty",
    "Hamiltonian",
    "ImportanceWeighted",
    "LabelInformation",
    "LatentAdversarial",
    "LearnedSimilarity",
    "MixtureKL",
    "ModalityKL",
    "ModalityLikelihoods",
    "MultiScaleSSIM",
    "MultiplyImportanceWeighted",
    "MutualInformation",
    "NegativeEntropy",
    "NegativeLogLikelihood",
    "OnSubsets",
    "PathGradient",
    "PerNetwork",
    "Perceptual",
    "Sinkhorn",
    "SlicedWasserstein",
    "Sparsity",
    "Term",
    "TotalCorrelation",
    "WeightDecay",
    "games",
    "geometry",
    "kernels",
]
