"""Arguments of the parts."""

import numpy as np

from tests.errors.models import build, two_stages
from tests.errors.row import row
from tests.models import LATENT, SHAPE
from tfvae import VAE, data, families, flows, networks, priors, recipes, schedules, terms

# Posteriors of codes, by what an error calls them.
QUANTISED = {
    "VectorQuantized": lambda: families.VectorQuantized(LATENT, 4),
    "ResidualQuantized": lambda: families.ResidualQuantized(LATENT, 4, 2),
    "FiniteScalarQuantized": lambda: families.FiniteScalarQuantized(LATENT, (5, 5, 5)),
    "LookupFreeQuantized": lambda: families.LookupFreeQuantized(LATENT),
}
# What needs a density of them.
OF_A_DENSITY = {
    "a KL": (lambda make: build(posterior=make()), "KL needs the density of q"),
    "importance weights": (
        lambda make: build(posterior=make(), objective=terms.ImportanceWeighted(3)),
        "ImportanceWeighted needs the density of q",
    ),
    "a likelihood": (
        lambda make: build(likelihood=make(), encoder=networks.mlp_encoder(LATENT)),
        "NegativeLogLikelihood needs the density of p|moves by statistics of the batch",
    ),
    "a learned prior": (lambda make: priors.Learned(make()), "`family`.*known at any point"),
    "a fixed prior": (lambda make: priors.Fixed(make(), {"encoded": 0.0}), "`family`.*known at any point"),
    "a base of flows": (lambda make: families.Transformed(make(), flows.Radial(LATENT)), "`base`.*with a density"),
    "what is observed": (lambda make: families.Observed(make()), "has none"),
}

