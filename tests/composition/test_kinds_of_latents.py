"""Levels, classes, modalities, curved spaces, codes: each posterior with each prior, objective and label, or refused.

`tests/composition/test_combinations.py` has the real latents of one layer, and their likelihoods and networks.
"""

import functools
import itertools
import json

import keras
import numpy as np
import pytest

from tests import suites
from tests.models import SHAPE, digits
from tests.parts.composed import with_views
from tfvae import VAE, data, families, networks, priors, terms

COUNT, CLASSES, SIZE, TOP, BELOW = 12, 3, (6,), (4,), (2,)
NAMES = ("image", "label")


def _experts():
    return families.ProductOfExperts({name: families.Normal(SIZE) for name in NAMES})


def _diffusion(shape, **options):
    return priors.Diffusion(shape, networks.Denoiser(shape, 4, 1), steps=2, **options)


POSTERIORS = {
    "Gaussian": lambda: families.Normal(SIZE),
    "mixture": lambda: families.Mixture(families.Normal(SIZE), components=2),
    "semi-implicit": lambda: families.SemiImplicit(families.Normal(SIZE), num_mixing=3, noise_size=2, units=4),
    "class": lambda: families.ClassConditional(CLASSES, families.Normal((3,))),
    "sphere": lambda: families.VonMisesFisher(SIZE),
    "ball": lambda: families.WrappedNormal(SIZE),
    "codes": lambda: families.ResidualQuantized(SIZE, num_codes=4, depth=2),
    "experts": _experts,
    "mixture of experts": lambda: families.MixtureOfExperts(_experts(), [["image"], ["label"], [*NAMES]]),
    "joint and experts": lambda: families.JointAndExperts(_experts(), families.Normal(SIZE)),
    "levels": lambda: families.TopDown([families.Normal(TOP), families.Normal(BELOW)]),
    "residual levels": lambda: families.TopDown(
        [families.Normal(TOP), families.ResidualNormal(families.Normal(BELOW))]
    ),
    "class above a level": lambda: families.TopDown(
        [families.ClassConditional(CLASSES, families.Normal((1,))), families.Normal(BELOW)]
    ),
    "sphere above a level": lambda: families.TopDown([families.PowerSpherical(TOP), families.Normal(BELOW)]),
}
PRIORS = {
    "standard": lambda: priors.StandardNormal(SIZE),
    "mixture of Gaussians": lambda: priors.GaussianMixture(SIZE, 3),
    "of the label": lambda: priors.LearnedConditional(
        families.Normal(SIZE), networks.linear((CLASSES,)), num_classes=CLASSES
    ),
    "diffusion": lambda: _diffusion(SIZE),
    "with a class": lambda: priors.WithClass(CLASSES, priors.StandardNormal((3,))),
    "uniform on a sphere": lambda: priors.HypersphericalUniform(SIZE),
    "in a ball": lambda: priors.Learned(families.WrappedNormal(SIZE)),
    "of codes": lambda: priors.Autoregressive(SIZE, (4, 4), units=4, layers=1, heads=2),
    "hierarchical": lambda: priors.Hierarchical(priors.StandardNormal(TOP), [families.Normal(BELOW)]),
    "diffusions": lambda: priors.Hierarchical(_diffusion(TOP), [_diffusion(BELOW, condition_shape=(8,))]),
    "class on top": lambda: priors.Hierarchical(
        priors.WithClass(CLASSES, priors.StandardNormal((1,))), [families.Normal(BELOW)]
    ),
    "sphere on top": lambda: priors.Hierarchical(priors.HypersphericalUniform(TOP), [families.Normal(BELOW)]),
}


def _likelihood(**options):
    return terms.NegativeLogLikelihood(**options)


def _sampled():
    return [_likelihood(), terms.KL(monte_carlo=True)]


OBJECTIVES = {
    "reconstruction": lambda: [_likelihood()],
    "KL": lambda: [_likelihood(), terms.KL()],
    "sampled KL": _sampled,
    "IWAE": lambda: [terms.ImportanceWeighted(2)],
    "DReG": lambda: [terms.PathGradient(terms.ImportanceWeighted(2))],
    "moved draws": lambda: [terms.Hamiltonian(terms.ImportanceWeighted(2), SIZE, steps=1)],
    "cross entropy": lambda: [_likelihood(), terms.NegativeEntropy(), terms.CrossEntropy()],
    "components": lambda: [_likelihood(), terms.MixtureKL()],
    "classification": lambda: [*_sampled(), terms.Classification()],
    "codes": lambda: [_likelihood(), terms.Commitment(), terms.CrossEntropy()],
    "each modality": lambda: [*_sampled(), terms.OnSubsets(_sampled())],
    "KL to each modality": lambda: [*_sampled(), terms.ModalityKL(0.1)],
    "MMD": lambda: [_likelihood(), terms.MMD()],
}
TOLD = ("nobody told", "networks told the label")
FACTORS = (POSTERIORS, PRIORS, OBJECTIVES, TOLD)

