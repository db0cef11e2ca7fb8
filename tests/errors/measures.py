"""What is asked of reconstructions and samples."""

import keras
import numpy as np

from tests.errors.models import bad_rows, batches, model
from tests.errors.row import row
from tests.models import digits, make
from tfvae import evaluation


def network(shape=(8, 8, 1)):
    return keras.Sequential([keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(3)], name="flat")


def compared(real, generated, given=None, **others):
    return evaluation.fidelity(real, generated, given or network(), verbose=0, **others)


def trained(*given, **others):
    return evaluation.classifier(*given, verbose=0, epochs=1, **others)


def unscaled():
    vae = make(preprocessing=None)
    vae.trained = True
    return vae


ROWS = {
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
}
