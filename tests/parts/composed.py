"""Parts that belong together: of several stochastic layers, of modalities, of a VAE over z; and data with gaps."""

import keras
import numpy as np

from tests.models import LATENT, SHAPE, RegularNoise, digits
from tfvae import VAE, data, families, networks, priors, terms


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


def top_down_maps(lower=families.ResidualNormal):
    """Two stochastic layers of feature maps, the lower told the state above; a learned prior on top.

    `lower` makes the lower layer's posterior of a `families.Normal`.
    """

    def convolution(shape, filters):
        layer = keras.layers.Conv2D(filters, 3, 2, "same", activation="relu")
        return keras.Sequential([keras.Input(shape), layer])

    def enlarging(shape, filters):
        return keras.Sequential([keras.Input(shape), networks.SubPixelConv2D(filters, 3, activation="relu")])

    return {
        "encoder": networks.BottomUpEncoder([convolution(SHAPE, 4), convolution((4, 4, 4), 6)]),
        "posterior": families.TopDown(
            [
                families.Normal((2, 2, 2), min_scale=1e-9),
                lower(families.Normal((4, 4, 1), min_scale=1e-9)),
            ]
        ),
        "prior": priors.Hierarchical(priors.Learned(families.Normal((2, 2, 2))), [families.Normal((4, 4, 1))]),
        "decoder": networks.TopDownDecoder([enlarging((2, 2, 2), 4), enlarging((4, 4, 5), 4)], [(2, 2, 2), (4, 4, 1)]),
    }


def maps_of_any_prior():
    """The same layers, whose posterior asks nothing of the prior."""
    return top_down_maps(lower=lambda normal: normal)


def diffusions_of_maps():
    """The same layers under diffusions, that of the lower one given the state above it."""

    def diffusion(shape, **options):
        return priors.Diffusion(shape, networks.Denoiser(shape, 4, blocks=1), steps=2, **options)

    prior = priors.Hierarchical(diffusion((2, 2, 2)), [diffusion((4, 4, 1), condition_shape=(4, 4, 4))])
    objective = [terms.NegativeLogLikelihood(), terms.NegativeEntropy(), terms.CrossEntropy()]
    # log q, of which no KL takes the noise out, and a law for each state above: see `tests.models.regular_noise`.
    posterior = top_down_maps(lower=lambda normal: RegularNoise(normal.event_shape, min_scale=1e-9))["posterior"]
    return maps_of_any_prior() | {"posterior": posterior, "prior": prior, "objective": objective}


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


def _experts():
    """Not as narrow as others: their gradients cancel in log q, which a narrower product leaves to rounding."""
    return families.ProductOfExperts({name: families.Normal(LATENT, min_scale=0.1) for name in ("image", "label")})


def by_experts():
    """Those of `by_modality` with a mixture over every subset, from each of which z is drawn."""
    return {
        **by_modality(),
        "posterior": families.MixtureOfExperts(_experts(), [["image"], ["label"], ["image", "label"]]),
        "objective": [terms.NegativeLogLikelihood(num_samples=3), terms.KL(monte_carlo=True, num_samples=3)],
    }


def by_joint_encoder():
    """Those of `by_modality` with an encoder of both on top, and each alone, too, in the objective."""
    parts = by_modality()
    each = terms.OnSubsets([terms.NegativeLogLikelihood(), terms.KL()], weight=0.5)
    return {
        **parts,
        "encoder": networks.JointEncoder(parts["encoder"], networks.mlp_encoder((24,), (8,), "tanh")),
        "posterior": families.JointAndExperts(_experts(), families.Normal(LATENT, min_scale=0.1)),
        "objective": [terms.NegativeLogLikelihood(), terms.KL(), terms.ModalityKL(0.1), each],
    }


# Objectives and families as a model: each passes files, XLA, both mixed policies, uneven and empty replicas.
