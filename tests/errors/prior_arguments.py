"""Arguments of priors."""

import numpy as np

from tests.errors.family_arguments import QUANTISED
from tests.errors.models import build, two_stages
from tests.errors.row import row
from tests.models import LATENT, SHAPE
from tfvae import VAE, data, families, flows, networks, priors, schedules, terms


def moving(bound=None, event_shape=LATENT, **kwargs):
    return terms.Hamiltonian(bound or terms.ImportanceWeighted(1), event_shape, **kwargs)


def _bits():
    return families.RelaxedBernoulli(LATENT, straight_through=True)


ROWS = {
    "a uniform sphere of one number": row(lambda: priors.HypersphericalUniform((1,)), "`event_shape`", "two numbers"),
    "a prior of codes of a posterior without": row(
        lambda: build(prior=priors.Autoregressive(LATENT, (4,)), objective=[terms.NegativeLogLikelihood()]),
        "Normal posterior has no codes",
        r"families\.VectorQuantized",
        r"flows\.InverseAutoregressive",
    ),
    "a prior of other books": row(
        lambda: build(
            posterior=QUANTISED["VectorQuantized"](),
            prior=priors.Autoregressive(LATENT, (5,)),
            objective=[terms.NegativeLogLikelihood()],
        ),
        "`book_sizes`",
        r"\(4,\)",
        r"\(5,\)",
    ),
    "a prior of codes beside a KL": row(
        lambda: build(posterior=QUANTISED["VectorQuantized"](), prior=priors.Autoregressive(LATENT, (4,))),
        "KL needs the density of q",
    ),
    "a prior of a book of one code": row(lambda: priors.Autoregressive((3,), (1,)), "`book_sizes`", "from 2 to"),
    "a prior of a book of too many": row(lambda: priors.Autoregressive((3,), 2**19), "`book_sizes`", "262,144"),
    "a prior of no book": row(lambda: priors.Autoregressive((3,), ()), "`book_sizes`", r"\(512,\)"),
    "heads that don't share": row(
        lambda: priors.Autoregressive((3,), 8, units=10), "`units`", "multiple of heads=4", "units=10"
    ),
    "a hypersphere of one number": row(lambda: priors.Hypersphere((1,)), "`event_shape`", "no direction", r"\(1,\)"),
    "a hypersphere without spread": row(lambda: priors.Hypersphere((3,), 0.0), "`min_scale`", "> 0"),
    "an inverse volume of maps": row(lambda: priors.InverseVolume((4, 4, 1)), "`event_shape`", "a vector"),
    "an inverse volume of nothing": row(lambda: priors.InverseVolume((3,), 0), "`components`", "positive int"),
    "an inverse volume without reach": row(lambda: priors.InverseVolume((3,), radius=0.0), "`radius`", "> 0, or None"),
    "an inverse volume of no temperature": row(
        lambda: priors.InverseVolume((3,), temperature=0), "`temperature`", "> 0"
    ),
    "an inverse volume that moves nowhere": row(lambda: priors.InverseVolume((3,), step_size=0), "`step_size`", "> 0"),
    "a shape that is text": row(lambda: priors.StandardNormal("x"), "`event_shape`", "'x'"),
    "a prior that knows its own draws only": row(
        lambda: priors.Learned(families.Transformed(families.Normal((3,)), flows.Planar((3,)))),
        "`family`",
        "known at any point",
        r"families\.MultivariateNormal",
    ),
    "a fixed prior without density": row(
        lambda: priors.Fixed(families.Deterministic((3,)), {"loc": 0.0}), "`family`", "known at any point", "Determin"
    ),
    "a learned prior of a law": row(
        lambda: priors.Learned("normal"), "`family`", r"families\.MultivariateNormal", "'normal'"
    ),
    "a mixture of nothing": row(
        lambda: priors.GaussianMixture((3,), 0), "`components`", "positive int", "components=0"
    ),
    "a mixture of no kind of covariance": row(
        lambda: priors.GaussianMixture((3,), full_covariance="full"), "`full_covariance`", "a bool", "'full'"
    ),
    "a mixture of points": row(
        lambda: priors.GaussianMixture((3,), min_scale=0.0), "`min_scale`", "> 0", r"min_scale=0\.0"
    ),
    "no pseudo-input": row(lambda: priors.VampPrior((3,), SHAPE, 0), "`components`", "components=0"),
    "pseudo-inputs of no shape": row(lambda: priors.VampPrior((3,), "x", 5), "`x_shape`", "'x'"),
    "pseudo-inputs of no range": row(
        lambda: priors.VampPrior((3,), SHAPE, low=1.0), "`high`", r"above low=1\.0", r"high=1\.0"
    ),
    "pseudo-inputs of infinite range": row(lambda: priors.VampPrior((3,), SHAPE, high=np.inf), "`high`", "finite"),
    "a VampPrior by itself": row(
        lambda: priors.VampPrior((3,), SHAPE).distribution(), "`encode`", r"vae\.prior_distribution\(\)"
    ),
    "a diffusion of no step": row(lambda: priors.Diffusion((3,), steps=0), "`steps`", "positive int", "steps=0"),
    "a diffusion whose least noise is all": row(
        lambda: priors.Diffusion((3,), min_noise=1.0), "`min_noise`", "between 0 and 1", r"min_noise=1\.0"
    ),
    "a diffusion whose network gives another shape": row(
        lambda: priors.Diffusion((3,), networks.Denoiser((4,), 8, 1)), "`network`", r"\(3,\)", r"\(4,\)"
    ),
    "a diffusion whose network isn't told the noise": row(
        lambda: priors.Diffusion((3,), networks.linear((3,))), "`network`", "log tan", "Denoiser"
    ),
    "two stages, the second by its name": row(
        lambda: priors.LatentVariable("vae"), "`model`", r"a VAE over z, such as recipes\.vae\(", "model='vae'"
    ),
    "two stages, the second a class": row(lambda: priors.LatentVariable(VAE), "`model`", "a VAE over z", "class"),
    "two stages, the second a network": row(
        lambda: priors.LatentVariable(networks.mlp_decoder((3,))), "`model`", "a VAE over z", "Sequential"
    ),
    "two stages of raw data": row(
        lambda: two_stages(preprocessing=data.Rescale()), "`model`", "preprocessing=None", r"Rescale\(\)"
    ),
    "two stages, the second with a condition": row(
        lambda: two_stages(decoder=networks.Conditional(networks.mlp_decoder((13,)), num_classes=10)),
        "`model`",
        "take no condition",
        "Conditional",
    ),
    "two stages, the second an autoencoder": row(
        lambda: two_stages(posterior=families.Deterministic((3,)), objective=terms.NegativeLogLikelihood()),
        "`model`",
        "whose posterior has a density",
        r"Deterministic\(\(3,\)\)",
    ),
    "three stages": row(
        lambda: two_stages(prior=two_stages(), objective=terms.CrossEntropy()),
        "`model`",
        "whose prior has a density",
        "LatentVariable",
    ),
    "two stages of points": row(
        lambda: two_stages(likelihood=families.Deterministic((3,)), objective=terms.KL()),
        "`model`",
        "whose likelihood has a density",
        "Deterministic",
    ),
    "two stages, the second with a warm-up": row(
        lambda: two_stages([terms.NegativeLogLikelihood(), terms.KL(weight=schedules.Linear(0.0, 1.0, 9))]),
        "`model`",
        "constant weights",
        r"objective=\[terms\.NegativeLogLikelihood\(\), terms\.KL\(\)\]",
        "Linear",
    ),
    "two stages, the second with free bits": row(
        lambda: two_stages([terms.NegativeLogLikelihood(), terms.KL(free_bits=0.1)]),
        "`model`",
        "without the rest of the batch",
        r"KL\(free_bits=0\.1\)",
    ),
    "two stages, the second along paths": row(
        lambda: two_stages(terms.PathGradient(terms.ImportanceWeighted(3))),
        "`model`",
        "gradient of their own",
        r"PathGradient\(ImportanceWeighted\(3\)\)",
    ),
    "two stages, the second with a critic": row(
        lambda: two_stages([terms.NegativeLogLikelihood(), terms.Adversarial(networks.mlp_critic((3,), (4,)))]),
        "`model`",
        "or a critic",
        "Adversarial",
    ),
    "moved bits": row(
        lambda: build(posterior=_bits(), prior=priors.Learned(_bits()), objective=moving()),
        "Hamiltonian moves z",
        "RelaxedBernoulli posterior",
        "or another bound: ImportanceWeighted",
    ),
    "moved draws of a bounded prior": row(
        lambda: build(
            posterior=families.Uniform(LATENT),
            prior=priors.Fixed(families.Uniform(LATENT), {"low": -1.0, "high": 1.0}),
            objective=moving(),
        ),
        "Hamiltonian moves z",
        "not of all real numbers",
        r"priors\.StandardNormal",
    ),
}
