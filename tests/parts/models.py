"""Parts that replace those of `tests.models.make`: each row is a model that keeps the contract."""

import keras

from tests.models import LATENT, SHAPE, OneDraw, RegularNoise, decided, digits
from tests.parts.composed import (
    by_experts,
    by_joint_encoder,
    by_modality,
    diffusions_of_maps,
    ladder,
    second_vae,
    sharp,
    top_down_maps,
    with_gaps,
    with_views,
)
from tfvae import data, families, flows, networks, priors, schedules, terms


def _flow(*chain):
    """A posterior of flows that the contract can narrow, and the objective that it needs."""
    return {
        "posterior": families.Transformed(families.Normal(LATENT, min_scale=1e-9), chain),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    }


def _autoregressive(**kwargs):
    return flows.InverseAutoregressive(LATENT, units=(8,), **kwargs)


MODELS = {
    "plain": dict,
    "conv": lambda: {"conv": True},
    "as people see": lambda: {
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [
            terms.NegativeLogLikelihood(),
            terms.KL(),
            terms.MultiScaleSSIM(10.0, window=5),
            terms.FocalFrequency(2.0),
            terms.Perceptual(networks.patch_critic(SHAPE, (4,)), weight=5.0),
        ],
        "preprocessing": data.Rescale(),
    },
    "residual, spatial latent": lambda: {
        "encoder": networks.residual_encoder(SHAPE, (4, 8), attention=True, flatten=False),
        "posterior": families.Normal((2, 2, 1), min_scale=1e-9),
        "prior": priors.StandardNormal((2, 2, 1)),
        "decoder": networks.residual_decoder((2, 2, 1), SHAPE[:2], (8, 4), attention=True),
    },
    "pairs": lambda: {
        "encoder": networks.Each(networks.mlp_encoder(SHAPE, (16,))),
        "posterior": families.MultipliedPair(families.Normal((2, 3), min_scale=1e-9)),
        "prior": priors.StandardNormal((2, 3)),
        "decoder": networks.Each(
            keras.Sequential([networks.mlp_decoder((3,), (16,)), keras.layers.Dense(64), keras.layers.Reshape(SHAPE)])
        ),
        "likelihood": families.Bernoulli((2, *SHAPE)),
        "x": digits(72).reshape(36, 2, *SHAPE),
    },
    "ladder": ladder,
    "top-down, feature maps": top_down_maps,
    "warm-up": lambda: {"objective": [terms.NegativeLogLikelihood(), terms.KL(weight=schedules.Linear(0.1, 1.0, 10))]},
    "free bits": lambda: {"objective": [terms.NegativeLogLikelihood(), terms.KL(free_bits=0.5)]},
    "capacity": lambda: {"objective": [terms.NegativeLogLikelihood(), terms.KL(capacity=2.0, weight=3.0)]},
    "monte carlo": lambda: {
        "objective": [terms.NegativeLogLikelihood(num_samples=3), terms.KL(monte_carlo=True, num_samples=3)]
    },
    "importance weighted": lambda: {"objective": [terms.ImportanceWeighted(4)]},
    "gaussian mixture prior": lambda: {
        "prior": priors.GaussianMixture(LATENT, 4),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    },
    "components as latents": lambda: {
        "prior": priors.GaussianMixture(LATENT, 4),
        "objective": [terms.NegativeLogLikelihood(), terms.MixtureKL(num_samples=2)],
    },
    "a class without labels": lambda: {
        "posterior": families.ClassConditional(3, families.Normal((2,), min_scale=1e-9)),
        "prior": priors.WithClass(3, priors.StandardNormal((2,))),
        "decoder": networks.mlp_decoder((5,), (16,)),
        "objective": [
            terms.NegativeLogLikelihood(num_samples=2),
            terms.KL(monte_carlo=True, num_samples=2),
        ],
    },
    "vamp prior": lambda: {
        "prior": priors.VampPrior(LATENT, SHAPE, 5),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    },
    "mean of bounds": lambda: {"objective": [terms.MultiplyImportanceWeighted(2, 3)]},
    "path gradient": lambda: {
        "posterior": RegularNoise(LATENT, scale="shared"),
        "objective": [terms.PathGradient(terms.ImportanceWeighted(4), weight=0.5), terms.KL(weight=0.5)],
    },
    # Of rectified linear units the slope jumps from one z to the next.
    "moved draws": lambda: {
        "decoder": networks.mlp_decoder(LATENT, (16,), "tanh"),
        "objective": [terms.Hamiltonian(terms.ImportanceWeighted(2), LATENT, steps=2)],
    },
    "a bound for each network": lambda: {
        "objective": [terms.PerNetwork(terms.MultiplyImportanceWeighted(2, 2), terms.ImportanceWeighted(4))]
    },
    "a bound by paths for each network, conv, grey levels": lambda: {
        "posterior": RegularNoise(LATENT, scale="shared"),
        "objective": [
            terms.PerNetwork(
                terms.PathGradient(terms.MultiplyImportanceWeighted(2, 2)),
                terms.PathGradient(terms.ImportanceWeighted(4)),
            )
        ],
        "likelihood": families.DiscretizedLogistic(SHAPE, levels=17),
        "preprocessing": data.Quantize(17),
        "conv": True,
    },
    "autoencoder": lambda: {
        "posterior": families.Deterministic(LATENT),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood()],
        "preprocessing": data.Rescale(),
    },
    "regularised autoencoder": lambda: {
        "posterior": families.Deterministic(LATENT),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood(), terms.CrossEntropy(weight=0.1)],
        "preprocessing": data.Rescale(),
    },
    "gradient penalty": lambda: {
        "posterior": families.Deterministic(LATENT),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        # Of rectified linear units a rounding of z jumps from one slope to the next.
        "decoder": networks.mlp_decoder(LATENT, (16,), "tanh"),
        "objective": [terms.NegativeLogLikelihood(), terms.CrossEntropy(0.1), terms.GradientPenalty(0.1)],
        "preprocessing": data.Rescale(),
    },
    "weight decay of a normalised decoder": lambda: {
        "decoder": networks.SpectrallyNormalized(networks.mlp_decoder(LATENT, (16,))),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(), terms.WeightDecay(0.01)],
    },
    "cross entropy of a learned prior": lambda: {
        "prior": priors.Learned(families.Normal(LATENT)),
        "objective": [terms.NegativeLogLikelihood(), terms.CrossEntropy(num_samples=3)],
    },
    "two stages at once": lambda: {
        "prior": priors.LatentVariable(second_vae()),
        "objective": [terms.NegativeLogLikelihood(), terms.CrossEntropy(num_samples=2)],
    },
    "diffusions of maps": diffusions_of_maps,
    "sparse": lambda: {
        "posterior": families.Deterministic(LATENT),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood(), terms.Sparsity(weight=0.1)],
        "preprocessing": data.Rescale(),
    },
    "wae-mmd": lambda: {
        "posterior": families.Deterministic(LATENT),
        "prior": OneDraw(LATENT),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood(), terms.MMD(weight=5.0)],
        "preprocessing": data.Rescale(),
    },
    "info-vae": lambda: {
        "prior": OneDraw(LATENT),
        "objective": [
            terms.NegativeLogLikelihood(num_samples=2),
            terms.KL(weight=0.5),
            terms.MMD(weight=5.0, kernel=terms.kernels.RBF(2.0), unbiased=False),
        ],
    },
    "sliced wasserstein": lambda: {
        "posterior": families.Deterministic(LATENT),
        "prior": OneDraw(LATENT),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood(), terms.SlicedWasserstein(weight=5.0)],
        "preprocessing": data.Rescale(),
    },
    "sinkhorn": lambda: {
        "prior": OneDraw(LATENT),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood(num_samples=2), terms.Sinkhorn(weight=5.0, num_samples=2)],
        "preprocessing": data.Rescale(),
    },
    "wae-gan": lambda: {
        "posterior": families.Deterministic(LATENT),
        "prior": OneDraw(LATENT),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [
            terms.NegativeLogLikelihood(),
            terms.LatentAdversarial(networks.mlp_critic(LATENT, (8,)), weight=5.0),
        ],
        "preprocessing": data.Rescale(),
    },
    # A corruption without chance, as the two halves of a comparison draw other noise.
    "denoising": lambda: {
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "preprocessing": data.Corrupt(data.Rescale(), salt_and_pepper=1.0, low=0.5, high=0.5),
    },
    # Of two critics, each judges alone.
    "critics": lambda: {
        "objective": [
            terms.NegativeLogLikelihood(),
            terms.KL(),
            terms.Adversarial(networks.mlp_critic(SHAPE, (8,)), weight=2.0),
            terms.Adversarial(networks.patch_critic(SHAPE, (4,)), weight=0.5),
        ],
    },
    "sharp": lambda: sharp(decided(networks.patch_critic(SHAPE, (4,)))),
    "total correlation": lambda: {
        "objective": [
            terms.NegativeLogLikelihood(),
            terms.KL(),
            terms.TotalCorrelation(networks.mlp_critic(LATENT, (8,)), weight=2.0),
        ],
    },
    "total correlation, of a batch": lambda: {
        "posterior": RegularNoise(LATENT, scale="shared"),
        "objective": [
            terms.NegativeLogLikelihood(),
            terms.MutualInformation(40, weight=0.5, num_samples=2),
            terms.BatchTotalCorrelation(40, weight=2.0, num_samples=2),
            terms.DimensionwiseKL(40, num_samples=2),
        ],
    },
    "covariance of the means": lambda: {
        "objective": [terms.NegativeLogLikelihood(), terms.KL(), terms.Covariance(5.0, 50.0)],
    },
    "covariance of the draws": lambda: {
        "posterior": families.MultivariateNormal(LATENT, min_scale=1e-9),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(), terms.Covariance(5.0, 5.0, of_draws=True)],
    },
    "codebook": lambda: {
        "posterior": families.VectorQuantized(LATENT, num_codes=8),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood(), terms.Commitment()],
        "preprocessing": data.Rescale(),
    },
    "codebooks": lambda: {
        "posterior": families.ResidualQuantized(LATENT, num_codes=8, depth=2),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood(), terms.Commitment()],
        "preprocessing": data.Rescale(),
    },
    "codebooks, autoregressive prior": lambda: {
        "posterior": families.ResidualQuantized(LATENT, num_codes=8, depth=2),
        "prior": priors.Autoregressive(LATENT, (8, 8), units=8, layers=1, heads=2),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood(), terms.Commitment(), terms.CrossEntropy()],
        "preprocessing": data.Rescale(),
    },
    "hypersphere prior": lambda: {
        "prior": priors.Hypersphere(LATENT),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    },
    "grid of codes": lambda: {
        "posterior": families.FiniteScalarQuantized(LATENT, levels=(8, 5, 4)),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood()],
        "preprocessing": data.Rescale(),
    },
    "signs": lambda: {
        "posterior": families.LookupFreeQuantized(LATENT),
        "likelihood": families.Normal(SHAPE, scale=0.5),
        "objective": [terms.NegativeLogLikelihood(), terms.CodeEntropy(group_size=2), terms.Commitment()],
        "preprocessing": data.Rescale(),
    },
    "cyclical": lambda: {
        "objective": [terms.NegativeLogLikelihood(), terms.KL(weight=schedules.Cyclical(0.1, 1.0, 10))]
    },
    "beta-divergence": lambda: {"objective": [terms.BetaDivergence(0.02, num_samples=2), terms.KL()]},
    "beta-divergence of a gaussian": lambda: {
        "likelihood": families.Normal(SHAPE, scale="shared", min_scale=0.1),
        "objective": [terms.BetaDivergence(0.005), terms.KL()],
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
    "gaussian, optimal": lambda: {
        "likelihood": families.Normal(SHAPE, scale="optimal"),
        "preprocessing": data.Rescale(),
    },
    "gaussian, shared vector": lambda: {
        "likelihood": families.Normal(SHAPE, scale="shared_dimension"),
        "preprocessing": data.Rescale(),
    },
    "full covariance": lambda: {"posterior": families.MultivariateNormal(LATENT, min_scale=1e-9)},
    "planar flow": lambda: _flow(flows.Planar(LATENT), flows.Planar(LATENT)),
    "radial flow": lambda: _flow(flows.Radial(LATENT), flows.Radial(LATENT)),
    "iaf": lambda: _flow(_autoregressive(context_size=4), _autoregressive(context_size=4, reverse=True)),
    "autoregressive prior": lambda: {
        "prior": priors.Learned(families.Transformed(families.Normal(LATENT), flows.Inverted(_autoregressive()))),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    },
    "iaf, autoregressive prior, importance weighted": lambda: {
        **_flow(_autoregressive(context_size=4)),
        "prior": priors.Learned(families.Transformed(families.Normal(LATENT), flows.Inverted(_autoregressive()))),
        "objective": [terms.ImportanceWeighted(3)],
    },
    "sphere": lambda: {
        "posterior": families.PowerSpherical(LATENT),
        "prior": priors.HypersphericalUniform(LATENT),
    },
    "torus": lambda: {
        "posterior": families.VonMisesFisher((2, 2)),
        "prior": priors.HypersphericalUniform((2, 2)),
        "decoder": networks.mlp_decoder((2, 2), (16,)),
    },
    "hyperbolic, importance weighted": lambda: {
        "posterior": families.WrappedNormal(LATENT),
        "prior": priors.Fixed(families.WrappedNormal(LATENT), {"loc": 0.0, "scale": 1.0}),
        "objective": [terms.ImportanceWeighted(3)],
    },
    "mixed curvature, learned prior": lambda: {
        "posterior": families.Joint(
            [families.WrappedNormal((2,)), families.PowerSpherical((2,)), families.Normal((2,))]
        ),
        "prior": priors.Product(
            [
                priors.Learned(families.WrappedNormal((2,))),
                priors.Learned(families.PowerSpherical((2,))),
                priors.StandardNormal((2,)),
            ]
        ),
        "decoder": networks.mlp_decoder((6,), (16,)),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    },
    "mixture posterior, path gradient": lambda: {
        "posterior": families.Mixture(families.Normal(LATENT), components=3),
        "objective": [terms.PathGradient(terms.ImportanceWeighted(3))],
    },
    "semi-implicit": lambda: {
        # A law for each draw of the mixing: see `tests.models.regular_noise`.
        "posterior": families.SemiImplicit(RegularNoise(LATENT), num_mixing=5, noise_size=3, units=8),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    },
    "of gamma": lambda: {
        "likelihood": families.Of("Gamma", SHAPE),
        "preprocessing": data.Rescale(offset=0.1),
    },
    "laplace": lambda: {"likelihood": families.Laplace(SHAPE, scale="shared"), "preprocessing": data.Rescale()},
    "logistic": lambda: {"likelihood": families.Logistic(SHAPE, scale=0.1), "preprocessing": data.Rescale()},
    "spectral normal": lambda: {"likelihood": families.SpectralNormal(SHAPE), "preprocessing": data.Rescale()},
    "student's t": lambda: {
        "likelihood": families.StudentT(SHAPE, scale="shared", min_scale=0.1),
        "preprocessing": data.Rescale(),
    },
    "continuous bernoulli": lambda: {
        "likelihood": families.ContinuousBernoulli(SHAPE),
        "preprocessing": data.Rescale(),
    },
    "poisson": lambda: {
        "likelihood": families.Poisson(SHAPE),
        "preprocessing": data.Rescale(1.0),
        "x": digits() // 64,
    },
    "negative binomial": lambda: {
        "x": digits() // 64,
        "likelihood": families.NegativeBinomial(SHAPE, shared_total_count=True),
        "preprocessing": data.Rescale(1.0),
    },
    "beta-binomial": lambda: {
        "likelihood": families.BetaBinomial(SHAPE, levels=17),
        "preprocessing": data.Quantize(17),
    },
    "categorical, conv": lambda: {
        "likelihood": families.Categorical(SHAPE, levels=17),
        "preprocessing": data.Quantize(17),
        "conv": True,
    },
    "discretized logistic": lambda: {
        "likelihood": families.DiscretizedLogistic(SHAPE, levels=17),
        "preprocessing": data.Quantize(17),
    },
    "discretized logistic mixture, conv": lambda: {
        "likelihood": families.DiscretizedLogisticMixture(SHAPE, levels=17, components=3),
        "preprocessing": data.Quantize(17),
        "conv": True,
    },
    "missing entries": lambda: {
        "likelihood": families.Observed(families.Bernoulli(SHAPE)),
        "encoder": networks.WithMask(networks.mlp_encoder((8, 8, 2), (16,))),
        "x": with_gaps(),
    },
    "an image and its label, either missing": lambda: {
        "likelihood": families.Joint(
            [families.Observed(families.Normal(SHAPE, scale=0.5)), families.Observed(families.Bernoulli((10,)))]
        ),
        "encoder": networks.WithMask(networks.mlp_encoder((2 * 74,), (16,))),
        "preprocessing": None,
        "x": with_views(),
    },
    "modalities, either absent": lambda: {**by_modality(), "x": with_views()},
    "modalities, either absent, weighed": lambda: {
        **by_modality(),
        "x": with_views(),
        "objective": [terms.ModalityLikelihoods({"label": 5.0}, num_samples=2), terms.KL()],
    },
    "modalities, a mixture over subsets": lambda: {**by_experts(), "x": with_views()},
    "modalities, a joint encoder beside experts": lambda: {**by_joint_encoder(), "x": with_views()},
    "missing entries, conv, grey levels, importance weighted": lambda: {
        "likelihood": families.Observed(families.DiscretizedLogistic(SHAPE, levels=17)),
        "preprocessing": data.Quantize(17),
        "encoder": networks.WithMask(networks.conv_encoder((8, 8, 2), (4, 8))),
        "objective": [terms.ImportanceWeighted(3)],
        "conv": True,
        "x": with_gaps(),
    },
}
#: One of each kind of training, posterior, prior and likelihood: CI runs the others before a release.
KINDS = (
    *("as people see", "pairs", "ladder", "free bits", "components as latents", "vamp prior", "path gradient"),
    *("a bound for each network", "denoising", "critics", "codebooks, autoregressive prior", "diffusions of maps"),
    *("gaussian, optimal", "iaf, autoregressive prior, importance weighted", "mixed curvature, learned prior"),
    *("modalities, either absent, weighed", "missing entries, conv, grey levels, importance weighted"),
)
