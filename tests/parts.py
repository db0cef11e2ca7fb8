"""Tables of what there is to check: each family by its dtype, and parts that replace those of `tests.models.make`."""

import keras
import numpy as np

from tests.models import LATENT, SHAPE, OneDraw, RegularNoise, decided, digits
from tfvae import VAE, data, families, flows, networks, priors, schedules, terms

FAMILIES = {
    "normal": lambda dtype: families.Normal((4,), dtype=dtype),
    "normal, per example": lambda dtype: families.Normal((4,), scale="example", dtype=dtype),
    "normal, optimal": lambda dtype: families.Normal((4,), scale="optimal", dtype=dtype),
    "normal, shared": lambda dtype: families.Normal((4,), scale="shared", dtype=dtype),
    "normal, shared vector": lambda dtype: families.Normal((4,), scale="shared_dimension", dtype=dtype),
    "normal, fixed": lambda dtype: families.Normal((4,), scale=0.5, dtype=dtype),
    "normal, image": lambda dtype: families.Normal((4, 4, 2), dtype=dtype),
    "bernoulli": lambda dtype: families.Bernoulli((4,), dtype=dtype),
    "bernoulli, image": lambda dtype: families.Bernoulli((4, 4, 2), dtype=dtype),
    "deterministic": lambda dtype: families.Deterministic((4,), dtype=dtype),
    "codebook": lambda dtype: families.VectorQuantized((2, 2), num_codes=5, dtype=dtype),
    "codebooks": lambda dtype: families.ResidualQuantized((2, 2), num_codes=5, depth=3, dtype=dtype),
    "grid of codes": lambda dtype: families.FiniteScalarQuantized((2, 3), levels=(8, 5, 2), dtype=dtype),
    "signs": lambda dtype: families.LookupFreeQuantized((2, 2), dtype=dtype),
    "full covariance": lambda dtype: families.MultivariateNormal((4,), dtype=dtype),
    "full covariance of one": lambda dtype: families.MultivariateNormal((1,), dtype=dtype),
    "uniform": lambda dtype: families.Uniform((4,), low=-2.0, dtype=dtype),
    "relaxed bernoulli": lambda dtype: families.RelaxedBernoulli((4,), dtype=dtype),
    "straight-through bernoulli": lambda dtype: families.RelaxedBernoulli((4,), straight_through=True, dtype=dtype),
    "relaxed categorical": lambda dtype: families.RelaxedCategorical((2, 3), dtype=dtype),
    "straight-through categorical": lambda dtype: families.RelaxedCategorical(
        (2, 3), straight_through=True, dtype=dtype
    ),
    "joint": lambda dtype: families.Joint(
        [families.Normal((3,), scale="example", dtype=dtype), families.RelaxedCategorical((2, 4), dtype=dtype)],
        dtype=dtype,
    ),
    "planar flow": lambda dtype: families.Transformed(
        families.Normal((4,), dtype=dtype), [flows.Planar((4,), dtype=dtype) for _ in range(2)], dtype=dtype
    ),
    "radial flow": lambda dtype: families.Transformed(
        families.Normal((4,), scale="shared", dtype=dtype), flows.Radial((4,), dtype=dtype), dtype=dtype
    ),
    "iaf": lambda dtype: families.Transformed(
        families.Normal((4,), dtype=dtype),
        [flows.InverseAutoregressive((4,), (8,), 3, reverse, dtype=dtype) for reverse in (False, True)],
        dtype=dtype,
    ),
    "linear iaf of a full covariance": lambda dtype: families.Transformed(
        families.MultivariateNormal((4,), dtype=dtype),
        [flows.InverseAutoregressive((4,), units=(), dtype=dtype)],
        dtype=dtype,
    ),
    "maf": lambda dtype: families.Transformed(
        families.Laplace((4,), dtype=dtype),
        [flows.Inverted(flows.InverseAutoregressive((4,), dtype=dtype), dtype=dtype)],
        dtype=dtype,
    ),
    "laplace": lambda dtype: families.Laplace((4,), dtype=dtype),
    "logistic": lambda dtype: families.Logistic((4,), scale="shared", dtype=dtype),
    "spectral normal": lambda dtype: families.SpectralNormal((4, 4, 2), dtype=dtype),
    "student's t": lambda dtype: families.StudentT((4, 4, 2), dtype=dtype),
    "student's t, fixed df": lambda dtype: families.StudentT((4,), df=3.0, scale="example", dtype=dtype),
    "continuous bernoulli": lambda dtype: families.ContinuousBernoulli((4, 4, 2), dtype=dtype),
    "poisson": lambda dtype: families.Poisson((4,), dtype=dtype),
    "negative binomial": lambda dtype: families.NegativeBinomial((4,), dtype=dtype),
    "negative binomial, shared": lambda dtype: families.NegativeBinomial((4,), shared_total_count=True, dtype=dtype),
    "beta-binomial": lambda dtype: families.BetaBinomial((4,), levels=17, dtype=dtype),
    "categorical": lambda dtype: families.Categorical((4, 4, 2), levels=5, dtype=dtype),
    "discretized logistic": lambda dtype: families.DiscretizedLogistic((4,), levels=17, dtype=dtype),
    "discretized logistic mixture": lambda dtype: families.DiscretizedLogisticMixture(
        (4, 4, 2), levels=17, components=3, dtype=dtype
    ),
    "one-hot": lambda dtype: families.OneHot((4,), dtype=dtype),
    "one-hot, of each position": lambda dtype: families.OneHot((2, 3), dtype=dtype),
    "observed": lambda dtype: families.Observed(families.Normal((4,), scale="shared", dtype=dtype), dtype=dtype),
    "observed grey levels": lambda dtype: families.Observed(
        families.DiscretizedLogistic((4, 4, 2), levels=17, dtype=dtype), dtype=dtype
    ),
}


