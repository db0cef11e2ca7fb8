"""Arguments of terms and schedules."""

import keras
import numpy as np
import tensorflow as tf

from tests.errors.models import build
from tests.errors.row import row
from tests.models import LATENT, digits
from tfvae import data, families, networks, schedules, terms


def moving(bound=None, event_shape=LATENT, **kwargs):
    return terms.Hamiltonian(bound or terms.ImportanceWeighted(1), event_shape, **kwargs)


def _labelled(family=None, num_values=(3, 4)):
    return [terms.NegativeLogLikelihood(), terms.FactorLabels(family or families.Bernoulli((2,)), num_values)]


def _fit(vae, *given):
    vae.compile("sgd")
    vae.fit(*given, verbose=0)


def _later(x, labels):
    return (
        data.from_array(x, labels, batch_size=18, shuffle=False)
        .enumerate()
        .map(lambda number, pair: (pair[0], pair[1] + 9 * tf.cast(number, pair[1].dtype)))
    )


def metric(**kwargs):
    return terms.geometry.CentroidMetric(networks.linear((8, 8, 1)), **kwargs)


def _bits():
    return families.RelaxedBernoulli(LATENT, straight_through=True)


ROWS = {
    "an entropy of no temperature": row(lambda: terms.CodeEntropy(temperature=0), "`temperature`", "> 0"),
    "an entropy of no group": row(lambda: terms.CodeEntropy(group_size=0), "`group_size`", "1 to 16"),
    "an entropy of 2^17 codes": row(lambda: terms.CodeEntropy(group_size=17), "`group_size`", "group_size=17"),
    "information by no critic": row(lambda: terms.LabelInformation(abs, (3,)), "`critic`", r"networks\.mlp_critic"),
    "information of one value": row(
        lambda: terms.LabelInformation(networks.mlp_critic((6,)), (1,)), "`num_values`", "int >= 2"
    ),
    "information by a critic of another size": row(
        lambda: build(
            objective=[terms.NegativeLogLikelihood(), terms.LabelInformation(networks.mlp_critic((6,)), (3, 4))]
        ),
        r"networks\.mlp_critic\(\(7,\)\)",
    ),
    "labels of one value": row(
        lambda: terms.FactorLabels(families.Bernoulli((2,)), (3, 1)), "`num_values`", "int >= 2", r"=\(3, 1\)"
    ),
    "labels of no family": row(lambda: terms.FactorLabels("bernoulli", (3,)), "`family`", r"families\.Bernoulli\(\(1,"),
    "labels of fewer dimensions": row(
        lambda: terms.FactorLabels(families.Bernoulli((2,)), (3, 4, 5)), "`family`", r"of the shape \(3,\)"
    ),
    "labels of two parameters": row(
        lambda: terms.FactorLabels(families.Normal((2,)), (3, 4)), "`family`", "one parameter for each"
    ),
    "labels of a scale that moves": row(
        lambda: terms.FactorLabels(families.Normal((2,), scale="optimal"), (3, 4)), "`family`", "one parameter"
    ),
    "more factors than latents": row(
        lambda: build(objective=_labelled(families.Bernoulli((4,)), (3,) * 4)), "4 factors", "of 3", "more latents"
    ),
    "labels of other factors": row(
        lambda: _fit(build(objective=_labelled()), digits(), np.zeros((36, 3), int)),
        "`condition`",
        r"shape \(batch, 2\), the condition_shape of FactorLabels",
        r"\(36, 3\)",
    ),
    "a value that a factor doesn't take": row(
        lambda: _fit(build(objective=_labelled()), digits(), np.full((36, 2), 3)),
        "`condition`",
        r"labels in 0\.\.\(2, 3\), ints, or -1 for one that is unknown",
        "3 in 36 of 36",
    ),
    "a value that a factor doesn't take, in a stream": row(
        lambda: _fit(build(objective=_labelled()), _later(digits() * 0, np.zeros((36, 2), int))),
        "`condition`",
        r"labels in 0\.\.\(2, 3\)",
        "batch 1 of epoch 1",
        r"tf\.reduce_all\(\(label >= -1\)",
    ),
    "two terms of other labels": row(
        lambda: build(objective=[*_labelled(), terms.FactorLabels(families.Bernoulli((2,)), (3, 5))]),
        r"objective\[1\]: num_values=\(3, 4\), objective\[2\]: num_values=\(3, 5\)",
    ),
    "a commitment to no codes": row(
        lambda: build(objective=[terms.NegativeLogLikelihood(), terms.Commitment()]),
        "Normal posterior has none",
        r"families\.VectorQuantized",
    ),
    "a window of similarity that is even": row(lambda: terms.MultiScaleSSIM(window=8), "`window`", "odd int >= 3"),
    "no range of a picture": row(lambda: terms.MultiScaleSSIM(peak=0), "`peak`", "> 0"),
    "a focus below zero": row(lambda: terms.FocalFrequency(alpha=-1.0), "`alpha`", ">= 0"),
    "features of a function": row(lambda: terms.Perceptual(abs), "`network`", "functional Keras model"),
    "features of no layer": row(
        lambda: terms.Perceptual(networks.linear((8, 8, 1)), ["edges"]), "`layer_names`", "flatten", r"\['edges'\]"
    ),
    "a negative penalty": row(lambda: terms.GradientPenalty(weight=-1.0), "`weight`", ">= 0", r"weight=-1\.0"),
    "a divergence of beta 0": row(
        lambda: terms.BetaDivergence(0.0), "`beta`", r"> 0.*NegativeLogLikelihood\(\)", r"beta=0\.0"
    ),
    "unknown argument of a term": row(
        lambda: terms.KL(free_bit=1.0), "KL .*`free_bit`", "Did you mean `free_bits`", "capacity", error=TypeError
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
    "moved draws of no bound": row(lambda: moving(terms.KL()), "`bound`", r"ImportanceWeighted\(1\)", r"bound=KL\(\)"),
    "moved draws of a bound with a weight": row(
        lambda: moving(terms.ImportanceWeighted(3, weight=0.5)), "`bound`", "give the weight to Hamiltonian"
    ),
    "no step of moved draws": row(lambda: moving(steps=0), "`steps`", "positive int", "steps=0"),
    "a step of moved draws at its bound": row(
        lambda: moving(step_size=0.5), "`step_size`", "less than max_step_size, 0.5", "step_size=0.5"
    ),
    "moved draws that begin cold": row(
        lambda: moving(inverse_temperature=1.0), "`inverse_temperature`", "between 0 and 1, or None", "=1.0"
    ),
    "moved draws in no metric": row(lambda: moving(metric="sphere"), "`metric`", "CentroidMetric", "metric='sphere'"),
    "a metric of no network": row(lambda: terms.geometry.CentroidMetric(3), "`network`", "of x alone", "network=3"),
    "a metric of a told network": row(
        lambda: terms.geometry.CentroidMetric(networks.Conditional(networks.linear((5,)), num_classes=2)),
        "`network`",
        "of x alone",
    ),
    "a metric of no temperature": row(lambda: metric(temperature=0.0), "`temperature`", "> 0"),
    "a metric that may be singular": row(lambda: metric(regularization=0.0), "`regularization`", "> 0"),
    "a metric that is never asked": row(lambda: metric(iterations=0), "`iterations`", "positive int"),
    "a metric of another x": row(
        lambda: build(objective=moving(metric=terms.geometry.CentroidMetric(networks.mlp_encoder((5,))))),
        "metric's network can't be called on x of shape",
    ),
    "a metric of feature maps": row(
        lambda: build(objective=moving(metric=terms.geometry.CentroidMetric(keras.layers.Conv2D(2, 3)))),
        "`network`",
        "flat features",
    ),
    "moved draws of another shape": row(
        lambda: build(objective=moving(event_shape=(5,))), "`event_shape`", r"that of the posterior, \(3,\)", r"\(5,\)"
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
    "a negative price of covariance": row(
        lambda: terms.Covariance(off_diagonal=-1.0), "`off_diagonal`", ">= 0", r"off_diagonal=-1\.0"
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
}
