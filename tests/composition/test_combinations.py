"""Parts compose: of every two kinds of parts each pair occurs in a model that keeps the contract, or is refused."""

import itertools

import numpy as np
import pytest

from tests import suites
from tests.contracts import COMPARISONS, run_model_test
from tests.models import LATENT, SHAPE, digits, make
from tests.parts.composed import with_views
from tfvae import data, families, flows, networks, priors, schedules, terms


def _bits(size):
    return families.RelaxedBernoulli((size,), straight_through=True)


def _autoregressive(**kwargs):
    return flows.InverseAutoregressive(LATENT, units=(8,), **kwargs)


def _sampled(**kwargs):
    return [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True, **kwargs)]


def _conditional(only_decoder):
    """Networks that are told a label of 10."""
    parts = {"decoder": networks.Conditional(networks.mlp_decoder((3 + 10,), (16,)), num_classes=10)}
    if not only_decoder:
        parts["encoder"] = networks.Conditional(networks.mlp_encoder((8, 8, 11), (16,)), num_classes=10)
    return parts


def _modal(network):
    """Networks of an image and its label: any posterior may be that of the vector that they make."""
    count = 10 if "label" in network else 0
    told = (lambda each: networks.Conditional(each, num_classes=count)) if count else lambda each: each
    size, image = 3 + count, networks.mlp_decoder((3 + count,), (16,))
    if network == "convolutions":
        image = networks.conv_decoder((size,), SHAPE[:2], (8, 4))
    label = networks.mlp_decoder((size,), (8,), "tanh")
    whole = count if network == "told the label" else 0
    masked = networks.WithMask(networks.mlp_encoder((2 * (74 + whole),), (16,)))
    return {
        "encoder": networks.Conditional(masked, num_classes=count) if whole else masked,
        "decoder": networks.ModalityDecoders({"image": told(image), "label": told(label)}),
    }


POSTERIORS = {
    "Gaussian": lambda: families.Normal(LATENT),
    "full covariance": lambda: families.MultivariateNormal(LATENT),
    "planar": lambda: families.Transformed(families.Normal(LATENT), [flows.Planar(LATENT)]),
    "IAF": lambda: families.Transformed(families.Normal(LATENT), [_autoregressive(context_size=2)]),
    "bits": lambda: _bits(3),
    "sphere": lambda: families.PowerSpherical(LATENT),
    "mixture of Gaussians": lambda: families.Mixture(families.Normal(LATENT), components=2),
    "relaxed bit and Gaussian": lambda: families.Joint([families.RelaxedBernoulli((1,)), families.Normal((2,))]),
}
PRIORS = {
    "standard": lambda: priors.StandardNormal(LATENT),
    "Laplace": lambda: priors.Fixed(families.Laplace(LATENT), {"loc": 0.0, "scale": 1.0}),
    "mixture": lambda: priors.GaussianMixture(LATENT, 4),
    "VampPrior": lambda: priors.VampPrior(LATENT, SHAPE, 5),
    "autoregressive": lambda: priors.Learned(
        families.Transformed(families.Normal(LATENT), flows.Inverted(_autoregressive()))
    ),
    "uniform on a sphere": lambda: priors.HypersphericalUniform(LATENT),
    "learned bits": lambda: priors.Learned(_bits(3)),
    "product": lambda: priors.Product(
        [priors.Fixed(families.RelaxedBernoulli((1,)), {"logits": 0.0}), priors.StandardNormal((2,))]
    ),
}
LIKELIHOODS = {
    "Bernoulli": lambda: (families.Bernoulli(SHAPE), data.Binarize(), digits()),
    "sigma-VAE": lambda: (families.Normal(SHAPE, scale="shared"), data.Rescale(), digits()),
    "discretized logistic": lambda: (families.DiscretizedLogistic(SHAPE, levels=17), data.Quantize(17), digits()),
    "negative binomial": lambda: (
        families.NegativeBinomial(SHAPE, shared_total_count=True),
        data.Rescale(1.0),
        digits() // 64,
    ),
    "categorical": lambda: (families.Categorical(SHAPE, levels=17), data.Quantize(17), digits()),
    "modalities": lambda: (
        families.Modalities({"image": families.Normal(SHAPE, scale=0.5), "label": families.OneHot((10,))}),
        data.PerModality({"image": data.Rescale(raw_dtype="float32")}),
        with_views(),
    ),
}
OBJECTIVES = {
    "warm-up": lambda: _sampled(weight=schedules.Linear(0.5, 1.0, 10)),
    "free bits": lambda: [terms.NegativeLogLikelihood(), terms.KL(free_bits=1e-4)],
    "IWAE": lambda: [terms.ImportanceWeighted(3)],
    "CIWAE": lambda: [terms.MultiplyImportanceWeighted(3, 1, weight=0.5), terms.ImportanceWeighted(3, weight=0.5)],
    "PIWAE": lambda: [terms.PerNetwork(terms.MultiplyImportanceWeighted(2, 2), terms.ImportanceWeighted(4))],
    "DReG": lambda: [terms.PathGradient(terms.ImportanceWeighted(3))],
}
NETWORKS = {
    "dense": dict,
    "convolutions": lambda: {"conv": True},
    "told the label": lambda: _conditional(only_decoder=False),
    "decoder told the label": lambda: _conditional(only_decoder=True),
}
FACTORS = (POSTERIORS, PRIORS, LIKELIHOODS, OBJECTIVES, NETWORKS)


