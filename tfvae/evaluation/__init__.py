"""How good a model is: estimates of its likelihood."""

from tfvae.evaluation.likelihood import LogLikelihood, log_likelihood

__all__ = ["LogLikelihood", "log_likelihood"]
