"""Columns of whole numbers."""

import math

import numpy as np

from tfvae.data.columns import kind


@kind.kind
class Integer:
    """Whole numbers that are many or have no ends, such as an age in years; few of them are `Ordinal` or `Categorical`.

    x = (number - offset) / stddev,  the offset a whole number, so that x is a multiple of 1 / stddev

    Args:
        mean: Of what is there of the training split, rounded; None is learned.
        stddev: Likewise, not rounded.

    >>> import numpy as np
    >>> Integer().learned(np.array([30, 51])).offset
    40.0
    """

    mean: float | None = None
    stddev: float | None = None

    levels = named = None
    ordered = True
    unknown = math.nan

    @property
    def offset(self):
        """The mean, rounded."""
        return self.mean

    @property
    def scale(self):
        """The standard deviation."""
        return self.stddev

    @property
    def step(self):
        """Distance of two neighbours in x."""
        return None if self.stddev is None else 1.0 / self.stddev

    def learned(self, cells):
        """Returns the column with mean and standard deviation of cells that are there."""
        mean, stddev = kind.spread(kind.floats(cells))
        return Integer(float(np.rint(mean)), stddev)

    def numbers(self, cells):
        """Returns float64 [N], rounded."""
        return np.rint(kind.floats(cells))

    def cells(self, numbers):
        """Returns whole numbers, int64, or float64 where one is missing."""
        found = np.rint(np.asarray(numbers, "float64"))
        return found if np.isnan(found).any() else found.astype("int64")

    def summary(self):
        """Returns mean and standard deviation in words."""
        return f"mean {self.mean:.4g}, stddev {self.stddev:.4g}"
