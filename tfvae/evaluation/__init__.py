"""How good a model is: its likelihood, reconstructions and samples, each with an error, and its latent dimensions."""

from tfvae.evaluation.activity import Activity, activity
from tfvae.evaluation.classifier import Classifier, classifier, rotations
from tfvae.evaluation.code_usage import CodeUsage, code_usage
from tfvae.evaluation.estimate import Estimate
from tfvae.evaluation.features import adapted
from tfvae.evaluation.fidelity import Fidelity, fidelity
from tfvae.evaluation.likelihood import LogLikelihood, log_likelihood
from tfvae.evaluation.reconstruction import Reconstruction, reconstruction

__all__ = [
    "Activity",
    "Classifier",
    "CodeUsage",
    "Estimate",
    "Fidelity",
    "LogLikelihood",
    "Reconstruction",
    "activity",
    "adapted",
    "classifier",
    "code_usage",
    "fidelity",
    "log_likelihood",
    "reconstruction",
    "rotations",
]