def _flow(*chain):
    """A posterior of flows that the contract can narrow, and the objective that it needs."""
    return {
        "posterior": families.Transformed(families.Normal(LATENT, min_scale=1e-9), chain),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    }


def _autoregressive(**kwargs):
    return flows.InverseAutoregressive(LATENT, units=(8,), **kwargs)


def second_vae(objective=None, **parts):
    """A small VAE over z, for a prior of two stages."""
    given = {
        "encoder": networks.mlp_encoder(LATENT, (8,)),
        "posterior": families.Normal(LATENT),
        "prior": priors.StandardNormal(LATENT),
        "decoder": networks.mlp_decoder(LATENT, (8,)),
        "likelihood": families.Normal(LATENT, scale="shared"),
        "objective": objective or [terms.NegativeLogLikelihood(), terms.KL()],
        "seed": 0,
    }
    return VAE(**(given | parts))


def with_gaps(count=36, share=0.3):
    """The first training digits as intensities, with NaN in place of a share of their pixels."""
    gaps = np.random.default_rng(0).random((count, *SHAPE)) < share
    return np.where(gaps, np.nan, digits(count) / 255).astype("float32")


def with_views(count=36):
    """The first training digits and their one-hot labels, one vector each; of every third only one of the two."""
    images, labels = (each[:count] for each in data.digits("train"))
    x = np.concatenate([images.reshape(count, 64) / 255, np.eye(10)[labels]], axis=1).astype("float32")
    x[1::3, :64] = np.nan
    x[2::3, 64:] = np.nan
    return x


def ladder():
    """Two stochastic layers, the posterior of the lower one a correction of its prior, a KL term for each."""
    return {
        "encoder": networks.BottomUpEncoder([networks.mlp_encoder(SHAPE, (16,)), networks.mlp_encoder((16,), (8,))]),
        "posterior": families.TopDown(
            [
                families.Normal((2,), min_scale=1e-9),
                families.PrecisionWeighted(families.Normal((3,), min_scale=1e-9)),
            ]
        ),
        "prior": priors.Hierarchical(priors.StandardNormal((2,)), [families.Normal((3,))]),
        "decoder": networks.TopDownDecoder(
            [networks.mlp_decoder((2,), (8,)), networks.mlp_decoder((8 + 3,), (16,))], [(2,), (3,)]
        ),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(level=0), terms.KL(0.5, level=1)],
    }


def top_down_maps():
    """Two stochastic layers of feature maps, both told the state above; a learned prior on top."""

    def convolution(shape, filters):
        layer = keras.layers.Conv2D(filters, 3, 2, "same", activation="relu")
        return keras.Sequential([keras.Input(shape), layer])

    def enlarging(shape, filters):
        return keras.Sequential([keras.Input(shape), networks.SubPixelConv2D(filters, 3, activation="relu")])

    return {
        "encoder": networks.BottomUpEncoder([convolution(SHAPE, 4), convolution((4, 4, 4), 6)]),
        "posterior": families.TopDown(
            [families.Normal((2, 2, 2), min_scale=1e-9), families.Normal((4, 4, 1), min_scale=1e-9)]
        ),
        "prior": priors.Hierarchical(priors.Learned(families.Normal((2, 2, 2))), [families.Normal((4, 4, 1))]),
        "decoder": networks.TopDownDecoder([enlarging((2, 2, 2), 4), enlarging((4, 4, 5), 4)], [(2, 2, 2), (4, 4, 1)]),
    }