# Pairs without meaning, and what their error says: the reason and the fix.
_INFINITE = r"`posterior` and `prior` .* infinite\. Use a prior .*priors\.StandardNormal\(\(3,\)\)"
REAL = [name for name in POSTERIORS if name not in ("bits", "sphere")]
WITHOUT_MEANING = {
    **{(q, "learned bits"): r"`posterior` and `prior` .*real.*discrete.*one kind.*StandardNormal" for q in REAL},
    **{
        ("bits", p): r"`posterior` and `prior` .*discrete.*real.*one kind.*Learned\(RelaxedBernoulli"
        for p in PRIORS
        if p not in ("learned bits", "VampPrior", "uniform on a sphere")
    },
    ("bits", "uniform on a sphere"): r"`posterior` and `prior` .*discrete.*spherical.*Learned\(RelaxedBernoulli",
    **{(q, "uniform on a sphere"): r"`posterior` and `prior` .*real.*spherical.*StandardNormal" for q in REAL},
    **{
        ("sphere", p): r"`posterior` and `prior` .*spherical.*one kind.*HypersphericalUniform"
        for p in PRIORS
        if p not in ("uniform on a sphere", "VampPrior")
    },
    ("sphere", "free bits"): r"`free_bits`.*KL\(capacity=",
    **{(q, "product"): _INFINITE for q in REAL[:-1]},
    ("planar", "VampPrior"): r"VampPrior .*own draws.*flows\.InverseAutoregressive, or priors\.GaussianMixture",
    ("planar", "DReG"): r"PathGradient needs log q\(z\|x\) at any z.*families\.MultivariateNormal",
    ("bits", "DReG"): r"PathGradient follows.*straight-through.*Use ImportanceWeighted\(3\) by itself",
    ("learned bits", "DReG"): r"PathGradient follows.*straight-through.*Use ImportanceWeighted\(3\) by itself",
    ("VampPrior", "told the label"): r"VampPrior .* takes a condition.*decoder alone.*priors\.GaussianMixture",
    **{(q, "free bits"): r"`free_bits`.*KL\(capacity=\.\.\.(, monte_carlo=True)?\)" for q in REAL if q != "Gaussian"},
    ("uniform on a sphere", "free bits"): r"`free_bits`.*KL\(capacity=",
    **{
        (p, "free bits"): r"`free_bits`.*KL\(capacity=\.\.\., monte_carlo=True\)"
        for p in PRIORS
        if p not in ("standard", "learned bits", "uniform on a sphere")
    },
}


def _pairs(row):
    return set(itertools.combinations(row, 2))


def covering():
    """Combinations with meaning that hold every pair of two factors' values with one, greedily few of them."""
    every = [row for row in itertools.product(*FACTORS) if not _pairs(row) & set(WITHOUT_MEANING)]
    missing = set().union(*map(_pairs, every))
    rows = [("IAF", "VampPrior", "discretized logistic", "IWAE", "dense")]
    missing -= _pairs(rows[0])
    while missing:
        rows.append(max(every, key=lambda row: len(_pairs(row) & missing)))
        missing -= _pairs(rows[-1])
    return rows


def build(posterior, prior, likelihood, objective, network):
    family, preprocessing, _ = LIKELIHOODS[likelihood]()
    modal = likelihood == "modalities"
    return make(
        posterior=POSTERIORS[posterior](),
        prior=priors.VampPrior(LATENT, (74,), 5) if modal and prior == "VampPrior" else PRIORS[prior](),
        likelihood=family,
        objective=OBJECTIVES[objective](),
        preprocessing=preprocessing,
        **(_modal(network) if modal else NETWORKS[network]()),
    )


ROWS = covering()


def test_every_pair_of_parts_occurs_or_is_refused():
    assert len(ROWS) >= 40
    occurring = set().union(*map(_pairs, ROWS))
    for first, second in itertools.combinations(FACTORS, 2):
        for pair in itertools.product(first, second):
            assert (pair in occurring) != (pair in WITHOUT_MEANING), pair


@pytest.mark.filterwarnings("ignore:The weight of KL:UserWarning")  # a warm-up that the few steps here cut off
@pytest.mark.parametrize("row", suites.every(16, ROWS))
def test_a_combination_keeps_the_contract(row, tmp_path):
    _, _, likelihood, _, network = row
    labels = np.arange(36) % 10 if "label" in network else None
    # Each part is compared in every way by its own contract, and a combination in one of them.
    compared = [COMPARISONS[ROWS.index(row) % len(COMPARISONS)]]
    run_model_test(lambda: build(*row), tmp_path, LIKELIHOODS[likelihood]()[2], labels, comparisons=compared)


@pytest.mark.parametrize("pair", WITHOUT_MEANING, ids=" and ".join)
def test_a_combination_without_meaning_is_refused_when_it_is_made(pair):
    # Beside the two, parts that either goes with.
    defaults = ("Gaussian", "standard", "Bernoulli", "warm-up", "dense")
    row = [
        next((name for name in pair if name in values), default)
        for values, default in zip(FACTORS, defaults, strict=True)
    ]
    if "bits" in pair and not set(pair) & set(PRIORS):
        row[1] = "learned bits"
    if "learned bits" in pair and not set(pair) & set(POSTERIORS):
        row[0] = "bits"
    if "sphere" in pair and not set(pair) & set(PRIORS):
        row[1] = "uniform on a sphere"
    if "uniform on a sphere" in pair and not set(pair) & set(POSTERIORS):
        row[0] = "sphere"
    if "product" in pair and not set(pair) & set(POSTERIORS):
        row[0] = "relaxed bit and Gaussian"
    with pytest.raises(ValueError, match=WITHOUT_MEANING[pair]):
        build(*row)
