"""Bad input, in a table: what is given, and what the error says of it: the argument, what was expected, the fix."""

import contextlib
import functools
import os
import pathlib
import resource
import shutil
import zipfile
from typing import NamedTuple

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfvae
from tests.models import LATENT, SHAPE, digits, make
from tfvae import (
    VAE,
    callbacks,
    data,
    evaluation,
    export,
    families,
    flows,
    latent,
    networks,
    pictures,
    priors,
    recipes,
    schedules,
    serving,
    terms,
)


@functools.cache
def model():
    """One compiled model for all rows, trained for a step."""
    vae = make()
    vae.compile("sgd")
    vae.fit(digits(), batch_size=36, verbose=0)
    return vae


@functools.cache
def conditional():
    vae = recipes.conditional_vae(SHAPE, 2)
    vae.compile("sgd")
    vae.trained = True
    return vae


@functools.cache
def grey():
    """Grey pixels under a Bernoulli."""
    vae = make(preprocessing=data.Rescale())
    vae.trained = True
    return vae


@functools.cache
def batches():
    return data.from_array(digits(), batch_size=12, shuffle=False)


def build(**parts):
    return VAE(
        **{
            "encoder": networks.mlp_encoder(SHAPE, (8,)),
            "posterior": families.Normal(LATENT),
            "prior": priors.StandardNormal(LATENT),
            "decoder": networks.mlp_decoder(LATENT, (8,)),
            "likelihood": families.Bernoulli(SHAPE),
            "objective": [terms.NegativeLogLikelihood(), terms.KL()],
            **parts,
        }
    )


def bad_rows(*rows, value=np.nan):
    x = digits() / 255.0
    x[list(rows)] = value
    return x


def stream(x):
    return tf.data.Dataset.from_tensor_slices(x.astype("float32")).batch(12)


class Undescribed(priors.StandardNormal):
    """A prior whose law TFP knows no KL to."""

    def distribution(self, condition=None, encode=None):
        import tensorflow_probability as tfp

        return tfp.distributions.Independent(tfp.distributions.StudentT(3.0, tf.zeros(LATENT), 1.0), 1)


class OwnDraws(families.Normal):
    """A posterior that knows the density of its own draws only, as a flow does that can't be inverted."""

    density_anywhere = False


def sampled():
    return [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]


def uniform(low, high):
    return priors.Fixed(families.Uniform(LATENT), {"low": low, "high": high})


def bits():
    return families.RelaxedBernoulli(LATENT, straight_through=True)


def choice():
    """A number and a choice between two."""
    return families.Joint([families.Normal((1,)), families.RelaxedCategorical((1, 2), straight_through=True)])


def along_paths():
    return terms.PathGradient(terms.ImportanceWeighted(3))


class Row(NamedTuple):
    """What is tried, and patterns that all must be found in the error's one line.

    Attributes:
        act: Does the bad thing, in an empty folder.
        said: Patterns.
        error: The error's class.
        given: Makes files before.
    """

    act: object
    said: tuple
    error: type = ValueError
    given: object = None


def row(act, *said, error=ValueError, given=None):
    return Row(act, said, error, given)


