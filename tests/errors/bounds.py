"""What is asked of bounds on log p(x) and of where the ELBO loses its nats."""

import numpy as np

from tests.errors.models import batches, conditional, grey, implicit, model
from tests.errors.row import row
from tests.models import LATENT, SHAPE, digits, make
from tfvae import data, evaluation, families, networks, priors, recipes, terms

SAMPLED = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]


def trained(vae):
    vae.trained = True
    return vae


def planar():
    """A posterior that knows the density of its own draws only."""
    return trained(
        make(
            posterior=families.Transformed(families.Normal(LATENT), [families.flows.Planar(LATENT)]), objective=SAMPLED
        )
    )


def relaxed():
    return trained(recipes.categorical_vae(SHAPE, 3, preprocessing=data.Binarize()))


def spherical():
    return trained(recipes.hyperspherical_vae(SHAPE, 3, preprocessing=data.Binarize()))


def by_label():
    """A model whose prior is told the condition."""
    prior = priors.LearnedConditional(families.Normal(LATENT), networks.linear((10,)), num_classes=10)
    return trained(make(prior=prior, objective=SAMPLED))


def labelled():
    return data.from_array(digits(), np.zeros(36, "int32"), batch_size=12)


ROWS = {
    "a sandwich of an array": row(
        lambda: evaluation.annealed(model(), digits()), "`dataset`", r"data\.from_array", "ndarray"
    ),
    "a sandwich of nothing": row(lambda: evaluation.annealed(model(), batches().take(0), verbose=0), "is empty"),
    "a sandwich by a path": row(lambda: evaluation.annealed("model.keras", batches()), "`vae`", r"tfvae\.load_model"),
    "one temperature": row(
        lambda: evaluation.annealed(model(), batches(), num_temperatures=1), "`num_temperatures`", ">= 2"
    ),
    "one chain": row(lambda: evaluation.annealed(model(), batches(), num_chains=1), "`num_chains`", ">= 2"),
    "no leapfrog step": row(
        lambda: evaluation.annealed(model(), batches(), leapfrog_steps=0), "`leapfrog_steps`", "positive int"
    ),
    "a start by name": row(
        lambda: evaluation.annealed(model(), batches(), from_posterior="prior"), "`from_posterior`", "True or False"
    ),
    "a sandwich of grey pixels": row(
        lambda: evaluation.annealed(grey(), batches(), verbose=0), "12 of 12", "support", "DynamicBinarize"
    ),
    "a sandwich of a prior without density": row(
        lambda: evaluation.annealed(implicit(), batches()), "prior is Implicit has no density", "GaussianMixture"
    ),
    "a sandwich of switches": row(
        lambda: evaluation.annealed(relaxed(), batches()), "RelaxedCategorical", "not real", r"log_likelihood"
    ),
    "a sandwich on a sphere": row(lambda: evaluation.annealed(spherical(), batches()), "not real", "flat space"),
    "a start that knows its own draws only": row(
        lambda: evaluation.annealed(planar(), batches(), from_posterior=True), "Transformed", "from_posterior=False"
    ),
    "gaps of an array": row(lambda: evaluation.gaps(model(), digits()), "`dataset`", r"data\.from_array", "ndarray"),
    "gaps of nothing": row(lambda: evaluation.gaps(model(), batches().take(0), verbose=0), "is empty"),
    "gaps by one draw": row(lambda: evaluation.gaps(model(), batches(), num_samples=1), "`num_samples`", ">= 2"),
    "gaps to another size": row(
        lambda: evaluation.gaps(model(), batches(), families.Normal((4,))), "`family`", r"families\.Normal\(\(3,\)\)"
    ),
    "gaps to a family without density": row(
        lambda: evaluation.gaps(model(), batches(), families.Deterministic((3,))), "`family`", "with a density"
    ),
    "gaps to a family by name": row(
        lambda: evaluation.gaps(model(), batches(), "flow"), "`family`", "with a density", "'flow'"
    ),
    "gaps to a few known values": row(
        lambda: evaluation.gaps(model(), batches(), log_likelihood=[-20.0], verbose=0),
        "`log_likelihood`",
        "at least 12 of them",
        "1 numbers",
    ),
    "gaps to a value that is NaN": row(
        lambda: evaluation.gaps(model(), batches(), log_likelihood=[np.nan] * 36), "`log_likelihood`", "finite"
    ),
    "surgery of an array": row(
        lambda: evaluation.surgery(model(), digits()), "`dataset`", r"data\.from_array", "ndarray"
    ),
    "surgery of nothing": row(lambda: evaluation.surgery(model(), batches().take(0), verbose=0), "is empty"),
    "surgery by one draw": row(lambda: evaluation.surgery(model(), batches(), 1), "`num_samples`", ">= 2"),
    "surgery where densities are of own draws": row(
        lambda: evaluation.surgery(planar(), batches()), "Transformed", "its own draws only", r"evaluation\.activity"
    ),
    "surgery of a prior for each label": row(
        lambda: evaluation.surgery(by_label(), labelled()), "LearnedConditional", "each condition"
    ),
    "surgery without a condition": row(
        lambda: evaluation.surgery(conditional(), batches(), verbose=0), "conditional", "condition"
    ),
}
