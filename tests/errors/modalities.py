"""x of several modalities: the parts, the data, and what can't be asked of such a model."""

import functools

import numpy as np
import tensorflow as tf

from tests.errors.models import build
from tests.errors.row import row
from tests.models import LATENT, SHAPE, digits, make
from tests.parts.composed import by_modality
from tfvae import callbacks, data, export, families, latent, networks, priors, recipes, schedules, terms


@functools.cache
def pair():
    """A model of an image and its label, trained for a step."""
    vae = make(**by_modality())
    vae.compile("sgd")
    vae.fit(both(), batch_size=36, verbose=0)
    return vae


def both(**other):
    return {"image": digits() / 255, "label": np.eye(10)[np.arange(36) % 10], **other}


def rebuilt(**parts):
    return build(**{**by_modality(), **parts})


def mapped(change):
    return tf.data.Dataset.from_tensor_slices(both()).batch(12).map(change)


def holed():
    x = digits() / 255
    x[[3, 7], 0] = np.nan
    return x


def experts(**other):
    return families.ProductOfExperts({"image": families.Normal(LATENT), "label": families.Normal(LATENT), **other})


ENCODERS = {"image": networks.mlp_encoder(SHAPE, (8,)), "label": networks.mlp_encoder((10,), (8,))}
DECODERS = {"image": networks.mlp_decoder(LATENT, (8,)), "label": networks.mlp_decoder(LATENT, (8,))}