# What each is a law of: real numbers, of which nothing is said, or something else.
SPACES = {
    "class": "class",
    "with a class": "class",
    "sphere": "sphere",
    "uniform on a sphere": "sphere",
    "ball": "ball",
    "in a ball": "ball",
    "class above a level": "class",
    "class on top": "class",
    "sphere above a level": "sphere",
    "sphere on top": "sphere",
}
LEVELS = {name for name in (*POSTERIORS, *PRIORS) if "level" in name or "on top" in name} | {
    "hierarchical",
    "diffusions",
}
EXPERTS = {"experts", "mixture of experts", "joint and experts"}
OF_A_CLASS = {"class", "class above a level"}
WITHOUT_DENSITY = {"codes", "diffusion", "diffusions", "of codes"}
CLOSED = {
    *itertools.product(("Gaussian",), ("standard", "of the label")),
    *itertools.product(("experts", "joint and experts"), ("standard",)),
    *itertools.product(("levels", "residual levels"), ("hierarchical",)),
    ("class", "with a class"),
    ("sphere", "uniform on a sphere"),
    ("class above a level", "class on top"),
    ("sphere above a level", "sphere on top"),
}
#: What asks for log q(z|x), and all but the cross entropy for log p(z).
ASKED_FOR_DENSITIES = set(OBJECTIVES) - {"reconstruction", "codes", "MMD"}


def apart(q, p):
    """Returns what the error of a posterior and a prior says, or None where they go together."""
    if (q in LEVELS) != (p in LEVELS):
        return r"several stochastic layers, and .* isn't\. A model of several .*networks\.TopDownDecoder"
    if q in EXPERTS and p != "standard":
        return r"prior N\(0, I\) is one of the experts.*Use priors\.StandardNormal"
    if q == "residual levels" and p == "diffusions":
        return r"ResidualNormal joins two Gaussians.*Use families\.Normal\(\(2,\)\) in priors\.Hierarchical"
    if p == "of codes" and q != "codes":
        return r"one of the numbers of codes.*Use a quantised posterior"
    if not {q, p} & WITHOUT_DENSITY and SPACES.get(q) != SPACES.get(p):
        return r"`posterior` and `prior` don't go together.*Make both of one kind"
    return None


def meaningless(q, p, objective):
    """Returns what the error of three parts says, of which the first two go together, or None where it has meaning."""
    if objective == "reconstruction":
        return None
    if objective in ASKED_FOR_DENSITIES and q == "codes":
        return r"needs the density of q\(z\|x\).*Use another posterior"
    if objective in ASKED_FOR_DENSITIES - {"cross entropy"} and p in WITHOUT_DENSITY:
        return r"needs the density of p\(z\).*Use another prior"
    if objective == "classification":
        return None if q in OF_A_CLASS else r"a posterior with a class, families\.ClassConditional"
    if objective in ("KL", "sampled KL"):
        return None if objective == "sampled KL" or (q, p) in CLOSED else r"No closed form.*KL\(monte_carlo=True\)"
    if objective == "each modality" and q not in EXPERTS:
        return r"is of one stochastic layer" if q in LEVELS else r"OnSubsets asks for .*Use a posterior of experts"
    if q in OF_A_CLASS:
        return r"takes the draws of z as equally likely.*Use terms\.NegativeLogLikelihood"
    if objective == "DReG" and q in {*LEVELS, "semi-implicit", "mixture of experts"}:
        return r"PathGradient .*(Use|or) (another|a) posterior"
    if objective in ("moved draws", "components", "KL to each modality") and q in LEVELS:
        return r"is of one stochastic layer, and this model has 2\. Drop the term"
    if objective == "moved draws" and q in SPACES:
        return r"Hamiltonian moves z .*Use others"
    if objective == "components" and (q, p) != ("Gaussian", "mixture of Gaussians"):
        return r"a prior of components.*such as priors\.GaussianMixture.*KL\(monte_carlo=True\)"
    if objective == "KL to each modality" and q not in ("experts", "joint and experts"):
        return r"(ModalityKL compares|No closed form).*Use families\.JointAndExperts"
    if objective == "codes" and q != "codes":
        return r"Commitment holds the encoder to the codes.*Use families\.VectorQuantized"
    if objective in ("codes", "cross entropy") and p != "of codes" and SPACES.get(q) != SPACES.get(p):
        return r"CrossEntropy needs log p\(z\).*Use another prior"
    if objective == "MMD" and p in {"mixture of Gaussians", "diffusion", "diffusions", "of codes"}:
        return r"MMD compares draws .*carry no gradient"
    return None