def sharp(critic):
    """Two terms have one critic, whose game the encoder doesn't follow, and whose weight is balanced."""
    adversarial = terms.Adversarial(critic, game=terms.games.Hinge())
    return {
        "objective": [
            terms.LearnedSimilarity(["features_1"], weight=50.0),
            terms.KL(),
            terms.PerNetwork(generative=adversarial, weight=terms.Balanced(0.5)),
        ],
    }


def by_modality():
    """An image and its label, each with its networks and family, and the vectors that `with_views` joins."""
    pair = {"image": families.Normal(LATENT, min_scale=1e-9), "label": families.Normal(LATENT, min_scale=1e-9)}
    label = networks.mlp_decoder(LATENT, (8,), "tanh")
    return {
        "encoder": networks.ModalityEncoders(
            {"image": networks.mlp_encoder(SHAPE, (16,)), "label": networks.mlp_encoder((10,), (8,), "tanh")}
        ),
        "posterior": families.ProductOfExperts(pair),
        "decoder": networks.ModalityDecoders({"image": networks.mlp_decoder(LATENT, (16,)), "label": label}),
        "likelihood": families.Modalities(
            {"image": families.Normal(SHAPE, scale=0.5), "label": families.OneHot((10,))}
        ),
        "preprocessing": data.PerModality({"image": data.Rescale(2.0, -1.0, raw_dtype="float32")}),
    }


# Objectives and families as a model: each passes files, XLA, both mixed policies, uneven and empty replicas.
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
    "vamp prior": lambda: {
        "prior": priors.VampPrior(LATENT, SHAPE, 5),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    },
    "mean of bounds": lambda: {"objective": [terms.MultiplyImportanceWeighted(2, 3)]},
    "path gradient": lambda: {
        "posterior": RegularNoise(LATENT, scale="shared"),
        "objective": [terms.PathGradient(terms.ImportanceWeighted(4), weight=0.5), terms.KL(weight=0.5)],
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
    "missing entries, conv, grey levels, importance weighted": lambda: {
        "likelihood": families.Observed(families.DiscretizedLogistic(SHAPE, levels=17)),
        "preprocessing": data.Quantize(17),
        "encoder": networks.WithMask(networks.conv_encoder((8, 8, 2), (4, 8))),
        "objective": [terms.ImportanceWeighted(3)],
        "conv": True,
        "x": with_gaps(),
    },
}

# Terms whose value for an example depends on the others of its batch: computed alike however replicas share it.
COUPLING = {
    "free bits": lambda: terms.KL(free_bits=0.6),
    "capacity": lambda: terms.KL(capacity=2.0),
    "unbiased MMD": lambda: terms.MMD(weight=3.0),
    "MMD of two draws": lambda: terms.MMD(kernel=terms.kernels.RBF(1.5), unbiased=False, num_samples=2),
    "sliced Wasserstein": lambda: terms.SlicedWasserstein(num_projections=5, num_samples=2),
    "Sinkhorn": lambda: terms.Sinkhorn(weight=2.0, num_samples=2),
    "total correlation": lambda: terms.TotalCorrelation(networks.mlp_critic(LATENT, (4,))),
    "total correlation, stratified": lambda: terms.BatchTotalCorrelation(100, num_samples=2),
    "total correlation, weighted": lambda: terms.BatchTotalCorrelation(),
    "mutual information": lambda: terms.MutualInformation(100),
    "KL of each dimension": lambda: terms.DimensionwiseKL(num_samples=2),
    "covariance of the means": lambda: terms.Covariance(2.0, 3.0),
    "covariance of the draws": lambda: terms.Covariance(of_draws=True),
    "one for each network": lambda: terms.PerNetwork(terms.MMD(unbiased=False), terms.KL(free_bits=0.6)),
}

# Likewise, beside a posterior of signs.
COUPLING_OF_SIGNS = {"entropy of codes": lambda: terms.CodeEntropy(group_size=2)}
