"""The table: every family, prior, term and network keeps its contract."""

import pytest

from tests.contracts import config_round_trip, run_family_test, run_model_test
from tests.models import LATENT, SHAPE, make
from tfvae import data, families, priors, schedules, terms

FAMILIES = {
    "normal": lambda dtype: families.Normal((4,), dtype=dtype),
    "normal, per example": lambda dtype: families.Normal((4,), scale="example", dtype=dtype),
    "normal, shared": lambda dtype: families.Normal((4,), scale="shared", dtype=dtype),
    "normal, shared vector": lambda dtype: families.Normal((4,), scale="shared_dimension", dtype=dtype),
    "normal, fixed": lambda dtype: families.Normal((4,), scale=0.5, dtype=dtype),
    "normal, image": lambda dtype: families.Normal((4, 4, 2), dtype=dtype),
    "bernoulli": lambda dtype: families.Bernoulli((4,), dtype=dtype),
    "bernoulli, image": lambda dtype: families.Bernoulli((4, 4, 2), dtype=dtype),
    "deterministic": lambda dtype: families.Deterministic((4,), dtype=dtype),
}

# Objectives and families as a model: each passes files, XLA, both mixed policies, uneven and empty replicas.
MODELS = {
    "plain": dict,
    "conv": lambda: {"conv": True},
    "warm-up": lambda: {"objective": [terms.NegativeLogLikelihood(), terms.KL(weight=schedules.Linear(0.1, 1.0, 10))]},
    "free bits": lambda: {"objective": [terms.NegativeLogLikelihood(), terms.KL(free_bits=0.5)]},
    "capacity": lambda: {"objective": [terms.NegativeLogLikelihood(), terms.KL(capacity=2.0, weight=3.0)]},
    "monte carlo": lambda: {
        "objective": [terms.NegativeLogLikelihood(num_samples=3), terms.KL(monte_carlo=True, num_samples=3)]
    },
    "importance weighted": lambda: {"objective": [terms.ImportanceWeighted(4)]},
    "autoencoder": lambda: {
        "posterior": families.Deterministic(LATENT),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood()],
        "preprocessing": data.Rescale(),
    },
    "gaussian, per dimension": lambda: {
        "likelihood": families.Normal(SHAPE, min_scale=0.1),
        "preprocessing": data.Rescale(),
    },
    "gaussian, per example, conv": lambda: {
        "likelihood": families.Normal(SHAPE, scale="example", min_scale=0.1),
        "preprocessing": data.Rescale(),
        "conv": True,
    },
    "gaussian, shared": lambda: {"likelihood": families.Normal(SHAPE, scale="shared"), "preprocessing": data.Rescale()},
    "gaussian, shared vector": lambda: {
        "likelihood": families.Normal(SHAPE, scale="shared_dimension"),
        "preprocessing": data.Rescale(),
    },
}


@pytest.mark.parametrize("name", FAMILIES)
def test_family(name):
    run_family_test(FAMILIES[name])


def test_family_on_a_feature_map():
    run_family_test(lambda dtype: families.Normal((4, 4, 2), dtype=dtype), features_shape=(4, 4, 5))
    run_family_test(lambda dtype: families.Normal((4, 4, 2), scale="example", dtype=dtype), features_shape=(4, 4, 5))


# Each takes some ten seconds: the rest is for the slow suite.
QUICK = ("plain", "conv", "free bits", "importance weighted", "gaussian, shared")


@pytest.mark.filterwarnings("ignore:The weight of KL:UserWarning")  # a warm-up that the few steps here cut off
@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in MODELS])
def test_model(name, tmp_path):
    run_model_test(lambda: make(**MODELS[name]()), tmp_path)


@pytest.mark.parametrize(
    "part",
    [
        priors.StandardNormal((3,)),
        terms.NegativeLogLikelihood(weight=2.0, name="reconstruction"),
        terms.KL(weight=schedules.Linear(0.0, 1.0, 7)),
        terms.KL(free_bits=0.1),
        terms.ImportanceWeighted(5),
        data.Rescale(2.0, -1.0),
        data.Binarize(0.3),
        data.DynamicBinarize(),
        data.Dequantize(17),
    ],
    ids=lambda part: type(part).__name__,
)
def test_configuration(part):
    rebuilt = config_round_trip(part)
    assert rebuilt.given_name == part.given_name
