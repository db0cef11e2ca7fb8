"""A number with its error."""

import math
from typing import NamedTuple

import numpy as np


class Estimate(NamedTuple):
    """A number with its error.

    Attributes:
        value: The estimate; of values for each example their mean.
        standard_error: Of `value`; NaN where there are too few examples for one.
        per_example: float64 [N], in the order of the input, where `value` is their mean; else None.
    """

    value: float
    standard_error: float
    per_example: np.ndarray | None = None


def of_examples(per_example):
    """Returns the mean of values for each example, [N], with its standard error s / sqrt(N).

    >>> of_examples([1.0, 2.0, 3.0])[:2]
    (2.0, 0.577...)
    """
    per_example = np.asarray(per_example, "float64")
    count = len(per_example)
    # A picture that comes back exactly has an infinite PSNR, and so has the mean, with no error that means something.
    if count < 2 or not np.isfinite(per_example).all():
        return Estimate(float(per_example.mean()), math.nan, per_example)
    return Estimate(float(per_example.mean()), float(per_example.std(ddof=1) / math.sqrt(count)), per_example)
