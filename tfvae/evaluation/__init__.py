"""How good a model is: likelihood, reconstructions, samples, each with an error; and whether an input is normal."""

from tfvae.evaluation import anomaly
from tfvae.evaluation.activity import Activity, activity
from tfvae.evaluation.annealed import Annealed, Bound, annealed
from tfvae.evaluation.cells import Cells
from tfvae.evaluation.classifier import Classifier, classifier, rotations
from tfvae.evaluation.clustering import clustering_accuracy
from tfvae.evaluation.code_usage import CodeUsage, code_usage
from tfvae.evaluation.data_copying import DataCopying, data_copying
from tfvae.evaluation.disentanglement import Disentanglement, disentanglement
from tfvae.evaluation.estimate import Estimate
from tfvae.evaluation.factor_importance import DCI, dci
from tfvae.evaluation.factor_information import modularity, mutual_information, mutual_information_gap
from tfvae.evaluation.features import adapted
from tfvae.evaluation.fidelity import Fidelity, fidelity
from tfvae.evaluation.gaps import Gaps, gaps
from tfvae.evaluation.impute import Imputation, impute
from tfvae.evaluation.likelihood import LogLikelihood, log_likelihood
from tfvae.evaluation.pareto import pareto_front
from tfvae.evaluation.predictability import separated_attribute_predictability
from tfvae.evaluation.ranking import Ranking, ndcg, ranking, recall
from tfvae.evaluation.rate_distortion import RateDistortion, rate_distortion
from tfvae.evaluation.reconstruction import Reconstruction, reconstruction
from tfvae.evaluation.shared_factor import beta_vae_score, factor_vae_score
from tfvae.evaluation.surgery import Surgery, surgery
from tfvae.evaluation.typicality import Typicality, calibrated, typicality

__all__ = [
    "DCI",
    "Activity",
    "Annealed",
    "Bound",
    "Cells",
    "Classifier",
    "CodeUsage",
    "DataCopying",
    "Disentanglement",
    "Estimate",
    "Fidelity",
    "Gaps",
    "Imputation",
    "LogLikelihood",
    "Ranking",
    "RateDistortion",
    "Reconstruction",
    "Surgery",
    "Typicality",
    "activity",
    "adapted",
    "annealed",
    "anomaly",
    "beta_vae_score",
    "calibrated",
    "classifier",
    "clustering_accuracy",
    "code_usage",
    "data_copying",
    "dci",
    "disentanglement",
    "factor_vae_score",
    "fidelity",
    "gaps",
    "impute",
    "log_likelihood",
    "modularity",
    "mutual_information",
    "mutual_information_gap",
    "ndcg",
    "pareto_front",
    "ranking",
    "rate_distortion",
    "recall",
    "reconstruction",
    "rotations",
    "separated_attribute_predictability",
    "surgery",
    "typicality",
]
