"""What is asked of samples and their training data."""

import numpy as np

from tests.errors.models import bad_rows, batches
from tests.errors.row import row
from tests.models import digits, make
from tfvae import evaluation


def copied(samples, train, held_out, network=None, **others):
    return evaluation.data_copying(samples, train, held_out, network, verbose=0, **others)


def vectors(count, size=3):
    return np.zeros([count, size])


ROWS = {
    "copies of a path": row(lambda: copied("x.npy", digits(), digits()), "`samples`", "an array of pictures"),
    "copies of a pair": row(lambda: copied(digits(), (digits(), digits()), digits()), "`train`", "an array"),
    "copies beside no yardstick": row(lambda: copied(digits(), digits(), None), "`held_out`", "an array of pictures"),
    "copies of nothing": row(lambda: copied(digits(), digits()[:0], digits()), "`train`", "Received none"),
    "copies beside few": row(lambda: copied(digits(), digits(), digits()[:7]), "`held_out`", "at least 8", "7"),
    "copies that are few": row(lambda: copied(digits()[:2], digits(), digits()), "`samples`", "at least 8", "2"),
    "copies that are NaN": row(lambda: copied(bad_rows(2), digits(), digits()), "`samples`", "rows 2"),
    "copies of another size": row(
        lambda: copied(vectors(20, 4), vectors(20), vectors(20)), "`samples`", "like those of `train`", "3 feat", "4"
    ),
    "a yardstick of another size": row(
        lambda: copied(vectors(20), vectors(20), vectors(20, 4)), "`held_out`", "like those of `train`", "3 feat", "4"
    ),
    "copies of signed pictures": row(
        lambda: copied(digits(), digits() / np.float32(127.5) - 1, digits()), "`train`", r"floats in \[0, 1\]"
    ),
    "copies without end": row(lambda: copied(digits(), batches().repeat(), digits()), "`train`", "with an end"),
    "more cells than examples": row(
        lambda: copied(digits(), digits(), digits(), cells=37), "`cells`", "at most 36", "cells=37"
    ),
    "no cell": row(lambda: copied(digits(), digits(), digits(), cells=0), "`cells`", "cells=0"),
    "cells of none": row(lambda: copied(digits(), digits(), digits(), least=0), "`least`", "least=0"),
    "a count of given samples": row(
        lambda: copied(digits(), digits(), digits(), count=9), "`count`", r"samples\[:count\]", "count=9"
    ),
    "a count of few": row(lambda: copied(make(), digits(), digits(), count=3), "`count`", ">= 8", "count=3"),
    "copies in a function": row(
        lambda: copied(digits(), digits(), digits(), lambda x: x), "`network`", "a Keras model"
    ),
    "a model of other images": row(lambda: copied(make(), digits(), np.zeros([20, 9, 9, 1], "uint8")), "9, 9, 1"),
}
