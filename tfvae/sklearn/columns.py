"""Columns in units of their own spread, as a network takes them."""

from typing import NamedTuple

import numpy as np


class Columns(NamedTuple):
    """x = (X - mean) / scale, column by column.

    Attributes:
        mean: float64 [d], in the units of the table.
        scale: float64 [d], > 0, likewise.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, table, standardise=True):
        """Returns the mean and the standard deviation of each column of a table [n, d], leaving out NaN.

        A column of one value has the scale 1. One of NaN alone has the mean 0 and the scale 1, and so have all without
        `standardise`.
        """
        width = table.shape[1]
        if not standardise:
            return cls(np.zeros(width), np.ones(width))
        table = np.where(np.isnan(table).all(axis=0), 0.0, table)
        mean, scale = np.nanmean(table, axis=0), np.nanstd(table, axis=0)
        # The mean of equal numbers is off by its rounding, and so is their standard deviation from 0.
        constant = scale <= 10 * np.finfo(table.dtype).eps * np.abs(mean)
        return cls(mean, np.where(constant, 1.0, scale))

    def to_model(self, table):
        """Returns rows [n, d] as the model sees them.

        >>> columns = Columns.of(np.array([[1.0, 5.0], [3.0, 5.0]]))
        >>> columns.to_model(np.array([[3.0, 6.0]])).tolist()
        [[1.0, 1.0]]
        """
        return (table - self.mean) / self.scale

    def to_table(self, rows):
        """Returns what the model gives [n, d] in the units of the table."""
        return rows * self.scale + self.mean

    @property
    def log_jacobian(self):
        """Log |det dx/dX| = -sum_j log scale_j, in nats a row: log p(X) = log p(x) + log_jacobian."""
        return -float(np.log(self.scale).sum())
