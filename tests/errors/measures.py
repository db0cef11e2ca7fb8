"""What is asked of reconstructions and samples."""

import functools

import keras
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier

from tests.errors.models import bad_rows, batches, grey, implicit, model
from tests.errors.row import row
from tests.models import digits, make
from tfvae import evaluation, latent, recipes
from tfvae.evaluation import anomaly


def network(shape=(8, 8, 1)):
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(3)], name="flat")


def compared(real, generated, given=None, **others):
    return evaluation.fidelity(real, generated, given or network(), verbose=0, **others)


def trained(*given, **others):
    return evaluation.classifier(*given, verbose=0, epochs=1, **others)


def codes():
    return np.random.default_rng(0).normal(size=(36, 3))


def known():
    """Two factors of 36 examples."""
    return np.stack([np.arange(36) % 4, np.arange(36) // 9], axis=1)


def unscaled():
    vae = make(preprocessing=None)
    vae.trained = True
    return vae


def length(dataset, seed, verbose):
    return np.concatenate([np.mean(x, axis=(1, 2, 3)) for x in dataset.as_numpy_iterator()])


def nan(dataset, seed, verbose):
    return np.array([1.0, np.nan, 2.0])


@functools.cache
def normal():
    return evaluation.calibrated(length, batches())


def purchases():
    vae = recipes.mult_vae((9,), 2)
    vae.trained = True
    return vae


ROWS = {
    "rate and distortion of an array": row(
        lambda: evaluation.rate_distortion(model(), digits()), "`dataset`", r"data\.from_array", "ndarray"
    ),
    "rate and distortion of nothing": row(lambda: evaluation.rate_distortion(model(), batches().take(0)), "is empty"),
    "rate and distortion without a density": row(
        lambda: evaluation.rate_distortion(implicit(), batches()), "prior is Implicit", "no density"
    ),
    "rate and distortion of grey pixels": row(
        lambda: evaluation.rate_distortion(unscaled(), batches()), "outside the support", r"DynamicBinarize"
    ),
    "rate and distortion by no draw": row(
        lambda: evaluation.rate_distortion(model(), batches(), num_samples=0), "`num_samples`", "num_samples=0"
    ),
    "front of NaN": row(lambda: evaluation.pareto_front([1.0], [np.nan]), "`second`", "a finite number for each point"),
    "front of a table": row(lambda: evaluation.pareto_front(codes(), codes()), "`first`", r"\[N\]"),
    "front of other points": row(lambda: evaluation.pareto_front([1.0, 2.0], [1.0]), "`second`", "as many", "2"),
    "ranks beyond the items": row(
        lambda: evaluation.recall(np.zeros((2, 3)), np.ones((2, 3)), 4), "`k`", r"1\.\.3", "k=4"
    ),
    "scores of other items": row(
        lambda: evaluation.ndcg(np.zeros((2, 3)), np.ones((2, 4)), 1), "`held_out`", r"\(2, 3\)", r"\(2, 4\)"
    ),
    "scores that are no numbers": row(
        lambda: evaluation.ndcg(np.full((2, 3), np.nan), np.ones((2, 3)), 1), "`scores`", r"\[N, D\]"
    ),
    "nothing held out": row(
        lambda: evaluation.ranking(purchases(), np.ones((2, 9)), np.zeros((2, 9))), "`held_out`", "none"
    ),
    "other users held out": row(
        lambda: evaluation.ranking(purchases(), np.ones((2, 9)), np.ones((3, 9))), "`held_out`", r"\(2, 9\)"
    ),
    "topics of another number of words": row(
        lambda: latent.topics(purchases(), words=["a", "b"], count=2), "`words`", "9 names", "words=2"
    ),
    "more words than there are": row(lambda: latent.topics(purchases(), count=10), "`count`", r"1\.\.9", "count=10"),
    "topics of pictures": row(lambda: latent.topics(model()), "`vae`", r"recipes\.prod_lda"),
    "reconstruction of an array": row(
        lambda: evaluation.reconstruction(model(), digits()), "`dataset`", r"data\.from_array", "ndarray"
    ),
    "reconstruction of nothing": row(lambda: evaluation.reconstruction(model(), batches().take(0)), "is empty"),
    "reconstruction by a path": row(
        lambda: evaluation.reconstruction("model.keras", batches()), "`vae`", r"tfvae\.load_model"
    ),
    "reconstruction without end": row(
        lambda: evaluation.reconstruction(model(), batches().repeat()), "`dataset`", "with an end"
    ),
    "reconstruction of bytes as they are": row(
        lambda: evaluation.reconstruction(unscaled(), batches(), verbose=0),
        r"no intensities in \[0, 1\]",
        "no preprocessing",
        "from 0 to 255",
        r"data\.Rescale\(\)",
    ),
    "features of a function": row(
        lambda: evaluation.reconstruction(model(), batches(), lambda x: x), "`network`", "a Keras model"
    ),
    "features of another size": row(
        lambda: evaluation.reconstruction(model(), batches(), network((9, 9, 3)), verbose=0),
        "`network`",
        r"\(8, 8, 1\)",
        "flat doesn't",
        r"evaluation\.adapted",
    ),
    "pictures without a network": row(
        lambda: evaluation.fidelity(digits(), digits()),
        "`network`",
        r"evaluation\.classifier\(train\)\.features",
        r"evaluation\.rotations",
        "network=None",
    ),
    "fidelity to a path": row(lambda: compared("digits.npy", digits()), "`real`", "an array of pictures", "digits"),
    "fidelity of a path": row(lambda: compared(digits(), "x.keras"), "`generated`", "an array of pictures"),
    "fidelity to a pair": row(lambda: compared((digits(), digits()), digits()), "`real`", "an array of pictures"),
    "fidelity to nothing": row(lambda: compared(digits()[:0], digits()), "`real`", "none"),
    "fidelity of few": row(lambda: compared(digits(), digits()[:5]), "at least 12", "36 real, 5 made"),
    "fidelity of more than there are": row(lambda: compared(digits(), digits(), count=50), "`count`, 50", "36 real"),
    "a count that has no error": row(lambda: compared(digits(), digits(), count=4), "`count`", ">= 12", "count=4"),
    "no neighbour": row(lambda: compared(digits(), digits(), neighbours=0), "`neighbours`", "neighbours=0"),
    "fidelity to NaN": row(lambda: compared(bad_rows(2), digits()), "`real`", "rows 2"),
    "fidelity to signed pictures": row(
        lambda: compared(digits() / np.float32(127.5) - 1, digits()),
        "`real`",
        r"floats in \[0, 1\]",
        "floats from -1 to 1",
    ),
    "fidelity of another size": row(
        lambda: evaluation.fidelity(np.zeros([20, 3]), np.zeros([20, 4]), verbose=0), "`generated`", "3 features", "4"
    ),
    "fidelity without end": row(lambda: compared(batches().repeat(), digits()), "`real`", "with an end"),
    "a classifier of no labels": row(
        lambda: trained(batches()), "`train`", r"\(image, label\)", r"evaluation\.rotations\(images\)"
    ),
    "a classifier of one array": row(lambda: trained(digits()), "`train`", "two arrays"),
    "a classifier of one class": row(
        lambda: trained((digits(), np.zeros(36, int))), "`train`", "two classes", "train=1"
    ),
    "a classifier of negative labels": row(
        lambda: trained((digits(), np.arange(36) - 1)), "`train`", "from 0 on", "train=-1"
    ),
    "a classifier of rows": row(
        lambda: trained((np.zeros([36, 4]), np.arange(36))), "`train`", r"\[B, height, width, channels\]"
    ),
    "a classifier of no epoch": row(
        lambda: evaluation.classifier((digits(), np.arange(36)), epochs=0), "`epochs`", "epochs=0"
    ),
    "turned rows": row(lambda: evaluation.rotations(np.zeros([36, 4])), "`images`", "height, width"),
    "turned paths": row(lambda: evaluation.rotations("x.png"), "`images`", "an array of pictures"),
    "scores of no factors": row(
        lambda: evaluation.disentanglement(model(), batches()),
        "`dataset`",
        "value of each factor",
        r"data\.load\('sprites",
    ),
    "scores of classes": row(
        lambda: evaluation.disentanglement(model(), (digits(), np.arange(36))), "`dataset`", r"int \[B, F\]"
    ),
    "scores of an array": row(lambda: evaluation.disentanglement(model(), digits()), "`dataset`", "or two arrays"),
    "scores without end": row(lambda: evaluation.disentanglement(model(), batches().repeat()), "`dataset`", "an end"),
    "scores of nothing": row(
        lambda: evaluation.disentanglement(model(), batches().take(0)), "`dataset`", "at least one example"
    ),
    "scores of fewer factors than images": row(
        lambda: evaluation.disentanglement(model(), (digits(), known()[:5])), "`dataset`", "36", "5"
    ),
    "scores of no example": row(
        lambda: evaluation.disentanglement(model(), (digits(), known()), count=0), "`count`", "count=0"
    ),
    "scores by a path": row(
        lambda: evaluation.disentanglement("m.keras", (digits(), known())), "`vae`", r"tfvae\.load_model"
    ),
    "a factor that is one value": row(
        lambda: evaluation.modularity(codes(), np.stack([known()[:, 0], np.ones(36, int)], axis=1)),
        "`factors`",
        "columns 1",
        r"np\.delete\(factors, \[1\], 1\)",
    ),
    "one factor": row(lambda: evaluation.dci(codes(), known()[:, :1]), "`factors`", "F >= 2"),
    "factors of floats": row(lambda: evaluation.dci(codes(), known() / 2), "`factors`", "whole numbers"),
    "fewer factors than codes": row(lambda: evaluation.dci(codes(), known()[:5]), "`factors`", "N = 36"),
    "codes of one dimension": row(lambda: evaluation.dci(codes()[:, :1], known()), "`codes`", "D >= 2"),
    "codes that are NaN": row(lambda: evaluation.dci(codes() * np.nan, known()), "`codes`", "finite"),
    "one bin": row(lambda: evaluation.mutual_information_gap(codes(), known(), bins=1), "`bins`", "bins=1"),
    "resamples below none": row(
        lambda: evaluation.modularity(codes(), known(), resamples=-1), "`resamples`", "standard errors", "resamples=-1"
    ),
    "refits below none": row(lambda: evaluation.dci(codes(), known(), refits=-1), "`refits`", "refits=-1"),
    "a seed below none": row(lambda: evaluation.dci(codes(), known(), seed=-1), "`seed`", "seed=-1"),
    "a classifier by name": row(
        lambda: evaluation.dci(codes(), known(), classifier="forest"),
        "`classifier`",
        "RandomForestClassifier",
        "forest",
    ),
    "a classifier that isn't made": row(
        lambda: evaluation.dci(codes(), known(), classifier=RandomForestClassifier), "`classifier`", r"Classifier\(\)"
    ),
    "a classifier without importances": row(
        lambda: evaluation.dci(codes(), known(), classifier=KNeighborsClassifier()), "`classifier`", "importances_"
    ),
    "continuous by name": row(
        lambda: evaluation.separated_attribute_predictability(codes(), known(), continuous="x"), "`continuous`", "2 of"
    ),
    "more continuous factors than there are": row(
        lambda: evaluation.separated_attribute_predictability(codes(), known(), continuous=[True] * 3),
        "`continuous`",
        "2 of them",
    ),
    "a set of one": row(lambda: evaluation.factor_vae_score(codes(), known(), set_size=1), "`set_size`", "set_size=1"),
    "no set to train": row(
        lambda: evaluation.beta_vae_score(codes(), known(), num_train=0), "`num_train`", "num_train=0"
    ),
    "a threshold below 0": row(
        lambda: evaluation.beta_vae_score(codes(), known(), threshold=-1), "`threshold`", "threshold=-1"
    ),
    "an adapted function": row(lambda: evaluation.adapted(lambda x: x), "`network`", "a Keras model"),
    "an adapted network of no size": row(
        lambda: evaluation.adapted(keras.Sequential([keras.Input((None, None, 3)), keras.layers.Flatten()])),
        "`size`",
        "height, width",
    ),
    "an adapted network of four channels": row(
        lambda: evaluation.adapted(network((8, 8, 3)), channels=4), "`channels`", "1 or 3", "channels=4"
    ),
    "a preprocessing by name": row(
        lambda: evaluation.adapted(network((8, 8, 3)), "resnet"), "`preprocess`", "a function", "'resnet'"
    ),
    "typicality of a path": row(lambda: evaluation.typicality("model.keras", batches()), "`vae`", r"tfvae\.load_model"),
    "typicality by an array": row(
        lambda: evaluation.typicality(model(), digits()), "`validation`", r"data\.from_array", "ndarray"
    ),
    "typicality by nothing": row(lambda: evaluation.typicality(model(), batches().take(0)), "is empty"),
    "typicality without end": row(
        lambda: evaluation.typicality(model(), batches().repeat()), "`validation`", "with an end"
    ),
    "typicality by no draw": row(
        lambda: evaluation.typicality(model(), batches(), num_samples=0), "`num_samples`", "num_samples=0"
    ),
    "typicality without a density": row(
        lambda: evaluation.typicality(implicit(), batches(), verbose=0), "whose prior is Implicit has no density"
    ),
    "typicality of grey pixels": row(
        lambda: evaluation.typicality(grey(), batches(), verbose=0), "12 of 12", "support", "DynamicBinarize"
    ),
    "a score that is a model": row(
        lambda: evaluation.calibrated(model(), batches()), "`score`", r"anomaly\.NegativeLogLikelihood\(vae\)"
    ),
    "a score by name": row(lambda: evaluation.calibrated("waic", batches()), "`score`", "a function", "'waic'"),
    "a score of NaN": row(
        lambda: evaluation.calibrated(nan, batches()), "the score nan", "NaN for 1 of 3", "number 1", "no rank"
    ),
    "a score of the whole": row(
        lambda: evaluation.calibrated(lambda *_: 3.0, batches()),
        r"the shape \(\)",
        r"one number for each example, \[N\]",
    ),
    "no score": row(lambda: evaluation.calibrated(lambda *_: [], batches()), r"the shape \(0,\)", "each example"),
    "p-values of an array": row(lambda: normal().p_values(digits()), "`dataset`", r"data\.from_array", "ndarray"),
    "p-values of NaN": row(lambda: normal().of_scores([np.nan]), "`given`", "NaN for 1 of 1", "no rank"),
    "a likelihood of a path": row(lambda: anomaly.NegativeLogLikelihood("m.keras"), "`vae`", r"tfvae\.load_model"),
    "a likelihood of half a draw": row(
        lambda: anomaly.NegativeLogLikelihood(model(), 0.5), "`num_samples`", "num_samples=0.5"
    ),
    "an entropy of NaN": row(lambda: anomaly.TypicalSet(length, np.nan), "`entropy`", "a finite number"),
    "a ratio to a model": row(lambda: anomaly.LikelihoodRatio(length, model()), "`background`", "a score of anomaly"),
    "a ratio to a score of other data": row(
        lambda: anomaly.LikelihoodRatio(length, lambda *_: [1.0])(batches()), "the same examples", "36, 1"
    ),
    "an ensemble of one": row(lambda: anomaly.WAIC([length]), "`scores`", "at least two"),
    "an ensemble of models": row(lambda: anomaly.WAIC([model(), model()]), "`scores`", "a score of anomaly"),
    "complexity by name": row(lambda: anomaly.InputComplexity(length, "png"), "`compress`", "a function", "'png'"),
    "a PNG of floats": row(
        lambda: anomaly.InputComplexity(length)(batches().map(lambda x: x / 255)),
        r"float32 \[8, 8, 1\]",
        r"anomaly\.deflate",
    ),
    "a PNG of modalities": row(
        lambda: anomaly.InputComplexity(length)(batches().map(lambda x: {"image": x})), "modalities", "image"
    ),
}