ROWS = {
    **{
        f"{use} of {name}": row(lambda act=act, make=make: act(make), said, name)
        for use, (act, said) in OF_A_DENSITY.items()
        for name, make in QUANTISED.items()
    },
    "one code": row(lambda: families.VectorQuantized((3,), 1), "`num_codes`", "int >= 2", "num_codes=1"),
    "a book that forgets nothing": row(lambda: families.VectorQuantized((3,), 4, decay=1.0), "`decay`", r"\[0, 1\)"),
    "books of one code": row(lambda: families.ResidualQuantized((3,), 1, 2), "`num_codes`", "num_codes=1"),
    "no book": row(lambda: families.ResidualQuantized((3,), 4, 0), "`depth`", "positive int", "depth=0"),
    "books that revive all": row(lambda: families.ResidualQuantized((3,), 4, 2, revive=1), "`revive`", "revive=1"),
    "levels of other dimensions": row(
        lambda: families.FiniteScalarQuantized((7, 7, 3)), "`levels`", "3 ints >= 2", r"levels=\(8, 5, 5, 5\)"
    ),
    "levels that are a number": row(lambda: families.FiniteScalarQuantized((3,), 5), "`levels`", "levels=5"),
    "a dimension of one level": row(lambda: families.FiniteScalarQuantized((2,), (5, 1)), "`levels`", ">= 2", "=1"),
    "more codes than numbers": row(
        lambda: families.FiniteScalarQuantized((4,), (256,) * 4), "`levels`", r"2\^31 - 1", "256"
    ),
    "more signs than numbers have": row(
        lambda: families.LookupFreeQuantized((7, 7, 31)), "`event_shape`", "at most 30", r"\(7, 7, 31\)"
    ),
    "an entropy of no temperature": row(lambda: terms.CodeEntropy(temperature=0), "`temperature`", "> 0"),
    "an entropy of no group": row(lambda: terms.CodeEntropy(group_size=0), "`group_size`", "1 to 16"),
    "an entropy of 2^17 codes": row(lambda: terms.CodeEntropy(group_size=17), "`group_size`", "group_size=17"),
    "an entropy of codes that aren't signs": row(
        lambda: build(posterior=QUANTISED["VectorQuantized"](), objective=[terms.CodeEntropy()]),
        "VectorQuantized posterior",
        r"families\.LookupFreeQuantized",
    ),
    "a commitment to no codes": row(
        lambda: build(objective=[terms.NegativeLogLikelihood(), terms.Commitment()]),
        "Normal posterior has none",
        r"families\.VectorQuantized",
    ),
    "levels of a recipe, of other dimensions": row(
        lambda: recipes.fsq_vae(SHAPE, 4, levels=(8, 6, 5)), "`levels`", "4 ints", r"\(8, 6, 5\)"
    ),
    "a window of similarity that is even": row(lambda: terms.MultiScaleSSIM(window=8), "`window`", "odd int >= 3"),
    "no range of a picture": row(lambda: terms.MultiScaleSSIM(peak=0), "`peak`", "> 0"),
    "a focus below zero": row(lambda: terms.FocalFrequency(alpha=-1.0), "`alpha`", ">= 0"),
    "features of a function": row(lambda: terms.Perceptual(abs), "`network`", "functional Keras model"),
    "features of no layer": row(
        lambda: terms.Perceptual(networks.linear((8, 8, 1)), ["edges"]), "`layer_names`", "flatten", r"\['edges'\]"
    ),
    "what is observed of no family": row(
        lambda: families.Observed("normal"), "`family`", r"families\.Normal\(\(16,\)\)", "family='normal'"
    ),
    "observed twice": row(
        lambda: families.Observed(families.Observed(families.Normal((3,)))), "`family`", "already", r"Observed\(Normal"
    ),
    "observed entries that depend on others": row(
        lambda: families.Observed(families.MultivariateNormal((3,))),
        "`family`",
        r"independent entries .* families\.Normal\(\(3,\)\)",
        "MultivariateNormal.* not independent",
    ),
    "observed pieces of a vector": row(
        lambda: families.Observed(families.Joint([families.Normal((3,)), families.Bernoulli((2,))])),
        "`family`",
        "not independent",
    ),
    "observed vectors of a simplex": row(
        lambda: families.Observed(families.RelaxedCategorical((2, 3))), "`family`", "not independent"
    ),
    "observed entries of a support that moves": row(
        lambda: families.Observed(families.Uniform((3,))), "`family`", "fixed support", "moves with its parameters"
    ),
    "observed points": row(
        lambda: families.Observed(families.Deterministic((3,))), "Deterministic has none", r"scale=1\.0"
    ),
    "a normalisation of no network": row(
        lambda: networks.SpectrallyNormalized("mlp"), "`network`", r"networks\.mlp_decoder", "'mlp'"
    ),
    "a negative penalty": row(lambda: terms.GradientPenalty(weight=-1.0), "`weight`", ">= 0", r"weight=-1\.0"),
    "a decay by its name": row(lambda: recipes.rae_l2(SHAPE, 2, weight="l2"), "`weight`", ">= 0", "weight='l2'"),
    "a divergence of beta 0": row(
        lambda: terms.BetaDivergence(0.0), "`beta`", r"> 0.*NegativeLogLikelihood\(\)", r"beta=0\.0"
    ),
    "a divergence of a negative beta": row(lambda: recipes.robust_vae(SHAPE, 2, beta=-1), "`beta`", "> 0", "beta=-1"),
    "a mask for no network": row(lambda: networks.WithMask("mlp"), "`network`", r"networks\.mlp_encoder", "'mlp'"),
    "a mask around a condition": row(
        lambda: networks.WithMask(networks.Conditional(networks.linear((5,)), num_classes=2)),
        "`network`",
        r"networks\.Conditional\(WithMask",
    ),
    "unknown scale": row(
        lambda: families.Normal((3,), scale="sigma"), "`scale`", "dimension, example, shared", "'sigma'"
    ),
    "scale of 0": row(lambda: families.Normal((3,), scale=0.0), "`scale`", "> 0", r"scale=0\.0"),
    "scale that is a bool": row(lambda: families.Normal((3,), scale=True), "`scale`", "scale=True"),
    "min_scale of 0": row(lambda: families.Normal((3,), min_scale=0.0), "`min_scale`", "> 0", r"min_scale=0\.0"),
    "min_scale that is text": row(lambda: families.Normal((3,), min_scale="x"), "`min_scale`", "min_scale='x'"),
    "no axis": row(lambda: families.Normal(()), "`event_shape`", r"\(\)"),
    "negative axis": row(lambda: families.Normal((3, -1)), "`event_shape`", r"\(28, 28, 1\)", r"\(3, -1\)"),
    "broken axis": row(lambda: families.Bernoulli((2.5,)), "`event_shape`", r"2\.5"),
    "a shape that is text": row(lambda: priors.StandardNormal("x"), "`event_shape`", "'x'"),
    "a flow of images": row(lambda: flows.Planar((4, 4)), "`event_shape`", r"a vector, such as \(16,\)", r"\(4, 4\)"),
    "flows of another size": row(
        lambda: families.Transformed(families.Normal((3,)), [flows.Planar((2,))]), "`flows`", r"flows\.Planar\(\(3,\)\)"
    ),
    "a chain of no flow": row(lambda: families.Transformed(families.Normal((3,)), []), "`flows`", r"flows=\[\]"),
    "flows of points": row(
        lambda: families.Transformed(families.Deterministic((3,)), flows.Radial((3,))),
        "`base`",
        "with a density",
        r"Deterministic\(\(3,\)\)",
    ),
    "flows of bits": row(
        lambda: families.Transformed(families.RelaxedBernoulli((3,), straight_through=True), flows.Radial((3,))),
        "`base`",
        "continuous values",
    ),
    "a planar flow, inverted": row(
        lambda: flows.Inverted(flows.Planar((3,))), "`flow`", r"flows\.InverseAutoregressive", r"Planar\(\(3,\)\)"
    ),
    "a flow without a scale": row(
        lambda: flows.InverseAutoregressive((3,), min_scale=0), "`min_scale`", "> 0", "min_scale=0"
    ),
    "a flow of a negative context": row(
        lambda: flows.InverseAutoregressive((3,), context_size=-1), "`context_size`", "int >= 0", "context_size=-1"
    ),
    "hidden units that are text": row(
        lambda: flows.InverseAutoregressive((3,), units="many"), "`units`", r"\(64, 32\)", "units='many'"
    ),
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
    "flows of no number": row(
        lambda: recipes.iaf_vae(SHAPE, 2, num_flows=0), "`num_flows`", "positive int", "num_flows=0"
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
    "unknown argument of a family": row(
        lambda: families.Normal((3,), scal=1.0), "Normal .*`scal`", "Did you mean `scale`", error=TypeError
    ),
    "unknown argument of a term": row(
        lambda: terms.KL(free_bit=1.0), "KL .*`free_bit`", "Did you mean `free_bits`", "capacity", error=TypeError
    ),
    "unknown argument, near to none": row(
        lambda: data.Binarize(levels=3),
        "Binarize .*`levels`",
        "Expected: threshold, maximum, name",
        error=TypeError,
    ),
    "weight that is text": row(lambda: terms.KL(weight="warm"), "`weight`", r"schedules\.Linear", "weight='warm'"),
    "weight that is no number": row(lambda: terms.KL(weight=float("nan")), "`weight`", "finite", "weight=nan"),
    "negative weight": row(lambda: terms.KL(weight=-1), "`weight`", ">= 0", "weight=-1"),
    "negative free bits": row(lambda: terms.KL(free_bits=-1.0), "`free_bits`", "nats >= 0", r"free_bits=-1\.0"),
    "negative capacity": row(lambda: terms.KL(capacity=-1.0), "`capacity`", "nats >= 0", r"capacity=-1\.0"),
    "two targets": row(lambda: terms.KL(capacity=1.0, free_bits=1.0), "`free_bits` and `capacity`", "one of them"),
    "free bits, sampled": row(
        lambda: terms.KL(free_bits=1.0, monte_carlo=True), "`free_bits`", "`monte_carlo=True`", "Drop one"
    ),
    "no draw": row(lambda: terms.ImportanceWeighted(0), "`num_samples`", "positive int", "num_samples=0"),
    "no bound": row(lambda: terms.MultiplyImportanceWeighted(0, 3), "`bounds`", "positive int", "bounds=0"),
    "no draw of a bound": row(lambda: terms.MultiplyImportanceWeighted(2, 0), "`draws`", "positive int", "draws=0"),
    "the path of no bound": row(
        lambda: terms.PathGradient(terms.KL()), "`bound`", r"terms\.ImportanceWeighted\(64\)", r"bound=KL\(\)"
    ),
    "the path of a number of draws": row(lambda: terms.PathGradient(64), "`bound`", "bound=64"),
    "a bound with a weight of its own": row(
        lambda: terms.PathGradient(terms.ImportanceWeighted(3, weight=0.5)),
        "`bound`",
        "give the weight to PathGradient",
    ),
    "a network's term with a schedule of its own": row(
        lambda: terms.PerNetwork(terms.KL(weight=schedules.Linear(0.0, 1.0, 9)), terms.ImportanceWeighted(3)),
        "`inference`",
        "give the weight to PerNetwork",
    ),
    "networks' terms within a network's": row(
        lambda: terms.PerNetwork(
            terms.ImportanceWeighted(3), terms.PerNetwork(terms.KL(), terms.ImportanceWeighted(5))
        ),
        "`generative`",
        r"the other one's is ignored here: ImportanceWeighted\(5\)",
    ),
    "no term for a network": row(
        lambda: terms.PerNetwork(terms.ImportanceWeighted(3), "iwae"), "`generative`", "generative='iwae'"
    ),
    "more than all of the ELBO": row(lambda: recipes.ciwae(SHAPE, 2, beta=1.5), "`beta`", "from 0 to 1", r"beta=1\.5"),
    "a KL below nothing": row(lambda: recipes.info_vae(SHAPE, 2, alpha=1.5), "`alpha`", "at most 1", r"alpha=1\.5"),
    "an MMD below nothing": row(
        lambda: recipes.info_vae(SHAPE, 2, alpha=0.25, lambda_=0.5), "`lambda_`", r"1 - alpha = 0\.75", r"lambda_=0\.5"
    ),
    "a distance of no weight": row(lambda: recipes.wae_mmd(SHAPE, 2, weight=-1.0), "`weight`", ">= 0", r"weight=-1\.0"),
    "half a direction": row(
        lambda: recipes.sliced_wasserstein_autoencoder(SHAPE, 2, num_projections=0.5), "`num_projections`"
    ),
    "half a draw": row(lambda: terms.NegativeLogLikelihood(num_samples=1.5), "`num_samples`", r"num_samples=1\.5"),
    "a schedule of no step": row(lambda: schedules.Linear(0.0, 1.0, 0), "`steps`", "train steps", "steps=0"),
    "a schedule of epochs by name": row(lambda: schedules.Linear(0.0, 1.0, "10 epochs"), "`steps`", "'10 epochs'"),
    "a schedule from nowhere": row(lambda: schedules.Linear(None, 1.0, 10), "`start`", "start=None"),
    "more cycles than steps": row(
        lambda: schedules.Cyclical(0.0, 1.0, 10, cycles=11), "`cycles`", "at most steps=10", "cycles=11"
    ),
    "cycles that don't rise": row(lambda: schedules.Cyclical(0.0, 1.0, 10, rise=0.0), "`rise`", r"\(0, 1\]"),
    "cycles of epochs by name": row(lambda: schedules.Cyclical(0.0, 1.0, "10 epochs"), "`steps`", "'10 epochs'"),
    "cycles from nowhere": row(lambda: schedules.Cyclical(None, 1.0, 10), "`start`", "start=None"),
    "cycles to nowhere": row(lambda: schedules.Cyclical(0.0, "one", 10), "`end`", "end='one'"),
    "a data set of no examples": row(
        lambda: terms.BatchTotalCorrelation(0), "`dataset_size`", "how many examples", "dataset_size=0"
    ),
    "a data set by its name": row(
        lambda: recipes.beta_tc_vae(SHAPE, 2, dataset_size="mnist"), "`dataset_size`", "or None", "'mnist'"
    ),
    "a beta below 1": row(lambda: recipes.beta_tc_vae(SHAPE, 2, beta=0.5), "`beta`", ">= 1", r"beta=0\.5"),
    "a negative price of covariance": row(
        lambda: terms.Covariance(off_diagonal=-1.0), "`off_diagonal`", ">= 0", r"off_diagonal=-1\.0"
    ),
    "a price of variance that is text": row(
        lambda: recipes.dip_vae_i(SHAPE, 2, diagonal="x"), "`diagonal`", ">= 0", "diagonal='x'"
    ),
    "a negative activity": row(lambda: terms.Sparsity(weight=-1.0), "`weight`", ">= 0", r"weight=-1\.0"),
    "a kernel by name": row(lambda: terms.MMD(kernel="rbf"), "`kernel`", r"terms\.kernels\.RBF\(1\.0\)", "'rbf'"),
    "no projection": row(lambda: terms.SlicedWasserstein(num_projections=0), "`num_projections`", "num_projections=0"),
    "a power that is no distance": row(lambda: terms.SlicedWasserstein(power=0.5), "`power`", ">= 1", r"power=0\.5"),
    "a power by name": row(lambda: terms.SlicedWasserstein(power="squared"), "`power`", ">= 1", "power='squared'"),
    "no blur at all": row(lambda: terms.Sinkhorn(epsilon=0.0), "`epsilon`", "> 0", r"epsilon=0\.0"),
    "iterations until done": row(lambda: terms.Sinkhorn(num_iterations=None), "`num_iterations`", "positive int"),
    "a critic of latents by name": row(
        lambda: terms.LatentAdversarial("mlp"), "`critic`", r"networks\.mlp_critic\(\(16,\)\)", "critic='mlp'"
    ),
    "a game of latents by name": row(
        lambda: terms.LatentAdversarial(networks.mlp_critic((16,)), game="hinge"),
        "`game`",
        r"terms\.games\.Hinge\(\)",
        "game='hinge'",
    ),
    "a kernel of no width": row(lambda: terms.kernels.RBF(0.0), "`length_scale`", "> 0", r"length_scale=0\.0"),
    "a prior of no width": row(lambda: terms.kernels.InverseMultiquadric(-1.0), "`scale`", "> 0", r"scale=-1\.0"),
    "a sum of no kernel": row(
        lambda: terms.kernels.InverseMultiquadric(multiples=()), "`multiples`", r"\(0\.1, 1\.0, 10\.0\)", r"\(\)"
    ),
    "a kernel of width 0 among others": row(
        lambda: terms.kernels.InverseMultiquadric(multiples=(0.0, 1.0)), "`multiples`", "> 0", r"multiples=0\.0"
    ),
    "latent size that is text": row(
        lambda: recipes.vae(SHAPE, latent_size="16"), "`latent_size`", "positive int", "latent_size='16'"
    ),
    "latent size of 0": row(lambda: recipes.ppca(SHAPE, latent_size=0), "`latent_size`", "latent_size=0"),
    "unknown argument of a recipe": row(
        lambda: recipes.beta_vae(SHAPE, 2, bta=4.0),
        r"recipes\.beta_vae .*`bta`",
        "Did you mean `beta`",
        error=TypeError,
    ),
    "classes that are text": row(lambda: recipes.conditional_vae(SHAPE, 2, num_classes="x"), "`num_classes`", ">= 2"),
    "hidden layers that are text": row(
        lambda: networks.mlp_encoder(SHAPE, units="large"), "`units`", r"\(64, 32\)", "units='large'"
    ),
    "strides that don't divide": row(
        lambda: networks.conv_encoder((30, 30, 1)), r"Strides \(2, 2\)", "30x30", "Pad or resize .* 32x32", "`strides`"
    ),
    "strides that don't divide, decoding": row(
        lambda: networks.conv_decoder((2,), (10, 8)), "10x8 is no multiple", "12x8", r"image_shape=\(10, 8\)"
    ),
    "strides of another number": row(
        lambda: networks.conv_encoder((8, 8, 1), strides=(2,)), "`strides`", "one for each of `filters`"
    ),
    "a vector to convolve": row(lambda: networks.conv_encoder((64,)), "`input_shape`", "Use an mlp network"),
    "an image without channels": row(lambda: networks.conv_encoder((8, 8)), "`input_shape`", "channels"),
    "a kernel of 0": row(lambda: networks.conv_encoder(SHAPE, kernel_size=0), "`kernel_size`", "kernel_size=0"),
    "a picture that residual stages don't divide": row(
        lambda: networks.residual_encoder((100, 64, 3)),
        r"Strides \(2, 2, 2\)",
        "100x64",
        "resize .* 104x64",
        "`strides`",
    ),
    "a picture that residual stages don't make": row(
        lambda: networks.residual_decoder((2,), (64, 60)), "64x60 is no multiple", "64x64", r"image_shape=\(64, 60\)"
    ),
    "residual strides of another number": row(
        lambda: networks.residual_encoder((8, 8, 1), strides=(2,)), "`strides`", "one for each of `filters`"
    ),
    "residual networks of a vector": row(
        lambda: networks.residual_encoder((64,)), "`input_shape`", "Use an mlp network"
    ),
    "a picture without channels": row(
        lambda: networks.residual_encoder((64, 64)),
        "`input_shape`",
        r"\(height, width, channels\), such as \(64, 64, 3\)",
    ),
    "a latent map of another size": row(
        lambda: networks.residual_decoder((4, 4, 2), (64, 64)),
        "`latent_shape`",
        r"such as \(128,\), or that of the smallest map, \(8, 8, channels\)",
        r"latent_shape=\(4, 4, 2\)",
    ),
    "no block": row(
        lambda: networks.residual_encoder((8, 8, 1), (4,), blocks=0), "`blocks`", "positive int", "blocks=0"
    ),
    "residual filters of 0": row(lambda: networks.residual_decoder((2,), (8, 8), (0,)), "`filters`", r"\(0,\)"),
    "attention without positions": row(
        lambda: networks.residual_encoder((8, 8, 1), (4, 4, 4), attention=True), "`attention`", "1x1", "fewer `filters`"
    ),
    "enlarging by name": row(
        lambda: networks.residual_decoder((2,), (8, 8), (4,), enlarge="resize"),
        "`enlarge`",
        "a class of layers",
        "'resize'",
    ),
    "an epsilon of 0": row(lambda: networks.GroupNorm(epsilon=0.0), "`epsilon`", "> 0", r"epsilon=0\.0"),
    "normalising a vector": row(
        lambda: networks.GroupNorm().build((None, 8)), "feature maps", r"input_shape=\(None, 8\)", r"keras\.Input\("
    ),
    "a block on maps of any size": row(
        lambda: networks.ResidualBlock(4).build((None, None, None, 3)), "ResidualBlock takes feature maps", "known size"
    ),
    "attention in a vector": row(lambda: networks.SelfAttention().build((None, 8)), "SelfAttention takes feature maps"),
    "a network by name": row(lambda: networks.Conditional("mlp", num_classes=10), "`network`", "'mlp'"),
    "one class": row(
        lambda: networks.Conditional(networks.mlp_decoder((3,)), num_classes=1), "`num_classes`", "num_classes=1"
    ),
    "scale by 0": row(lambda: data.Rescale(0.0), "`scale`", "other than 0", r"scale=0\.0"),
    "offset that is text": row(lambda: data.Rescale(offset="x"), "`offset`", "offset='x'"),
    "unknown dtype": row(lambda: data.Rescale(raw_dtype="int9"), "`raw_dtype`", "'uint8'", "'int9'"),
    "threshold of 1": row(lambda: data.Binarize(1.0), "`threshold`", r"\[0, 1\)", r"threshold=1\.0"),
    "corruption without noise": row(lambda: data.Corrupt(data.Rescale()), "without noise", "`masking`", r"stddev=0\.0"),
    "corruption of a negative width": row(lambda: data.Corrupt(stddev=-1.0), "`stddev`", ">= 0", r"stddev=-1\.0"),
    "masking more than all": row(lambda: data.Corrupt(masking=1.5), "`masking`", r"\[0, 1\]", r"masking=1\.5"),
    "more salt than pixels": row(lambda: data.Corrupt(salt_and_pepper=2), "`salt_and_pepper`", r"\[0, 1\]"),
    "salt that is no number": row(lambda: data.Corrupt(salt_and_pepper=0.1, high="white"), "`high`", "'white'"),
    "pepper that is no number": row(lambda: data.Corrupt(salt_and_pepper=0.1, low=None), "`low`", "low=None"),
    "corruption of what is none": row(
        lambda: data.Corrupt("rescale", masking=0.1), "`preprocessing`", r"data\.Rescale\(\)", "'rescale'"
    ),
    "one grey value": row(lambda: data.Dequantize(1), "`levels`", r"2\.\.256", "levels=1"),
    "levels that are text": row(lambda: data.Dequantize("x"), "`levels`", "levels='x'"),
}
