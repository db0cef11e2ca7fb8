"""Summands of an objective, in nats per example."""

from tfvae.terms.importance_weighted import ImportanceWeighted
from tfvae.terms.kl import KL
from tfvae.terms.negative_log_likelihood import NegativeLogLikelihood
from tfvae.terms.sparsity import Sparsity
from tfvae.terms.term import Term

__all__ = ["KL", "ImportanceWeighted", "NegativeLogLikelihood", "Sparsity", "Term"]