@functools.cache
def _pair(kind, told):
    """Networks that all models of a kind share."""
    more = CLASSES if told else 0

    def label(network):
        return networks.Conditional(network, num_classes=CLASSES) if told else network

    if kind == "levels":
        up = [label(networks.mlp_encoder((8, 8, 1 + more), (8,))), label(networks.mlp_encoder((8 + more,), (6,)))]
        down = [networks.mlp_decoder((4 + more,), (8,)), networks.mlp_decoder((8 + 2 + more,), (8,))]
        return networks.BottomUpEncoder(up), networks.TopDownDecoder([*map(label, down)], [TOP, BELOW])
    if kind == "one":
        return label(networks.mlp_encoder((8, 8, 1 + more), (8,))), label(networks.mlp_decoder((6 + more,), (8,)))
    encoders = {
        "image": networks.mlp_encoder((8, 8, 1 + more), (6,)),
        "label": networks.mlp_encoder((10 + more,), (4,)),
    }
    decoders = {name: networks.mlp_decoder((6 + more,), (6,)) for name in NAMES}
    encoders, decoders = ({name: label(each) for name, each in found.items()} for found in (encoders, decoders))
    shapes = {"image": SHAPE, "label": (10,)} if told else None
    encoder, decoder = networks.ModalityEncoders(encoders, event_shapes=shapes), networks.ModalityDecoders(decoders)
    if kind == "joint and experts":
        encoder = networks.JointEncoder(encoder, networks.mlp_encoder((10,), (4,)))
    return encoder, decoder


def build(q, p, objective, told):
    likelihood, preprocessing, kind = families.Bernoulli(SHAPE), data.Binarize(), "levels" if q in LEVELS else "one"
    if q in EXPERTS:
        kind = "joint and experts" if q == "joint and experts" else "experts"
        likelihood = families.Modalities({"image": families.Normal(SHAPE, scale=0.5), "label": families.OneHot((10,))})
        preprocessing = data.PerModality({"image": data.Rescale(raw_dtype="float32")})
    encoder, decoder = _pair(kind, told == TOLD[1])
    objective = OBJECTIVES[objective]()
    return VAE(encoder, POSTERIORS[q](), PRIORS[p](), decoder, likelihood, objective, preprocessing, seed=0)


ALLOWED = [row for row in itertools.product(*FACTORS) if not apart(*row[:2]) and not meaningless(*row[:3])]


def _pairs(row):
    return set(itertools.combinations(row, 2))


def covering():
    """Allowed rows that hold every pair of values that any of them holds, greedily few of them."""
    missing, rows = set().union(*map(_pairs, ALLOWED)), []
    while missing:
        rows.append(max(ALLOWED, key=lambda row: len(_pairs(row) & missing)))
        missing -= _pairs(rows[-1])
    return rows


ROWS = covering()
REFUSED = [
    *((q, p, "reconstruction", apart(q, p)) for q, p in itertools.product(POSTERIORS, PRIORS) if apart(q, p)),
    *(
        (*row, meaningless(*row))
        for row in itertools.product(POSTERIORS, PRIORS, OBJECTIVES)
        if not apart(*row[:2]) and meaningless(*row)
    ),
]
# One of each reason, and a few rows.
FIRST = {said: (q, p, objective) for q, p, objective, said in reversed(REFUSED)}
QUICK = [row for row in ROWS if row[0] in ("residual levels", "class above a level", "joint and experts", "codes")]
QUICK = list({row[0]: row for row in reversed(QUICK)}.values())


def test_every_kind_occurs_and_every_level_with_each_prior_of_levels():
    seen = set().union(*map(_pairs, ROWS))
    assert {name for pair in seen for name in pair} == set().union(*FACTORS)
    assert {q for q, p in seen if p == "diffusions"} >= {"levels", "class above a level", "sphere above a level"}
    assert 40 < len(ROWS) < 120


@pytest.mark.filterwarnings("ignore:Gradients do not exist:UserWarning")  # of a prior that no term asks for
@pytest.mark.parametrize("row", suites.quick(ROWS, keep=QUICK, slow=ROWS[::8], ids=", ".join))
def test_what_goes_together_takes_a_step_and_is_its_configuration(row):
    q, p, objective, told = row
    keras.utils.set_random_seed(0)
    vae = build(*row)
    vae.compile("sgd", run_eagerly=True)
    labelled = told == TOLD[1] or p == "of the label" or objective == "classification"
    labels = np.arange(COUNT) % CLASSES if labelled else None
    x = with_views(COUNT) if q in EXPERTS else digits(COUNT)
    history = vae.fit(x, labels, batch_size=COUNT, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert history["skipped_steps"] == [0]
    config = keras.saving.serialize_keras_object(vae)
    again = keras.saving.serialize_keras_object(keras.saving.deserialize_keras_object(config))
    # As JSON, which has lists where a configuration has tuples.
    assert json.dumps(again["config"], sort_keys=True) == json.dumps(config["config"], sort_keys=True)


@pytest.mark.parametrize(
    "row",
    suites.quick(
        [row[:3] for row in REFUSED],
        keep=FIRST.values(),
        slow=[row[:3] for row in REFUSED[::16]],
        ids=", ".join,
    ),
)
def test_what_has_no_meaning_together_is_refused_when_it_is_made(row):
    said = {(q, p, objective): said for q, p, objective, said in REFUSED}[row]
    q, p, objective = row
    with pytest.raises(ValueError, match=said):
        build(q, p, objective, TOLD[0])