PARTS = {
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

ARGUMENTS = {
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
    "unknown argument of a family": row(
        lambda: families.Normal((3,), scal=1.0), "Normal .*`scal`", "Did you mean `scale`", error=TypeError
    ),
    "unknown argument of a term": row(
        lambda: terms.KL(free_bit=1.0), "KL .*`free_bit`", "Did you mean `free_bits`", "capacity", error=TypeError
    ),
    "unknown argument, near to none": row(
        lambda: data.Binarize(levels=3), "Binarize .*`levels`", "Expected: threshold, name, dtype", error=TypeError
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
    "a negative activity": row(lambda: terms.Sparsity(weight=-1.0), "`weight`", ">= 0", r"weight=-1\.0"),
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

DATA = {
    "unknown dataset": row(lambda: data.load("digitz"), "`name`", "Did you mean digits", "name='digitz'"),
    "no folder": row(lambda: data.load("./images"), "`name`", "no such folder or file", r"'\./images'"),
    "unknown split": row(lambda: data.load("digits", "tran"), "`split`", "train, validation, test", "'tran'"),
    "unknown split of sprites": row(lambda: data.sprites("valid"), "`split`", "validation", "'valid'"),
    "an argument of folders": row(lambda: data.load("digits", image_size=(8, 8)), "`image_size`", "Leave it out"),
    "a batch larger than the data": row(
        lambda: data.load("digits", batch_size=2000), "`batch_size`", r"1\.\.1437", "batch_size=2000"
    ),
    "a batch of 0": row(lambda: data.load("digits", batch_size=0), "`batch_size`", "batch_size=0"),
    "a batch that is text": row(lambda: data.load("digits", batch_size="128"), "`batch_size`", "batch_size='128'"),
    "a seed that is text": row(lambda: data.load("digits", seed="x"), "`seed`", "an int", "seed='x'"),
    "an empty folder": row(
        lambda: data.load("pictures"), "Expected images", "none", given=lambda: os.mkdir("pictures")
    ),
    "an empty split": row(
        lambda: data.load("few.npy", "validation"),
        "split 'validation' .* is empty",
        "Add examples, or take split='all'",
        given=lambda: np.save("few.npy", np.zeros((3, 8, 8), "uint8")),
    ),
    "a file that is no array": row(
        lambda: data.load("x.npy"), r"x\.npy is no NumPy file", r"numpy\.save", given=lambda: write("x.npy", b"text")
    ),
    "no examples": row(lambda: data.from_array(digits()[:0]), "same, positive number of examples", r"\(0, 8, 8, 1\)"),
    "labels of another number": row(
        lambda: data.from_array(digits(), np.zeros(3)), "number of examples", r"\(36, 8, 8, 1\), \(3,\)"
    ),
    "rows of several lengths": row(lambda: data.from_array([[1, 2], [3]]), "`x`", "whose rows have one shape"),
    "text": row(lambda: data.from_array(np.array(["a", "b"])), "`x`", "array of numbers", "<U1"),
    "NaN in an array": row(
        lambda: data.from_array(bad_rows(3, 20), batch_size=12), "`x`", "2 of 36", "rows 3, 20", "Repair or leave out"
    ),
    "infinity in a condition": row(
        lambda: data.from_array(digits(), np.where(np.arange(36) == 7, np.inf, 0.0), batch_size=12),
        "`condition`",
        "rows 7",
    ),
    "negative sample weights": row(
        lambda: data.from_array(digits(), sample_weight=-np.ones(36), batch_size=12), "`sample_weight`", ">= 0"
    ),
    "no IDX files": row(lambda: data.prepare("mnist", "nowhere", "out"), "`source`", "train-images", "'nowhere'"),
}

TRAINING = {
    "losses of Keras": row(lambda: model().compile("adam", loss="mse", metrics=["mae"]), "loss, metrics", "objective"),
    "unknown optimizer": row(lambda: make().compile("adma"), "optimizer", "adma"),
    "not compiled": row(lambda: make().fit(digits(), verbose=0), r"call `compile\(\)`"),
    "no data": row(lambda: model().fit(), "`x`", r"data\.load", "x=None"),
    "data by name": row(lambda: model().fit("digits"), "`x`", r"data\.load", "x='digits'"),
    "no epoch": row(lambda: model().fit(batches(), epochs=0), "`epochs`", "positive int", "epochs=0"),
    "epochs that are text": row(lambda: model().fit(batches(), epochs="3"), "`epochs`", "epochs='3'"),
    "unknown argument of fit": row(
        lambda: model().fit(batches(), epoch=3), "fit .*`epoch`", "Did you mean `epochs`", error=TypeError
    ),
    "a callback by name": row(
        lambda: model().fit(batches(), callbacks=["early stopping"]), "`callbacks`", "'early stopping'"
    ),
    "validation data by name": row(
        lambda: model().fit(batches(), validation_data="test"), "`validation_data`", "'test'"
    ),
    "labels": row(
        lambda: model().fit(data.from_array(digits(), np.zeros(36), batch_size=12)), "no condition", "labels=False"
    ),
    "labels in arrays": row(lambda: model().fit(digits(), np.zeros(36)), "takes no condition", r"dataset\.map"),
    "no labels": row(lambda: conditional().fit(batches()), "is conditional", "labels=True"),
    "labels that there are not": row(
        lambda: conditional().fit(data.from_array(digits(), np.full(36, 10), batch_size=12)), "`condition`", r"0\.\.9"
    ),
    "labels in an array that there are not": row(
        lambda: conditional().fit(digits(), np.full(36, -1)), "`condition`", r"0\.\.9", "-1"
    ),
    "images without channels": row(
        lambda: model().fit(digits()[..., 0]), r"\(batch, 8, 8, 1\)", r"\(32, 8, 8\)", "reshape"
    ),
    "no batches": row(
        lambda: model().fit(tf.data.Dataset.from_tensor_slices(digits())), r"\(batch, 8, 8, 1\)", "Batch the dataset"
    ),
    "an empty dataset": row(lambda: model().fit(batches().take(0)), "is empty", "at least one batch"),
    "an empty array": row(lambda: model().fit(digits()[:0]), "`x`", "is empty"),
    "an empty validation": row(lambda: model().fit(batches(), validation_data=batches().take(0)), "is empty"),
    "a validation of another shape": row(
        lambda: model().fit(batches(), validation_data=(digits()[..., 0],)), r"\(batch, 8, 8, 1\)", r"\(36, 8, 8\)"
    ),
    "batches of batches": row(lambda: model().fit(batches(), batch_size=12), "`batch_size`", "Leave it out"),
    "more than there is": row(
        lambda: model().fit(digits(), batch_size=64), "`batch_size`", r"1\.\.36", "batch_size=64"
    ),
    "NaN": row(lambda: model().fit(bad_rows(20)), "`x`", "NaN or infinity in 1 of 36", "rows 20"),
    "NaN in the first batch": row(lambda: model().fit(stream(bad_rows(4))), "first batch", "examples 4", "Repair"),
    "weights of another number": row(
        lambda: model().fit(digits(), sample_weight=np.ones(3)), "same number of examples", "'sample_weight': 3"
    ),
    "bytes as floats": row(
        lambda: model().fit(digits().astype("float32")), "Binarize takes uint8", "from 0 to 255", "rescale"
    ),
    "evaluation of nothing": row(lambda: model().evaluate(batches().take(0)), "`evaluate` is empty"),
    "evaluation of NaN": row(
        lambda: model().evaluate(bad_rows(0, 1, 2, 3, 4, 5)), "in 6 of 36", r"rows 0, 1, 2, 3, 4, \.\.\.", "Repair"
    ),
    "evaluation of a stream with NaN": row(
        lambda: model().evaluate(stream(bad_rows(30)), verbose=0), "Batch 2 of the data", "Repair or leave out"
    ),
    "evaluation of another shape": row(lambda: model().evaluate(digits()[..., 0]), r"\(batch, 8, 8, 1\)"),
    "prediction of another shape": row(lambda: model().predict(digits()[..., 0], verbose=0), r"\(batch, 8, 8, 1\)"),
    "unknown metric": row(
        lambda: model().fit(batches(), verbose=0, callbacks=[callbacks.EarlyStopping("val_ebo")]),
        "`monitor`",
        "elbo, kl, loss",
        "validation_data",
    ),
    "patience that is text": row(lambda: callbacks.EarlyStopping(patience="x"), "`patience`", "patience='x'"),
    "which way is better": row(lambda: callbacks.EarlyStopping(mode="up"), "`mode`", "'min', 'max' or 'auto'", "'up'"),
    "pictures of no epoch": row(lambda: callbacks.Samples("out", every=0), "`every`", "epochs", "every=0"),
    "no picture": row(lambda: callbacks.Samples("out", count=0), "`count`", "count=0"),
    "a plane of three dimensions": row(
        lambda: model().fit(batches(), verbose=0, callbacks=[callbacks.Manifold("out")]), "two dimensions", "Traversals"
    ),
    "a backup that is no npz": row(lambda: callbacks.BackupAndRestore("b.h5"), "`path`", r"\*\.npz", r"b\.h5"),
    "a checkpoint that is no model": row(lambda: callbacks.ModelCheckpoint("best.h6"), r"\.keras", r"best\.h6"),
}

USE = {
    "samples by name": row(lambda: model().sample("3"), "`n`", "positive int", "n='3'"),
    "no sample": row(lambda: model().sample(0), "`n`", "n=0"),
    "negative temperature": row(lambda: model().sample(2, temperature=-1), "`temperature`", ">= 0"),
    "temperature by name": row(lambda: model().sample(2, temperature="hot"), "`temperature`", "'hot'"),
    "seed that is text": row(lambda: model().sample(2, seed="x"), "`seed`", "an int"),
    "a condition for an unconditional model": row(
        lambda: model().sample(2, condition=[0, 1]), "takes no condition", r"networks\.Conditional"
    ),
    "no condition": row(lambda: conditional().sample(2), "is conditional", "`condition`"),
    "one condition for all": row(lambda: conditional().sample(2, condition=3), "each of 2 samples", r"np\.full"),
    "an unknown label": row(lambda: conditional().sample(2, condition=[3, 10]), "`condition`", r"0\.\.9", "10"),
    "one image": row(lambda: model().encode(digits()[0]), r"\(batch, 8, 8, 1\)", r"shape \(8, 8, 1\)"),
    "a file name as images": row(lambda: model().reconstruct("x.png"), "`x`", "array of numbers", r"x='x\.png'"),
    "no variation": row(lambda: model().variations(digits()[:1], 0), "`n`", "n=0"),
    "negative variation": row(lambda: model().variations(digits()[:1], 2, scale=-1.0), "`scale`", ">= 0"),
    "latents of another size": row(
        lambda: model().decode(np.zeros((2, 5))), "`z`", r"\(\.\.\., batch, 3\)", r"\(2, 5\)"
    ),
    "no draw of z": row(lambda: model().infer(digits(), num_samples=0), "`num_samples`", "num_samples=0"),
    "likelihood of no draw": row(
        lambda: evaluation.log_likelihood(model(), batches(), num_samples=0), "`num_samples`", "positive int"
    ),
    "likelihood of an array": row(
        lambda: evaluation.log_likelihood(model(), digits()), "`dataset`", r"data\.from_array", "ndarray"
    ),
    "likelihood of nothing": row(lambda: evaluation.log_likelihood(model(), batches().take(0)), "is empty"),
    "likelihood of grey pixels": row(
        lambda: evaluation.log_likelihood(grey(), batches(), verbose=0), "12 of 12", "support", "DynamicBinarize"
    ),
    "likelihood by a path": row(
        lambda: evaluation.log_likelihood("model.keras", batches()), "`vae`", r"tfvae\.load_model", r"'model\.keras'"
    ),
    "activity of one example": row(
        lambda: evaluation.activity(model(), batches().unbatch().batch(1).take(1)), "`dataset`", "two examples"
    ),
    "activity above text": row(
        lambda: evaluation.activity(model(), batches(), threshold="x"), "`threshold`", "threshold='x'"
    ),
    "a path of one step": row(lambda: latent.linear([0.0], [1.0], 1), "`steps`", ">= 2", "steps=1"),
    "a path between unequal ends": row(lambda: latent.spherical([0.0], [1.0, 0.0], 3), "`a` and `b`", r"\(2,\)"),
    "a traversal of a batch": row(lambda: latent.traversal(model(), np.zeros((2, 3))), "`z`", r"\(3,\)", r"z\[0\]"),
    "a dimension too many": row(
        lambda: latent.traversal(model(), np.zeros(3), dimensions=[3]), "`dimensions`", r"0\.\.2", r"\[3\]"
    ),
    "an attribute of nobody": row(
        lambda: latent.attribute_vector(model(), digits()[:0], digits()), "`with_attribute`", "none"
    ),
    "neighbours of another size": row(lambda: latent.nearest(digits(), np.zeros((2, 9))), "`data`", "64 values"),
    "a probe of one class": row(
        lambda: latent.linear_probe(model(), *[(digits(), np.zeros(36, int))] * 2), "`train`", "two classes"
    ),
    "a picture of nothing": row(lambda: pictures.grid(digits()[:0]), "`images`", r"\(0, 8, 8, 1\)"),
    "a picture of a matrix": row(lambda: pictures.grid(np.zeros((3, 4))), "`images`", "channels", r"\(3, 4\)"),
    "a picture of NaN": row(lambda: pictures.grid(bad_rows(2)), "`images`", "rows 2"),
    "a picture without columns": row(lambda: pictures.grid(digits(), columns=0), "`columns`", "columns=0"),
    "curves of nothing": row(lambda: pictures.curves("c.png", {"accuracy": [1.0]}), "`names`", "accuracy"),
}


def write(name, content):
    pathlib.Path(name).write_bytes(content)


@functools.cache
def saved():
    """The bytes of a whole file."""
    path = pathlib.Path("whole.keras")
    model().save(path)
    content = path.read_bytes()
    path.unlink()
    return content


def changed(**changes):
    """Writes the file with parts of its members replaced."""
    write("whole.keras", saved())
    with zipfile.ZipFile("whole.keras") as old, zipfile.ZipFile("m.keras", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for before, after in changes.get(name.split(".")[0], {}).items():
                assert before in content
                content = content.replace(before, after)
            if changes.get("without") != name:
                new.writestr(name, content)
    os.remove("whole.keras")


def flipped():
    """Writes the file with one byte of its weights turned around."""
    content = bytearray(saved())
    content[len(content) // 2] ^= 255
    write("m.keras", bytes(content))


def a_classifier():
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save("m.keras")


@contextlib.contextmanager
def no_space(bytes_left=4096):
    """No file may grow beyond some bytes: what a full disk does, and a real error of the system."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def no_permission():
    """The folder is read-only, also for root, who becomes somebody else."""
    os.chmod(".", 0o755)
    os.chmod("locked", 0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def under(context, act):
    def run():
        with context():
            act()

    return run


def load():
    return tfvae.load_model("m.keras")


VERSION = f'"tfvae_version": "{tfvae.__version__}"'.encode()
FILES = {
    "no file": row(load, r"no file m\.keras", r"vae\.save\(path\)", error=FileNotFoundError),
    "a number": row(lambda: tfvae.load_model(3), "`path`", "path=3"),
    "an empty file": row(load, r"m\.keras is no model", "Save it again", given=lambda: write("m.keras", b"")),
    "a file cut short": row(
        load, r"m\.keras is no model", "cut short", given=lambda: write("m.keras", saved()[: len(saved()) // 2])
    ),
    "a byte that has changed": row(load, r"m\.keras is no model", "damaged", "copy it again", given=flipped),
    "text": row(load, r"m\.keras is no model", "another format", given=lambda: write("m.keras", b"text" * 99)),
    "another archive": row(load, r"without config\.json", given=lambda: changed(without="config.json")),
    "no JSON": row(load, "damaged", given=lambda: changed(config={b"{": b"["})),
    "another model of Keras": row(load, "another Keras model, a Sequential", r"keras\.saving", given=a_classifier),
    "a newer version": row(
        load,
        r"of tfvae 99\.1\.0, and this is tfvae " + tfvae.__version__,
        r"Install tfvae 99\.1\.0",
        given=lambda: changed(config={VERSION: b'"tfvae_version": "99.1.0"'}),
    ),
    "an older version that doesn't load": row(
        load,
        "written by tfvae 0.0.1 and Keras",
        "Could not locate class 'KL'",
        given=lambda: changed(config={VERSION: b'"tfvae_version": "0.0.1"', b"tfvae>KL": b"tfvae>no_such_part"}),
    ),
    "weights alone": row(
        lambda: tfvae.load_model("m.weights.h5"),
        "weights alone",
        r"vae\.load_weights",
        given=lambda: model().save_weights("m.weights.h5"),
    ),
    "an export": row(
        lambda: tfvae.load_model("served"),
        "for serving",
        r"Expected a \.keras file",
        given=lambda: (os.makedirs("served/1"), write("served/1/saved_model.pb", b"")),
    ),
    "a file that may not be read": row(
        under(no_permission, lambda: tfvae.load_model("locked/m.keras")),
        "Permission denied",
        r"locked/m\.keras",
        error=PermissionError,
        given=lambda: (os.mkdir("locked"), write("locked/m.keras", b""), os.chmod("locked/m.keras", 0)),
    ),
    "no folder to save to": row(
        lambda: model().save("runs/m.keras"), "no folder runs", r"m\.keras", "Make it", error=FileNotFoundError
    ),
    "a folder in the way": row(
        lambda: model().save("m.keras"), "which is a folder", error=IsADirectoryError, given=lambda: os.mkdir("m.keras")
    ),
    "another format": row(lambda: model().save("m.onnx"), r"`\.keras`", r"m\.onnx"),
    "no permission to save": row(
        under(no_permission, lambda: model().save("locked/m.keras")),
        "Permission denied",
        r"locked/m\.keras",
        error=PermissionError,
        given=lambda: os.mkdir("locked"),
    ),
    "no space for a new file": row(
        under(no_space, lambda: model().save("m.keras")), "not written", r"'m\.keras'", error=OSError
    ),
    "no space for a file in another's place": row(
        under(no_space, lambda: model().save("m.keras")),
        "not written",
        r"'m\.keras'",
        error=OSError,
        given=lambda: write("m.keras", b"precious"),
    ),
    "no space for a picture": row(
        under(
            no_space, lambda: pictures.save("p.png", np.random.default_rng(0).integers(0, 256, (99, 99, 3), "uint8"))
        ),
        r"p\.png",
        error=OSError,
    ),
    "no space for a backup": row(
        under(
            no_space,
            lambda: model().fit(batches(), verbose=0, callbacks=[callbacks.BackupAndRestore("b.npz", delete=False)]),
        ),
        r"b\.npz",
        error=OSError,
    ),
    "an export in a file": row(
        lambda: model().export("served"), "`base`", "a file", given=lambda: write("served", b"mine")
    ),
    "an export of no count": row(lambda: model().export("served", max_count=0), "`max_count`", "max_count=0"),
    "an export of no draws": row(
        lambda: export.saved_model(model(), "served", max_num_samples=0.5), "`max_num_samples`", r"max_num_samples=0\.5"
    ),
    "an export to a folder without permission": row(
        under(no_permission, lambda: model().export("locked")),
        "Permission denied; no version was written",
        "locked",
        error=PermissionError,
        given=lambda: os.mkdir("locked"),
    ),
    "no space for an export": row(
        under(no_space, lambda: model().export("served")), "no version was written", "served", error=OSError
    ),
    "an unknown export": row(lambda: model().export("m", format="onnx"), "`format`", "litert", "'onnx'"),
    "an explorer of an array": row(lambda: export.explorer(model(), "e", digits()), "`dataset`", "batches", "ndarray"),
    "an explorer of one example": row(
        lambda: export.explorer(model(), "e", batches().unbatch().batch(1).take(1)), "`dataset`", "two examples"
    ),
    "a decoder of another suffix": row(lambda: export.litert(model(), "d.lite"), "`path`", r"\*\.tflite"),
    "a decoder of no latent": row(
        lambda: export.litert(model(), "d.tflite", batch_size=0), "`batch_size`", "batch_size=0"
    ),
    "a client of no address": row(lambda: serving.Client("localhost:8500", "digits"), "`url`", "grpc://HOST:PORT"),
    "a client of another protocol": row(lambda: serving.Client("ftp://localhost", "digits"), "`url`", "ftp://"),
    "a client of a path by gRPC": row(lambda: serving.Client("grpc://a:1/digits", "digits"), "`url`", "without a path"),
    "a client of no model": row(lambda: serving.Client("http://localhost", ""), "`model`", "model=''"),
    "a client of version 0": row(
        lambda: serving.Client("http://localhost", "digits", version=0), "`version`", "1 or more", "version=0"
    ),
    "a client of a version and a label": row(
        lambda: serving.Client("http://localhost", "digits", version=1, label="stable"), "`label`", "'stable'"
    ),
    "a client without time": row(
        lambda: serving.Client("http://localhost", "digits", deadline=0), "`deadline`", "above 0", "deadline=0"
    ),
    "a client that never tries": row(
        lambda: serving.Client("http://localhost", "digits", retry=serving.Retry(attempts=0)), r"`retry\.attempts`"
    ),
    "a client that sends no rows": row(
        lambda: serving.Client("http://localhost", "digits", batch_size=0), "`batch_size`", "1 or more"
    ),
    "certificates for no TLS": row(
        lambda: serving.Client("http://localhost", "digits", ca_file="ca.pem"), "`ca_file`", "no TLS"
    ),
    "certificates that are not there": row(
        lambda: serving.Client("grpcs://localhost", "digits", ca_file="ca.pem"), "`ca_file`", "'ca.pem'"
    ),
    "another part": row(lambda: export.litert(model(), "d.tflite", "prior"), "`part`", "encoder", "part='prior'"),
    "another quantization": row(
        lambda: export.litert(model(), "d.tflite", quantization="int4"), "`quantization`", "'int8'", "'int4'"
    ),
    "int8 of nothing": row(
        lambda: export.litert(model(), "e.tflite", "encoder", "int8"), "encoder needs examples", "`data`"
    ),
    "int8 of no numbers": row(
        lambda: export.litert(model(), "d.tflite", quantization="int8", data=bad_rows(2)), "`data`", "NaN", "rows 2"
    ),
    "a LiteRT file without permission": row(
        under(no_permission, lambda: export.litert(model(), "locked/d.tflite", timed=False)),
        "Permission denied",
        r"locked/d\.tflite",
        error=PermissionError,
        given=lambda: os.mkdir("locked"),
    ),
    "no space for a LiteRT file": row(
        under(no_space, lambda: export.litert(model(), "d.tflite", timed=False)),
        "temporary folder",
        "TMPDIR",
        error=OSError,
    ),
    "a picture in no folder": row(
        lambda: pictures.save("out/p.png", np.zeros((8, 8, 1), "uint8")), "no folder out", error=FileNotFoundError
    ),
    "a picture of floats": row(lambda: pictures.save("p.png", np.zeros((8, 8, 1))), "`picture`", "float64"),
}

TABLES = {"parts": PARTS, "argument": ARGUMENTS, "data": DATA, "training": TRAINING, "use": USE, "files": FILES}
ROWS = {f"{table}: {name}": tried for table, rows in TABLES.items() for name, tried in rows.items()}


def files():
    return {path: path.read_bytes() if path.is_file() else None for path in pathlib.Path().rglob("*")}


@pytest.mark.parametrize("name", ROWS)
def test_the_error_says_what_is_wrong(name, tmp_path, monkeypatch):
    tried = ROWS[name]
    monkeypatch.chdir(tmp_path)
    for needed in (model, saved):
        needed()
    if tried.given is not None:
        tried.given()
    before = files()
    with pytest.raises(tried.error) as caught:
        tried.act()
    message = str(caught.value)
    assert len(message.splitlines()) == 1, message
    for pattern in tried.said:
        assert caught.match(pattern)
    assert files() == before
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_the_table_is_long():
    assert len(ROWS) >= 180
