"""The table: every family, prior, term and network keeps its contract."""

import pytest

from tests import suites
from tests.contracts import comparisons, config_round_trip, run_family_test, run_model_test
from tests.models import SHAPE, make
from tests.parts.composed import second_vae
from tests.parts.families import FAMILIES
from tests.parts.models import KINDS, MODELS
from tfvae import data, families, flows, networks, priors, schedules, terms


@pytest.mark.parametrize("name", FAMILIES)
def test_family(name):
    run_family_test(FAMILIES[name])


def test_family_on_a_feature_map():
    run_family_test(lambda dtype: families.Normal((4, 4, 2), dtype=dtype), features_shape=(4, 4, 5))
    run_family_test(lambda dtype: families.Normal((4, 4, 2), scale="example", dtype=dtype), features_shape=(4, 4, 5))
    run_family_test(lambda dtype: families.Categorical((4, 4, 2), levels=3, dtype=dtype), features_shape=(4, 4, 5))


# Each takes some ten seconds.
QUICK = ("plain",)


@pytest.mark.filterwarnings("ignore:The weight of KL:UserWarning")  # a warm-up that the few steps here cut off
@pytest.mark.parametrize("name", suites.quick(MODELS, keep=QUICK, slow=KINDS))
def test_model(name, tmp_path):
    x = MODELS[name]().get("x")
    # Both mixed policies for the plain model; the others take turns.
    compared = None if name in QUICK else comparisons([*MODELS].index(name))

    def make_model():
        return make(**{key: part for key, part in MODELS[name]().items() if key != "x"})

    run_model_test(make_model, tmp_path, x, comparisons=compared)


@pytest.mark.parametrize(
    "part",
    [
        priors.StandardNormal((3,)),
        priors.Fixed(families.Laplace((3,)), {"loc": 0.0, "scale": 1.0}),
        priors.Learned(families.Normal((3,))),
        flows.Planar((3,)),
        flows.Radial((3,)),
        flows.InverseAutoregressive((3,), units=(), context_size=2, reverse=True),
        flows.Inverted(flows.InverseAutoregressive((3,), activation="tanh", min_scale=0.1)),
        networks.MADE(3, outputs=2, units=(4, 5)),
        networks.ResizeConv2D(4, 3, activation="relu"),
        networks.SubPixelConv2D(4, 3, strides=3),
        networks.SubPixelConv2D(4, 3, kernel_initializer="he_normal"),
        networks.GroupNorm(8, epsilon=1e-3),
        networks.ResidualBlock(4, kernel_size=5, activation="relu"),
        networks.SelfAttention(name="attention"),
        networks.CausalTransformer(5, units=6, layers=1, heads=3),
        networks.WithMask(networks.linear((6,))),
        networks.SpectrallyNormalized(networks.linear((6,))),
        networks.LogCounts(networks.linear((6,))),
        networks.UnitLength(networks.linear((6,))),
        priors.GaussianMixture((3,), 4, min_scale=0.1),
        priors.GaussianMixture((2, 2), 3, full_covariance=True),
        priors.VampPrior((3,), SHAPE, 7, high=2.0),
        priors.WithClass(4, priors.StandardNormal((3,))),
        priors.LearnedConditional(families.Normal((3,)), networks.linear((4,)), num_classes=4),
        priors.Autoregressive((2, 2, 3), (4, 5), units=6, layers=1, heads=3),
        priors.Hypersphere((3,), min_scale=0.1),
        priors.InverseVolume((3,), 5, temperature=2.0, radius=3.0, moves=2),
        priors.Product([priors.StandardNormal((3,)), priors.StandardNormal((2, 2))]),
        priors.Diffusion((3,), networks.Denoiser((3,), 8, 1), steps=4, min_noise=0.1),
        priors.Diffusion((4, 4, 2), condition_shape=(4, 4, 3)),
        networks.Denoiser((4, 4, 2), 16, blocks=2, attention=True),
        terms.NegativeEntropy(weight=0.5),
        priors.LatentVariable(second_vae([terms.ImportanceWeighted(3)])),
        terms.NegativeLogLikelihood(weight=2.0, name="reconstruction"),
        terms.KL(weight=schedules.Linear(0.0, 1.0, 7)),
        terms.KL(free_bits=0.1),
        terms.KL(capacity=2.0, piece=1),
        terms.MixtureKL(weight=2.0, num_samples=3),
        terms.Classification(weight=5.0),
        terms.FactorLabels(families.Normal((2,), scale=0.5), (3, 4), weight=5.0),
        terms.KL(weight=schedules.Cyclical(0.0, 1.0, 7, cycles=2)),
        terms.Sparsity(weight=0.5, num_samples=2),
        terms.CodeEntropy(weight=0.5, temperature=0.2, group_size=4),
        terms.LabelInformation(networks.mlp_critic((2 + 3 + 2,), (4,)), (3, 4), weight=5.0),
        terms.MMD(weight=0.5, num_samples=2),
        terms.MMD(kernel=terms.kernels.InverseMultiquadric(0.5, (1.0, 3.0)), unbiased=False),
        terms.SlicedWasserstein(weight=0.5, num_projections=3, power=1.5, num_samples=2),
        terms.Sinkhorn(weight=0.5, epsilon=0.1, num_iterations=3, num_samples=2),
        terms.LatentAdversarial(networks.mlp_critic((3,), (4,)), weight=0.5, game=terms.games.Hinge()),
        terms.BatchTotalCorrelation(100, weight=2.0, num_samples=3),
        terms.MutualInformation(weight=2.0),
        terms.DimensionwiseKL(100),
        terms.Covariance(1.0, 2.0, of_draws=True, weight=3.0),
        terms.GradientPenalty(weight=2.0, num_samples=3),
        terms.WeightDecay(weight=2.0),
        terms.BetaDivergence(0.01, weight=2.0, num_samples=3),
        terms.kernels.RBF(0.5),
        terms.ImportanceWeighted(5),
        terms.MultiplyImportanceWeighted(2, 5, weight=2.0),
        terms.PathGradient(terms.ImportanceWeighted(5), name="dreg"),
        terms.Hamiltonian(terms.ImportanceWeighted(5), (3,), steps=2, inverse_temperature=None, weight=2.0),
        terms.geometry.CentroidMetric(networks.linear((3,)), 2.0, iterations=5),
        terms.PerNetwork(terms.MultiplyImportanceWeighted(2, 5), terms.ImportanceWeighted(10)),
        data.Counts(maximum=16),
        data.Rescale(2.0, -1.0),
        data.Binarize(0.3),
        data.DynamicBinarize(),
        data.Dequantize(17),
        data.Quantize(17),
        data.Corrupt(data.Rescale(2.0), stddev=0.1, masking=0.2, salt_and_pepper=0.3),
    ],
    ids=lambda part: type(part).__name__,
)
def test_configuration(part):
    rebuilt = config_round_trip(part)
    assert rebuilt.given_name == part.given_name
