"""How good a model is: estimates of its likelihood, and which latent dimensions it uses."""

from tfvae.evaluation.activity import Activity, activity
from tfvae.evaluation.likelihood import LogLikelihood, log_likelihood

__all__ = ["Activity", "LogLikelihood", "activity", "log_likelihood"]
