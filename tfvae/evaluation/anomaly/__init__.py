"""Scores of anomaly: functions (dataset, seed, verbose) -> [N] in nats, larger where an example is stranger.

Any function of that form is one. Those here are made of each other: what they are given as `score` is another.
"""

from tfvae.evaluation.anomaly.input_complexity import InputComplexity, deflate, png
from tfvae.evaluation.anomaly.likelihood_ratio import LikelihoodRatio
from tfvae.evaluation.anomaly.negative_log_likelihood import NegativeLogLikelihood
from tfvae.evaluation.anomaly.typical_set import TypicalSet
from tfvae.evaluation.anomaly.waic import WAIC

__all__ = ["WAIC", "InputComplexity", "LikelihoodRatio", "NegativeLogLikelihood", "TypicalSet", "deflate", "png"]
