"""What a model is made of."""

from tests.errors.models import (
    Implicit,
    OwnDraws,
    Undescribed,
    along_paths,
    batches,
    bits,
    build,
    choice,
    sampled,
    two_stages,
    uniform,
)
from tests.errors.row import row
from tests.models import LATENT, SHAPE
from tfvae import export, families, flows, latent, networks, priors, terms


def _on_sphere():
    vae = build(posterior=families.PowerSpherical(LATENT), prior=priors.HypersphericalUniform(LATENT))
    vae.trained = True
    return vae


ROWS = {
    "a sphere and all of space": row(
        lambda: build(posterior=families.PowerSpherical(LATENT)),
        "don't go together",
        r"3 spherical \(S\^2\) dimensions",
        "3 real",
        r"prior=priors\.HypersphericalUniform\(\(3,\)\)",
    ),
    "all of space and a sphere": row(
        lambda: build(prior=priors.HypersphericalUniform(LATENT)), "3 real", "spherical", r"priors\.StandardNormal"
    ),
    "two spheres of another dimension": row(
        lambda: build(
            posterior=families.Joint([families.PowerSpherical((2,)), families.PowerSpherical((4,))]),
            prior=priors.Product([priors.HypersphericalUniform((3,)), priors.HypersphericalUniform((3,))]),
            decoder=networks.mlp_decoder((6,), (8,)),
        ),
        r"2 spherical \(S\^1\), 4 spherical \(S\^3\)",
        r"6 spherical \(S\^2\)",
    ),
    "hyperbolic spaces of another curvature": row(
        lambda: build(
            posterior=families.WrappedNormal(LATENT, curvature=-2.0),
            prior=priors.Learned(families.WrappedNormal(LATENT)),
        ),
        "don't go together",
        "curvature -2",
        "curvature -1",
    ),
    "a closed form on hyperbolic space": row(
        lambda: build(posterior=families.WrappedNormal(LATENT), prior=priors.Learned(families.WrappedNormal(LATENT))),
        "No closed form",
        r"KL\(monte_carlo=True\)",
    ),
    "a closed form of a mixture": row(
        lambda: build(posterior=families.Mixture(families.Normal(LATENT))), "No closed form", r"KL\(monte_carlo=True\)"
    ),
    "free bits on a sphere": row(
        lambda: build(
            posterior=families.PowerSpherical(LATENT),
            prior=priors.HypersphericalUniform(LATENT),
            objective=[terms.NegativeLogLikelihood(), terms.KL(free_bits=0.1)],
        ),
        "`free_bits`",
        r"KL\(capacity=",
    ),
    "paths of a semi-implicit posterior": row(
        lambda: build(
            posterior=families.SemiImplicit(families.Normal(LATENT)),
            objective=[terms.PathGradient(terms.ImportanceWeighted(3))],
        ),
        "at any z",
    ),
    "a temperature of a uniform prior": row(
        lambda: _on_sphere().sample(3, temperature=0.5), "`temperature`", "Expected 1", "no centre", "temperature=0.5"
    ),
    "latents off the sphere": row(
        lambda: _on_sphere().decode([[0.0, 0.0, 2.0], [0.0, 1.0, 0.0]]),
        "`z`",
        "on the manifold of PowerSpherical",
        "1 of 2",
        r"latent\.spherical",
    ),
    "a traversal of a sphere": row(lambda: latent.traversal(_on_sphere(), [0.0, 0.0, 1.0]), "`z`", "on the manifold"),
    "an explorer of a sphere": row(
        lambda: export.explorer(_on_sphere(), ".", batches()), "straight lines", r"latent\.spherical"
    ),
    "another latent": row(
        lambda: build(posterior=families.Normal((4,))),
        "`prior` and `posterior`",
        r"\(3,\)",
        r"\(4,\)",
        "anew with the other's `event_shape`",
    ),
    "a part by name": row(lambda: build(posterior="normal"), "`posterior`", r"families\.Normal\(", "'normal'"),
    "a family as prior": row(lambda: build(prior=families.Normal(LATENT)), "`prior`", r"priors\.StandardNormal"),
    "a function as encoder": row(
        lambda: build(encoder=lambda x: x), "`encoder`", r"Expected a keras\.layers\.Layer", r"networks\.mlp_encoder"
    ),
    "no likelihood": row(lambda: build(likelihood=None), "`likelihood`", r"families\.Bernoulli", "likelihood=None"),
    "a preprocessing by name": row(
        lambda: build(preprocessing="rescale"), "`preprocessing`", r"tfvae\.data\.Preprocessing", "'rescale'"
    ),
    "missing entries that the encoder doesn't know": row(
        lambda: build(likelihood=families.Observed(families.Bernoulli(SHAPE))),
        "likelihood Observed takes .* missing entries, NaN",
        "the encoder makes NaN of it",
        r"encoder=networks\.WithMask\(network\)",
        "twice the channels",
    ),
    "a mask for an encoder of no more channels": row(
        lambda: build(
            likelihood=families.Observed(families.Bernoulli(SHAPE)),
            encoder=networks.WithMask(networks.mlp_encoder(SHAPE)),
        ),
        r"encoder can't be called on events of shape \(8, 8, 1\)",
    ),
    "a picture smaller than a window": row(
        lambda: build(objective=[terms.MultiScaleSSIM()]), "`window`", r"at most 7, for pictures of \(8, 8\)", "=11"
    ),
    "the spectrum of a vector": row(
        lambda: build(
            likelihood=families.Bernoulli((64,)),
            encoder=networks.linear((64,)),
            objective=[terms.FocalFrequency()],
        ),
        "compares pictures",
        r"shape \(64,\)",
    ),
    "the similarity of pictures with holes": row(
        lambda: build(
            likelihood=families.Observed(families.Bernoulli(SHAPE)),
            encoder=networks.WithMask(networks.mlp_encoder((8, 8, 2))),
            objective=[terms.MultiScaleSSIM(window=5)],
        ),
        "compares whole pictures",
        "fill what is missing",
    ),
    "features of another picture": row(
        lambda: build(objective=[terms.Perceptual(networks.conv_encoder((16, 16, 1)))]),
        r"network of Perceptual can't be called on x of shape \(8, 8, 1\)",
        r"keras\.layers\.Resizing",
    ),
    "no term": row(lambda: build(objective=[]), "`objective` is empty", r"terms\.KL\(\)"),
    "a loss of Keras": row(lambda: build(objective=["mse"]), "`objective`", r"terms\.KL\(\)", "'mse'"),
    "another image size": row(
        lambda: build(encoder=networks.mlp_encoder((9, 9, 1))), r"encoder can't .* \(8, 8, 1\)", "Give both the same"
    ),
    "a decoder of another latent": row(
        lambda: build(decoder=networks.mlp_decoder((4,))), r"decoder can't be called on events of shape \(3,\)"
    ),
    "a decoder of another image": row(
        lambda: build(decoder=networks.conv_decoder(LATENT, (16, 16))),
        r"Bernoulli over events of shape \(8, 8, 1\)",
        r"\(16, 16, 32\)",
        r"Expected flat features \(F,\), or \(8, 8, 'C'\)",
        "Change the network's output size",
    ),
    "channels of another number of classes": row(
        lambda: build(encoder=networks.Conditional(networks.mlp_encoder((8, 8, 5)), num_classes=10)),
        r"encoder can't be called on events of shape \(8, 8, 1\)",
    ),
    "KL without density": row(
        lambda: build(posterior=families.Deterministic(LATENT)), "KL needs the density", r"families\.Normal"
    ),
    "importance weights without density": row(
        lambda: build(posterior=families.Deterministic(LATENT), objective=[terms.ImportanceWeighted(3)]),
        "ImportanceWeighted needs the density",
    ),
    "a bound along paths without density": row(
        lambda: build(
            posterior=families.Deterministic(LATENT), objective=terms.PathGradient(terms.ImportanceWeighted(3))
        ),
        "ImportanceWeighted needs the density",
    ),
    "either network without density": row(
        lambda: build(
            posterior=families.Deterministic(LATENT),
            objective=terms.PerNetwork(terms.NegativeLogLikelihood(), terms.ImportanceWeighted(3)),
        ),
        "ImportanceWeighted needs the density",
    ),
    "the path of a discrete draw": row(
        lambda: build(posterior=bits(), prior=priors.Learned(bits()), objective=along_paths()),
        "PathGradient follows draws of z",
        "RelaxedBernoulli posterior",
        "straight-through",
        r"Use ImportanceWeighted\(3\) by itself",
    ),
    "the path of a draw, part of which is discrete": row(
        lambda: build(posterior=choice(), prior=priors.Learned(choice()), objective=along_paths()),
        "PathGradient follows",
        "or of a part of it",
    ),
    "the path of a draw on an interval that moves": row(
        lambda: build(posterior=families.Uniform(LATENT), objective=along_paths()), "Uniform posterior", "support"
    ),
    "log q of its own draws alone": row(
        lambda: build(posterior=OwnDraws(LATENT), objective=along_paths()),
        r"PathGradient needs log q\(z\|x\) at any z",
        "OwnDraws",
        r"families\.MultivariateNormal",
    ),
    "a likelihood without density": row(
        lambda: build(likelihood=families.Deterministic(SHAPE)), r"density of p\(x\|z\)", r"scale=1\.0"
    ),
    "KL of a prior without density": row(
        lambda: build(prior=Implicit(LATENT)), r"KL needs the density of p\(z\)", "Implicit prior", "GaussianMixture"
    ),
    "sampled KL of a prior without density": row(
        lambda: build(prior=Implicit(LATENT), objective=sampled()), r"KL needs the density of p\(z\)", "drop the term"
    ),
    "importance weights of a prior without density": row(
        lambda: build(prior=Implicit(LATENT), objective=along_paths()),
        r"ImportanceWeighted needs the density of p\(z\)",
    ),
    "KL of two stages": row(
        lambda: build(prior=two_stages()),
        r"KL needs the density of p\(z\)",
        "LatentVariable prior of a Normal posterior",
        "drop the term",
    ),
    "KL of a diffusion": row(
        lambda: build(prior=priors.Diffusion(LATENT)),
        r"KL needs the density of p\(z\)",
        "Diffusion prior of a Normal posterior",
    ),
    "cross entropy of a prior without density": row(
        lambda: build(prior=Implicit(LATENT), objective=terms.CrossEntropy()),
        r"CrossEntropy needs the density of p\(z\), or a bound on it",
        "Implicit",
    ),
    "cross entropy of two stages and other numbers": row(
        lambda: build(
            posterior=families.RelaxedBernoulli(LATENT, straight_through=True),
            prior=two_stages(),
            objective=terms.CrossEntropy(),
        ),
        "CrossEntropy .* RelaxedBernoulli posterior draws other dimensions than a LatentVariable prior",
    ),
    "cross entropy of two stages side by side": row(
        lambda: build(prior=priors.Product([two_stages()]), objective=terms.CrossEntropy()),
        "CrossEntropy needs .* or a bound on it, and a Product prior",
    ),
    "MMD of two stages": row(
        lambda: build(prior=two_stages(), objective=[terms.NegativeLogLikelihood(), terms.MMD()]),
        "MMD .* LatentVariable carry no gradient",
    ),
    "sliced Wasserstein of two stages": row(
        lambda: build(prior=two_stages(), objective=[terms.NegativeLogLikelihood(), terms.SlicedWasserstein()]),
        "SlicedWasserstein .* LatentVariable carry no gradient",
        r"priors\.StandardNormal",
    ),
    "Sinkhorn of two stages": row(
        lambda: build(prior=two_stages(), objective=[terms.NegativeLogLikelihood(), terms.Sinkhorn()]),
        "Sinkhorn .* LatentVariable carry no gradient",
        r"priors\.StandardNormal",
    ),
    "a critic of other latents": row(
        lambda: build(
            objective=[terms.NegativeLogLikelihood(), terms.LatentAdversarial(networks.mlp_critic((4,), (8,)))]
        ),
        "critic can't be called on z",
        r"networks\.mlp_critic\(\(3,\)\)",
    ),
    "a prior of two stages that moves by statistics": row(
        lambda: build(
            prior=two_stages(likelihood=families.Normal(LATENT, scale="optimal")), objective=terms.CrossEntropy()
        ),
        "moves by statistics",
        "take one that learns by gradient",
    ),
    "no closed form": row(lambda: build(prior=Undescribed(LATENT)), "No closed form", r"KL\(monte_carlo=True\)"),
    "a mixture has no closed form": row(
        lambda: build(prior=priors.GaussianMixture(LATENT, 3)), "No closed form", r"KL\(monte_carlo=True\)"
    ),
    "a VampPrior has no closed form": row(
        lambda: build(prior=priors.VampPrior(LATENT, SHAPE, 3)), "No closed form", r"KL\(monte_carlo=True\)"
    ),
    "a VampPrior of a posterior that knows its own draws only": row(
        lambda: build(prior=priors.VampPrior(LATENT, SHAPE, 3), posterior=OwnDraws(LATENT)),
        "VampPrior .* its own draws",
        r"flows\.InverseAutoregressive, or priors\.GaussianMixture",
    ),
    "a mixture that learns of its draws": row(
        lambda: build(prior=priors.GaussianMixture(LATENT, 3), objective=[terms.NegativeLogLikelihood(), terms.MMD()]),
        "MMD .* GaussianMixture carry no gradient",
        r"priors\.StandardNormal",
        r"prior\.trainable = False",
    ),
    "free bits of a mixture": row(
        lambda: build(
            prior=priors.GaussianMixture(LATENT, 3), objective=[terms.NegativeLogLikelihood(), terms.KL(free_bits=0.1)]
        ),
        "No closed form",
        r"KL\(capacity=\.\.\., monte_carlo=True\)",
    ),
    "pieces of other sizes": row(
        lambda: build(
            posterior=families.Joint([families.Normal((1,)), families.Normal((2,))]),
            prior=priors.Product([priors.StandardNormal((2,)), priors.StandardNormal((1,))]),
        ),
        "No closed form",
        r"KL\(monte_carlo=True\)",
    ),
    "a density beside a probability": row(
        lambda: build(posterior=families.RelaxedBernoulli(LATENT, straight_through=True), objective=sampled()),
        "`posterior` and `prior` don't go together",
        "means nothing, as one is of 3 discrete dimensions and the other of 3 real",
        r"prior=priors\.Learned\(RelaxedBernoulli\(\(3,\), straight_through=True\)\)",
    ),
    "pieces in another order": row(
        lambda: build(
            posterior=families.Joint([families.Normal((1,)), families.RelaxedBernoulli((2,), straight_through=True)]),
            prior=priors.Product(
                [priors.Learned(families.RelaxedBernoulli((2,), straight_through=True)), priors.StandardNormal((1,))]
            ),
            objective=sampled(),
        ),
        "of 1 real, 2 discrete dimensions and the other of 2 discrete, 1 real",
        r"prior=priors\.Learned\(Joint\(",
    ),
    "a simplex beside all vectors": row(
        lambda: build(
            posterior=families.RelaxedCategorical((1, 3)),
            prior=priors.StandardNormal((1, 3)),
            decoder=networks.mlp_decoder((1, 3)),
            objective=[terms.ImportanceWeighted(2)],
        ),
        "of 3 simplex dimensions and the other of 3 real",
        r"priors\.Learned\(RelaxedCategorical",
    ),
    "a bounded prior": row(
        lambda: build(prior=uniform(-5.0, 5.0), objective=sampled()),
        r"p\(z\) of a Normal posterior and a Fixed prior is 0 at some z",
        "KL is infinite",
        r"prior=priors\.StandardNormal\(\(3,\)\)",
    ),
    "a prior narrower than the posterior": row(
        lambda: build(prior=uniform(-0.5, 0.5), posterior=families.Uniform(LATENT)),
        "Uniform posterior",
        "KL is infinite",
        "stays within the prior's support",
    ),
    "a prior of positive numbers": row(
        lambda: build(prior=priors.Learned(families.Of("Gamma", LATENT)), objective=[terms.ImportanceWeighted(2)]),
        "Learned prior is 0 at some z",
        r"priors\.StandardNormal",
    ),
    "a likelihood that knows its own draws only": row(
        lambda: build(
            likelihood=families.Transformed(families.Normal((64,)), flows.Planar((64,))),
            encoder=networks.mlp_encoder((64,), (8,)),
        ),
        r"NegativeLogLikelihood needs log p\(x\|z\) at the x of the data",
        r"families\.Normal, or flows with an inverse",
    ),
    "two numbers of classes": row(
        lambda: build(
            encoder=networks.Conditional(networks.mlp_encoder((8, 8, 11)), num_classes=10),
            decoder=networks.Conditional(networks.mlp_decoder((3 + 4,)), num_classes=4),
        ),
        "encoder: num_classes=10, decoder: num_classes=4",
        "one `num_classes`",
    ),
    "two shapes of conditions": row(
        lambda: build(
            encoder=networks.Conditional(networks.mlp_encoder((8, 8, 3)), condition_shape=(2,)),
            decoder=networks.Conditional(networks.mlp_decoder((3 + 4,)), condition_shape=(4,)),
        ),
        r"encoder: condition_shape=\(2,\), decoder: condition_shape=\(4,\)",
        "one `condition_shape`",
    ),
    "a VampPrior over another x": row(
        lambda: build(prior=priors.VampPrior(LATENT, (9, 9, 1), 3)), "`x_shape`", r"\(8, 8, 1\)", r"\(9, 9, 1\)"
    ),
    "a VampPrior over a piece of z": row(
        lambda: build(prior=priors.Product([priors.VampPrior((1,), SHAPE, 3), priors.StandardNormal((2,))])),
        "`event_shape`",
        r"\(3,\)",
        r"\(1,\)",
    ),
    "a VampPrior of a conditional encoder": row(
        lambda: build(
            prior=priors.VampPrior(LATENT, SHAPE, 3),
            encoder=networks.Conditional(networks.mlp_encoder((8, 8, 11)), num_classes=10),
        ),
        "VampPrior .* takes a condition",
        r"priors\.GaussianMixture",
    ),
    "an unknown part": row(
        lambda: build(preprocesing=None), "VAE .*`preprocesing`", "Did you mean `preprocessing`", error=TypeError
    ),
    "a seed that is text": row(lambda: build(seed="x"), "`seed` must be an integer", "seed=x"),
}