PARTS = {
    "a list of families": row(lambda: families.Modalities([families.Normal((3,))]), "`families`", "a dict", "'image'"),
    "no family": row(lambda: families.Modalities({}), "`families`", "a dict of a family for each", r"\{\}"),
    "a modality of no name": row(lambda: families.Modalities({"an image": families.Normal((3,))}), "`families`"),
    "modalities of modalities": row(
        lambda: families.Modalities({"a": families.Modalities({"b": families.Normal((3,))})}), "one modality"
    ),
    "experts that are no Gaussians": row(lambda: experts(label=families.Laplace(LATENT)), "`families`", "Gaussians"),
    "experts over other z": row(lambda: experts(label=families.Normal((4,))), "the same z", "event_shape"),
    "one class": row(lambda: families.OneHot((1,)), "`event_shape`", "two classes"),
    "a network that is text": row(lambda: networks.ModalityEncoders({"image": "mlp"}), "`networks`", "mlp_encoder"),
    "decoders in a list": row(lambda: networks.ModalityDecoders([DECODERS["image"]]), "`networks`", "mlp_decoder"),
    "an encoder of unknown shape": row(
        lambda: networks.ModalityEncoders({"image": networks.WithMask(networks.linear((6,)))}),
        "`event_shapes`",
        "not all networks have an input_shape",
    ),
    "networks of other conditions": row(
        lambda: networks.ModalityDecoders(
            {
                name: networks.Conditional(DECODERS["image"], num_classes=count)
                for name, count in {"a": 2, "b": 3}.items()
            }
        ),
        "one condition",
        "num_classes 2, 3",
    ),
    "a step that is text": row(lambda: data.PerModality({"image": "binarize"}), "`steps`", r"data\.Binarize\(\)"),
    "a weight that is text": row(
        lambda: terms.ModalityLikelihoods({"label": "50"}), "`modality_weights`", "numbers >= 0", "'50'"
    ),
    "no weights": row(lambda: terms.ModalityLikelihoods({}), "`modality_weights`", r"\{'label': 50\.0\}"),
    "a likelihood of one array": row(
        lambda: rebuilt(likelihood=families.Normal((74,))), "likelihood isn't", r"families\.Modalities"
    ),
    "a decoder of one array": row(
        lambda: rebuilt(decoder=networks.mlp_decoder(LATENT)), "decoder isn't", r"networks\.ModalityDecoders"
    ),
    "a posterior of one array": row(
        lambda: rebuilt(posterior=families.Normal(LATENT)), "posterior isn't", r"families\.ProductOfExperts"
    ),
    "an encoder of one array": row(lambda: rebuilt(encoder=ENCODERS["image"]), "encoder isn't", "ModalityEncoders"),
    "an encoder of the vector without a mask": row(
        lambda: rebuilt(encoder=networks.linear((74,)), posterior=families.Normal(LATENT)), r"networks\.WithMask"
    ),
    "a modality that nobody decodes": row(
        lambda: rebuilt(decoder=networks.ModalityDecoders({"image": DECODERS["image"]})),
        "the same modalities",
        "likelihood: image, label; decoder: image",
    ),
    "an encoder of another shape": row(
        lambda: rebuilt(encoder=networks.ModalityEncoders({**ENCODERS, "label": networks.linear((9,))})),
        "label is for events of shape",
        r"\(9,\)",
        r"\(10,\)",
    ),
    "a preprocessing of one array": row(
        lambda: rebuilt(preprocessing=data.Binarize()), r"data\.PerModality", r"Binarize\(\)"
    ),
    "a step for no modality": row(
        lambda: rebuilt(preprocessing=data.PerModality({"sound": data.Rescale()})), "`steps`", "image, label", "'sound'"
    ),
    "steps for one array": row(
        lambda: build(preprocessing=data.PerModality({"image": data.Rescale()})), "likelihood, decoder isn't"
    ),
    "a learned prior": row(
        lambda: rebuilt(prior=priors.Learned(families.Normal(LATENT))),
        r"N\(0, I\)",
        r"priors\.StandardNormal\(\(3,\)\)",
    ),
    "a prior that is wider": row(
        lambda: rebuilt(prior=priors.Fixed(families.Normal(LATENT), {"loc": 0.0, "scale": 2.0})), r"N\(0, I\)", "scale"
    ),
    "a weight for no modality": row(
        lambda: rebuilt(objective=[terms.ModalityLikelihoods({"sound": 2.0}), terms.KL()]), "image, label", "'sound'"
    ),
    "weights of one array": row(
        lambda: build(objective=[terms.ModalityLikelihoods({"image": 2.0}), terms.KL()]), "none, it is Bernoulli"
    ),
    "a mixture of something else": row(
        lambda: families.MixtureOfExperts(families.Normal(LATENT)), "`experts`", r"families\.ProductOfExperts"
    ),
    "a mixture over other modalities": row(
        lambda: families.MixtureOfExperts(experts(), [["image", "sound"]]), "`subsets`", r"\['image'\], \['label'\]"
    ),
    "a mixture of one subset twice": row(
        lambda: families.MixtureOfExperts(experts(), [["image", "label"], ["label", "image"]]), "different subsets"
    ),
    "a mixture of nothing": row(lambda: families.MixtureOfExperts(experts(), []), "`subsets`"),
    "a mixture of names": row(lambda: families.MixtureOfExperts(experts(), ["image"]), "`subsets`", "a list of"),
    "a closed form for a mixture": row(
        lambda: rebuilt(posterior=families.MixtureOfExperts(experts())), r"KL\(monte_carlo=True\)"
    ),
    "paths through a mixture": row(
        lambda: rebuilt(
            posterior=families.MixtureOfExperts(experts()),
            objective=[terms.PathGradient(terms.ImportanceWeighted(2))],
        ),
        "PathGradient",
        "one component",
    ),
    "a joint Gaussian beside something else": row(
        lambda: families.JointAndExperts(families.Normal(LATENT), families.Normal(LATENT)), "`experts`"
    ),
    "a joint law over another z": row(
        lambda: families.JointAndExperts(experts(), families.Normal((4,))), "`joint`", r"Normal\(\(3,\)\)"
    ),
    "a joint law that is no Gaussian": row(
        lambda: families.JointAndExperts(experts(), families.Laplace(LATENT)), "`joint`", "a Gaussian"
    ),
    "a joint posterior without a joint encoder": row(
        lambda: rebuilt(posterior=families.JointAndExperts(experts(), families.Normal(LATENT))),
        r"networks\.JointEncoder",
        "all modalities together",
    ),
    "a joint encoder without a joint posterior": row(
        lambda: rebuilt(
            encoder=networks.JointEncoder(networks.ModalityEncoders(ENCODERS), networks.mlp_encoder((16,), (8,)))
        ),
        r"\+, image, label",
    ),
    "a joint encoder of one array": row(
        lambda: networks.JointEncoder(ENCODERS["image"], ENCODERS["image"]), "`encoders`", "ModalityEncoders"
    ),
    "a joint encoder of no network": row(
        lambda: networks.JointEncoder(networks.ModalityEncoders(ENCODERS), "mlp"), "`network`", "'mlp'"
    ),
    "subsets of no terms": row(lambda: terms.OnSubsets([]), "`terms`", r"terms\.KL\(\)"),
    "subsets of a schedule": row(
        lambda: terms.OnSubsets([terms.KL(schedules.Linear(0.0, 1.0, 10))]), "`terms`", "weights are numbers"
    ),
    "subsets of two modalities at random": row(
        lambda: rebuilt(objective=[terms.NegativeLogLikelihood(), terms.OnSubsets([terms.KL()], num_random=1)]),
        "`num_random`",
        "0 for 2 modalities",
    ),
    "subsets of one array": row(
        lambda: build(objective=[terms.OnSubsets([terms.KL()])]), "OnSubsets", r"families\.ProductOfExperts"
    ),
    "subsets of a posterior of all": row(
        lambda: rebuilt(
            encoder=networks.WithMask(networks.linear((148,))),
            posterior=families.Normal(LATENT),
            objective=[terms.OnSubsets([terms.KL()])],
        ),
        "doesn't know",
        r"families\.ProductOfExperts",
    ),
    "a KL to each of one array": row(
        lambda: build(objective=[terms.NegativeLogLikelihood(), terms.KL(), terms.ModalityKL()]),
        "ModalityKL",
        r"families\.JointAndExperts",
    ),
    "a KL of a mixture to each": row(
        lambda: rebuilt(
            posterior=families.MixtureOfExperts(experts()),
            objective=[terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True), terms.ModalityKL()],
        ),
        "No closed form",
        r"families\.JointAndExperts",
    ),
    "a recipe of modalities of one array": row(
        lambda: recipes.mvae(SHAPE, 3, likelihood=families.Bernoulli(SHAPE)), "`likelihood`", r"families\.Modalities"
    ),
    "a recipe of one label": row(lambda: recipes.mmvae(SHAPE, 3, num_classes=1), "`num_classes`", ">= 2"),
    "a scale of the batch within": row(
        lambda: rebuilt(
            likelihood=families.Modalities(
                {"image": families.Normal(SHAPE, scale="optimal"), "label": families.OneHot((10,))}
            )
        ),
        "moves by statistics of the batch",
    ),
}

