"""Classes and components that are latents, labels for a part of the data, and what a prior is told."""

import numpy as np

from tests.errors.models import build
from tests.errors.row import row
from tests.models import SHAPE, digits
from tfvae import data, evaluation, families, latent, networks, priors, recipes, terms


def labelled(**parts):
    """A model of three classes, of 3 latents with them."""
    return build(
        **{
            "posterior": families.ClassConditional(2, families.Normal((1,))),
            "prior": priors.WithClass(2, priors.StandardNormal((1,))),
            **parts,
        }
    )


def compiled(**parts):
    vae = labelled(**parts)
    vae.compile("sgd")
    return vae


ROWS = {
    "one class": row(lambda: families.ClassConditional(1, families.Normal((2,))), "`num_classes`", "int >= 2", "=1"),
    "a class of no family": row(lambda: families.ClassConditional(3, "normal"), "`family`", r"families\.Normal\(\(16,"),
    "a class of points": row(lambda: families.ClassConditional(3, families.Deterministic((2,))), "`family`", "density"),
    "classes of classes": row(
        lambda: families.ClassConditional(3, families.ClassConditional(3, families.Normal((2,)))), "`family`"
    ),
    "one component": row(lambda: families.Mixture(families.Normal((2,)), 1), "`components`", "int >= 2"),
    "weights in words": row(lambda: families.Mixture(families.Normal((2,)), 3, "equal"), "`equal_weights`", "a bool"),
    "a class beside no prior": row(lambda: priors.WithClass(3, families.Normal((2,))), "`prior`", "StandardNormal"),
    "a class that the posterior doesn't have": row(
        lambda: build(prior=priors.WithClass(2, priors.StandardNormal((1,)))),
        "don't go together",
        "3 real dimensions and the other of 2 discrete, 1 real",
    ),
    "a class and importance weights": row(
        lambda: labelled(objective=terms.ImportanceWeighted(3)),
        "ImportanceWeighted takes the draws of z as equally likely",
        "every class, with the probability",
        r"terms\.NegativeLogLikelihood and terms\.KL",
    ),
    "a class and a scale that moves": row(
        lambda: labelled(likelihood=families.Normal(SHAPE, scale="optimal")),
        "moves by the mean over draws",
        'scale="shared"',
    ),
    "a class below another layer": row(
        lambda: build(
            encoder=networks.BottomUpEncoder([networks.mlp_encoder(SHAPE, (8,)), networks.linear((8,))]),
            posterior=families.TopDown([families.Normal((2,)), families.ClassConditional(2, families.Normal((1,)))]),
            prior=priors.Hierarchical(
                priors.StandardNormal((2,)), [families.ClassConditional(2, families.Normal((1,)))]
            ),
            decoder=networks.TopDownDecoder([networks.linear((2,)), networks.linear((5,))], [(2,), (3,)]),
            objective=[terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
        ),
        "carry no gradient",
    ),
    "a classifier that there isn't": row(
        lambda: build(objective=[terms.NegativeLogLikelihood(), terms.KL(), terms.Classification()]),
        "`objective`",
        r"families\.ClassConditional, for terms\.Classification",
    ),
    "components of no mixture": row(
        lambda: build(objective=[terms.NegativeLogLikelihood(), terms.MixtureKL()]),
        "`objective`",
        r"terms\.MixtureKL",
        r"priors\.GaussianMixture",
        r"terms\.KL\(monte_carlo=True\)",
    ),
    "a piece that there isn't": row(
        lambda: build(objective=[terms.NegativeLogLikelihood(), terms.KL(piece=0), terms.KL(piece=1)]),
        "`piece`",
        "one piece, so leave it out",
        "piece=1",
    ),
    "a label beyond the classes": row(
        lambda: compiled().fit(digits(), np.full(36, 2), verbose=0),
        "`condition`",
        r"labels in 0\.\.1, ints, or -1 for one that is unknown",
        "2 in 36 of 36",
    ),
    "a label of -2": row(lambda: compiled().fit(digits(), np.full(36, -2), verbose=0), "or -1 for one", "-2 in 36"),
    "a label of NaN": row(
        lambda: compiled().fit(digits(), np.full(36, np.nan), verbose=0), "or -1 for one|not finite|NaN"
    ),
    "an unknown label where it must be known": row(
        lambda: recipes.conditional_vae(SHAPE, 2).encode(digits(), np.full(36, -1)), r"labels in 0\.\.9, ints", "-1 in"
    ),
    "labels hidden of none": row(lambda: data.hide_labels([], 3), "`labels`", "one for each example"),
    "more labels than there are": row(lambda: data.hide_labels([0, 1], 3), "`num_labels`", r"1\.\.2", "=3"),
    "labels to hide that are not read": row(
        lambda: data.load("digits", num_labels=5), "`num_labels`", "labels=True", "num_labels=5"
    ),
    "probabilities of no classes": row(
        lambda: latent.class_probabilities(build(), digits()), "`vae`", r"families\.ClassConditional", "GaussianMixture"
    ),
    "clusters of other examples": row(
        lambda: evaluation.clustering_accuracy([0, 1], [0, 1, 2]), "`clusters`", "each of 2 examples"
    ),
    "a prior of no network": row(
        lambda: priors.LearnedConditional(families.Normal((2,)), "mlp", num_classes=3), "`network`", r"networks\.linear"
    ),
    "a prior's network of another size": row(
        lambda: priors.LearnedConditional(families.Normal((2,)), networks.linear((4,)), num_classes=3),
        "`network` can't be called on conditions as vectors of 3 numbers",
    ),
    "a prior that is not told": row(
        lambda: recipes.conditional_prior_vae(SHAPE, 2).prior_distribution(), "conditional", "`condition`"
    ),
}
