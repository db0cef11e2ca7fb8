"""Columns of dates."""

import math

import numpy as np

from tfvae.data.columns import kind

_DAY = 86_400


@kind.kind
class Date:
    """Dates, or dates and times, as days since 1970; a density of them is one of days, and draws are whole days.

    Args:
        mean: Of what is there of the training split, in days since 1970; None is learned.
        stddev: Likewise, in days.

    >>> import numpy as np
    >>> column = Date().learned(np.array(["1970-01-01", "1970-01-03"], "datetime64[s]"))
    >>> column, column.cells([4.2])
    (Date(mean=1.0, stddev=1.0), array(['1970-01-05'], dtype='datetime64[D]'))
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
        return Date(*kind.spread(self.numbers(cells)))

    def numbers(self, cells):
        """Returns float64 [N], days since 1970; numbers are taken for such."""
        cells = np.asarray(cells)
        if cells.dtype.kind in "fiu":
            return cells.astype("float64")
        if cells.dtype == object:
            cells = [None if kind.missing(cell) else str(cell) for cell in cells]
        seconds = np.asarray(cells, "datetime64[s]")
        return np.where(np.isnat(seconds), math.nan, seconds.astype("int64") / _DAY)

    def cells(self, numbers):
        """Returns dates, datetime64[D], NaT where one is missing."""
        numbers = np.asarray(numbers, "float64")
        days = np.rint(np.where(np.isnan(numbers), 0, numbers)).astype("int64").astype("datetime64[D]")
        return np.where(np.isnan(numbers), np.datetime64("NaT", "D"), days)

    def summary(self):
        """Returns mean and standard deviation in words."""
        return f"mean {self.cells([self.mean])[0]}, stddev {self.stddev:.4g} days"