GIVEN = {
    "an array": row(lambda: pair().fit(digits()), "`x`", r"image: \(batch, 8, 8, 1\)", r"\(36, 8, 8, 1\)", "Name it"),
    "batches of arrays": row(lambda: pair().fit(mapped(lambda x: x["image"])), "a dict of the modalities", "Name it"),
    "an unknown modality": row(lambda: pair().fit(both(sound=digits())), "`x`", "image, label", "'sound'", "Drop"),
    "batches of an unknown one": row(lambda: pair().evaluate(mapped(lambda x: {"picture": x["image"]})), "'picture'"),
    "predictions of an unknown one": row(lambda: pair().predict({"picture": digits()}), "image, label", "'picture'"),
    "no modality": row(lambda: pair().encode({}), "`x`", "one or more of the modalities", "an empty dict", "sample"),
    "a modality of another shape": row(
        lambda: pair().fit(both(label=np.zeros((36, 9)))), r"`x\['label'\]`", r"\(batch, 10\)", r"\(36, 9\)"
    ),
    "batches of another shape": row(
        lambda: pair().fit(mapped(lambda x: {**x, "image": x["image"][..., 0]})), r"`x\['image'\]`", r"\(None, 8, 8\)"
    ),
    "labels that are numbers": row(lambda: pair().reconstruct({"label": np.arange(4)}), r"`x\['label'\]`", r"\(4,\)"),
    "modalities of other lengths": row(
        lambda: pair().fit(both(label=np.zeros((5, 10)))), "as many examples", "'image': 36, 'label': 5", "NaN"
    ),
    "a file name": row(lambda: pair().reconstruct({"image": "a.png"}), r"`x\['image'\]`", "array of numbers"),
    "a modality in part": row(
        lambda: pair().fit(both(image=holed())), r"`x\['image'\]`", "the rows 3, 7", r"families\.Observed", "WithMask"
    ),
    "infinity": row(lambda: pair().fit(both(image=np.full((36, *SHAPE), np.inf))), "`x`", "infinity"),
    "validation of another shape": row(
        lambda: pair().fit(both(), validation_data={"image": digits()[:, :4]}), r"`validation_data\['image'\]`"
    ),
    "a condition": row(lambda: pair().fit(both(), np.arange(36)), "takes no condition"),
    "an array of dicts": row(lambda: data.from_array([both()]), "`x`", "array of numbers"),
    "an absent modality that isn't said": row(
        lambda: data.from_array(both(label=np.full((36, 10), np.nan))), r"`x\['label'\]`", "NaN", "missing=True"
    ),
    "a dataset of other lengths": row(lambda: data.from_array(both(label=np.zeros((5, 10)))), "same, positive number"),
    "an array to make alone": row(lambda: data.with_each_alone(digits()), "`x`", "a dict of modalities"),
    "bytes to make alone": row(lambda: data.with_each_alone({"image": digits()}), "floats", "uint8", "image / 255"),
}

ASKED = {
    "pictures of samples": row(
        lambda: pair().fit(both(), verbose=0, callbacks=[callbacks.Samples("pictures")]),
        r"callbacks\.Samples",
        "image, label",
        r"pictures\.grid",
    ),
    "pictures of reconstructions": row(
        lambda: pair().fit(both(), verbose=0, callbacks=[callbacks.Reconstructions(digits()[:2], "pictures")]),
        r"callbacks\.Reconstructions",
        "one array",
    ),
    "an explorer": row(lambda: export.explorer(pair(), "out", data.from_array(both())), "The explorer", "one array"),
    "bytes of a picture": row(
        lambda: export.litert(pair(), "d.tflite", output="uint8", timed=False), "output='uint8'", "output='x'"
    ),
    "a fitted prior": row(
        lambda: latent.fit_prior(pair(), both(), priors.GaussianMixture(LATENT)), r"latent\.fit_prior", "image, label"
    ),
    "another prior": row(
        lambda: pair().with_prior(
            priors.GaussianMixture(LATENT), [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
        ),
        r"N\(0, I\)",
        "GaussianMixture",
    ),
}

ROWS = {**PARTS, **GIVEN, **ASKED}
