"""Columns of real numbers."""

import math

import numpy as np

from tfvae.data.columns import kind


@kind.kind
class Numeric:
    """Real numbers, such as a length.

    x = (number - mean) / stddev

    Args:
        mean: Of what is there of the training split; None is learned.
        stddev: Likewise.

    >>> import numpy as np
    >>> Numeric().learned(np.array([1.0, 3.0]))
    Numeric(mean=2.0, stddev=1.0)
    """

    mean: float | None = None
    stddev: float | None = None

    levels = step = named = None
    ordered = True
    unknown = math.nan

    @property
    def offset(self):
        """The mean."""
        return self.mean

    @property
    def scale(self):
        """The standard deviation."""
        return self.stddev

    def learned(self, cells):
        """Returns the column with mean and standard deviation of cells that are there."""
        return Numeric(*kind.spread(kind.floats(cells)))

    def numbers(self, cells):
        """Returns float64 [N]."""
        return kind.floats(cells)

    def cells(self, numbers):
        """Returns the numbers, float64."""
        return np.asarray(numbers, "float64")

    def summary(self):
        """Returns mean and standard deviation in words."""
        return f"mean {self.mean:.4g}, stddev {self.stddev:.4g}"
