"""What a model of several stochastic layers is made of, and what it is asked."""

from tests.errors.models import build
from tests.errors.row import row
from tests.models import LATENT, SHAPE, digits, make
from tests.parts.composed import ladder
from tfvae import families, latent, networks, priors, recipes, terms


class Relative(families.Normal):
    """A family of the user's own, which is made of no other."""

    relative = True


def levels(**others):
    """The ladder of the contracts, with other parts."""
    return make(**(ladder() | others))


def sampled():
    return [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]


ROWS = {
    "a posterior of two levels alone": row(
        lambda: build(
            posterior=families.TopDown([families.Normal((1,)), families.Normal((2,))]),
        ),
        "prior, decoder isn't",
        r"prior=priors\.Hierarchical",
        r"decoder=networks\.TopDownDecoder",
    ),
    "a prior of one level": row(lambda: levels(prior=priors.StandardNormal((5,))), "prior isn't", r"priors\.Hierarch"),
    "levels of other sizes": row(
        lambda: levels(prior=priors.Hierarchical(priors.StandardNormal((3,)), [families.Normal((2,))])),
        "one shape of z for each level",
        r"posterior: \(\(2,\), \(3,\)\)",
        r"prior: \(\(3,\), \(2,\)\)",
    ),
    "an encoder of one level": row(
        lambda: levels(encoder=networks.mlp_encoder(SHAPE)),
        "encoder returns one tensor",
        "each of 2 levels, from the top",
        r"networks\.BottomUpEncoder",
    ),
    "an encoder of three levels": row(
        lambda: levels(encoder=networks.BottomUpEncoder([networks.linear(SHAPE), *2 * [networks.linear((64,))]])),
        "encoder returns 3 of them",
        "each of 2 levels",
    ),
    "an encoder of two levels for one": row(
        lambda: build(encoder=networks.BottomUpEncoder([networks.linear(SHAPE), networks.linear((64,))])),
        "encoder returns a list of 2",
        "Expected one tensor of features",
    ),
    "a block of another state": row(
        lambda: levels(
            decoder=networks.TopDownDecoder(
                [networks.mlp_decoder((2,), (8,)), networks.mlp_decoder((8,), (16,))], [(2,), (3,)]
            )
        ),
        r"decoder can't be called on events of shape \(5,\)|Block 1 of the decoder can't be called",
    ),
    "maps of two sizes": row(
        lambda: levels(
            posterior=families.TopDown([families.Normal((2,)), families.Normal((3,))]),
            encoder=networks.BottomUpEncoder(
                [networks.mlp_encoder(SHAPE, (16,)), networks.linear((16,))],
            ),
            decoder=networks.TopDownDecoder([networks.conv_decoder((2,), (4, 4)), networks.linear((3,))], [(2,), (3,)]),
        ),
        "decoder can't be called",
    ),
    "a correction of a prior that is no Gaussian": row(
        lambda: levels(prior=priors.Hierarchical(priors.StandardNormal((2,)), [families.Laplace((3,))])),
        "PrecisionWeighted joins two Gaussians",
        r"families\.Normal\(\(3,\)\)",
    ),
    "a residual of a prior that is no Gaussian, of which nobody asks a KL": row(
        lambda: levels(
            posterior=families.TopDown([families.Normal((2,)), families.ResidualNormal(families.Normal((3,)))]),
            prior=priors.Hierarchical(priors.StandardNormal((2,)), [priors.Diffusion((3,), condition_shape=(8,))]),
            objective=terms.NegativeLogLikelihood(),
        ),
        "ResidualNormal joins two Gaussians",
        r"families\.Normal\(\(3,\)\)",
    ),
    "a correction of a prior in a model of one level": row(
        lambda: build(posterior=families.PrecisionWeighted(families.Normal(LATENT))),
        r"PrecisionWeighted\(Normal\(\(3,\)\)\) is the posterior of one level of several",
        r"Put it into families\.TopDown",
    ),
    "another posterior relative to its prior in a model of one level": row(
        lambda: build(posterior=Relative(LATENT)), r"Relative\(\(3,\)\) is the posterior of one level of several"
    ),
    "a correction by another family": row(
        lambda: families.PrecisionWeighted(families.Laplace((3,))), "`family`", r"families\.Normal", "Laplace"
    ),
    "a residual of another family": row(
        lambda: families.ResidualNormal(families.Laplace((3,))), "`family`", r"families\.Normal", "Laplace"
    ),
    "no levels": row(lambda: families.TopDown([]), "`families`", r"\[families\.Normal"),
    "levels within a level": row(
        lambda: families.TopDown([families.TopDown([families.Normal((2,))])]), "`families`", r"\[families\.Normal"
    ),
    "levels as a likelihood": row(
        lambda: build(likelihood=families.TopDown([families.Normal((64,))]), encoder=networks.mlp_encoder((64,))),
        "posterior of a whole model",
    ),
    "levels as a learned prior": row(
        lambda: priors.Learned(families.TopDown([families.Normal((3,))])), "posterior of a whole model"
    ),
    "no level below the top": row(
        lambda: priors.Hierarchical(priors.StandardNormal((2,)), []), "`families`", "each level below the top"
    ),
    "a family as the top": row(
        lambda: priors.Hierarchical(families.Normal((2,)), [families.Normal((3,))]), "`top`", r"priors\.StandardNormal"
    ),
    "a level without a density": row(
        lambda: priors.Hierarchical(priors.StandardNormal((2,)), [families.Deterministic((3,))]),
        "`family`",
        "density is known at any point",
    ),
    "bits for a level of numbers": row(
        lambda: levels(
            posterior=families.TopDown([families.Normal((2,)), families.Normal((3,))]),
            prior=priors.Hierarchical(priors.StandardNormal((2,)), [families.RelaxedBernoulli((3,))]),
            objective=sampled(),
        ),
        "don't go together",
        "infinite",
    ),
    "a level too many": row(
        lambda: levels(objective=[terms.NegativeLogLikelihood(), terms.KL(level=2)]), "`level`", "layers 0 to 1", "=2"
    ),
    "a level of a model of one": row(
        lambda: build(objective=[terms.NegativeLogLikelihood(), terms.KL(level=1)]), "`level`", "one stochastic layer"
    ),
    "a level by name": row(lambda: terms.KL(level="top"), "`level`", "int >= 0", "'top'"),
    "blocks without their shapes": row(
        lambda: networks.TopDownDecoder([networks.linear((2,)), networks.linear((5,))], [(2,)]),
        "`latent_shapes`",
        "each of the 2 blocks",
    ),
    "no blocks": row(lambda: networks.BottomUpEncoder([]), "`blocks`", r"networks\.mlp_encoder"),
    "blocks by name": row(lambda: networks.BottomUpEncoder(["mlp"]), "`blocks`", "list of Keras models"),
    "blocks of two conditions": row(
        lambda: networks.BottomUpEncoder(
            [
                networks.Conditional(networks.linear((8, 8, 11)), num_classes=10),
                networks.Conditional(networks.linear((67,)), num_classes=3),
            ]
        ),
        "one condition",
        "num_classes 10, 3",
    ),
    "a gradient along paths through levels": row(
        lambda: levels(objective=[terms.PathGradient(terms.ImportanceWeighted(2))]),
        "pass from one stochastic layer to the next",
        r"ImportanceWeighted\(2\)",
    ),
    "moved draws of levels": row(
        lambda: levels(objective=[terms.Hamiltonian(terms.ImportanceWeighted(2), (5,))]),
        "Hamiltonian is of one stochastic layer",
        "has 2",
    ),
    "a very deep VAE of no depth": row(lambda: recipes.very_deep_vae(SHAPE, depth=0), "`depth`", "depth=0"),
    "two temperatures for one level": row(lambda: make().sample(2, temperature=[1.0, 0.5]), "`temperature`", ">= 0"),
    "three temperatures for two levels": row(
        lambda: levels().sample(2, temperature=[1.0, 1.0, 1.0]), "`temperature`", "list of 2, one a level"
    ),
    "a temperature below zero for one": row(
        lambda: levels().sample(2, temperature=[1.0, -1.0]), "`temperature`", ">= 0", "-1"
    ),
    "a distribution of the prior alone": row(
        lambda: levels().prior.distribution(), "runs through the decoder", r"vae\.prior_distribution\(\)"
    ),
    "draws of the prior alone": row(lambda: levels().prior.sample(3, None), r"vae\.sample_prior\(n\)"),
    "another prior where the posterior corrects it": row(
        lambda: latent.fit_prior(
            levels(), digits(), priors.Hierarchical(priors.GaussianMixture((2,), 2), [families.Normal((3,))])
        ),
        "relative to its prior",
        r"vae\.with_prior\(prior\)",
    ),
    "a level below whose prior is told nothing": row(
        lambda: priors.Hierarchical(priors.StandardNormal((2,)), [priors.StandardNormal((3,))]),
        "`families`",
        "condition_shape",
    ),
    "a level below whose prior is told another state": row(
        lambda: levels(
            prior=priors.Hierarchical(priors.StandardNormal((2,)), [priors.Diffusion((3,), condition_shape=(5,))]),
        ),
        "level 1 is given the decoder's state",
        r"condition_shape=\(5,\)",
    ),
    "a fitted prior of one level": row(
        lambda: latent.fit_prior(levels(), digits(), priors.GaussianMixture((5,), 2)),
        "`prior`",
        "2 stochastic layers",
        r"latent\.diffusion\(vae\)",
        r"GaussianMixture\(\(5,\)",
    ),
}
