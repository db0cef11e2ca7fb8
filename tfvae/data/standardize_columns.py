"""From raw rows of a table to x, inside the graph, and back."""

import math

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.data.columns import kind
from tfvae.data.preprocessing import Preprocessing


@register
class StandardizeColumns(Preprocessing):
    """x = (row - offset) / scale for each column of a table, with what was learned of it; NaN, a missing cell, stays.

    A row is one number a column: a number itself, days since 1970 for a date, a code for a word. A model with this step
    also takes {name: cells}, words as they are, and gives such a dict back.

    Args:
        columns: {name: a kind of `tfvae.columns`} whose mean, words and the like are known, as by `data.table`.

    Raises:
        ValueError: `columns` is no such dict.

    >>> from tfvae.data import columns
    >>> step = StandardizeColumns({"age": columns.Integer(40.0, 10.0), "town": columns.Categorical(["Bonn", "Ulm"])})
    >>> step(step.rows("x", {"age": [50, None], "town": ["Ulm", "Kiel"]})).numpy().tolist()
    [[1.0, 1.0], [nan, 0.0]]
    """

    raw_dtype = "float64"

    def __init__(self, columns, **kwargs):
        super().__init__(**kwargs)
        good = isinstance(columns, dict) and columns and all(isinstance(name, str) for name in columns)
        if not good or any(getattr(column, "scale", None) is None for column in columns.values()):
            expected = "a dict of kinds of columns that are known, such as data.table(source).columns"
            raise arguments.invalid("columns", expected, columns)
        self.columns = dict(columns)
        self._offset = np.array([column.offset for column in columns.values()], "float64")
        self._scale = np.array([column.scale for column in columns.values()], "float64")

    def call(self, raw, seed=None):
        """Returns x [B, C]; draws nothing."""
        del seed
        # Subtracted in float64, in which a day of a century and its hour both fit.
        return tf.cast((tf.cast(raw, tf.float64) - self._offset) / self._scale, self.float_dtype)

    def raw(self, x):
        """Returns rows [..., C], float64, of x [..., C]."""
        return tf.cast(x, tf.float64) * self._scale + self._offset

    def log_jacobians(self):
        """Returns [C], what turns a log density of each entry of x into one in the column's unit, in nats.

        Probabilities, of words and of whole numbers, have no unit.
        """
        counted = [column.levels is not None or column.step is not None for column in self.columns.values()]
        return np.where(counted, 0.0, -np.log(self._scale))

    def log_jacobian(self, event_shape):
        """Returns the sum of `log_jacobians`, for a row without gaps."""
        del event_shape
        return math.fsum(self.log_jacobians())

    def rows(self, argument, cells):
        """Returns the rows [N, C], float64, of cells; a column that isn't given is missing.

        Args:
            argument: Its name, for errors.
            cells: {name: array or list [N]}.

        Raises:
            ValueError: A column that the table doesn't have, or a cell that isn't one of its kind.
        """
        self.known(argument, cells)
        count = len(next(iter(cells.values())))
        return np.stack(
            [
                self._numbers(argument, name, column, cells[name]) if name in cells else np.full(count, math.nan)
                for name, column in self.columns.items()
            ],
            axis=1,
        )

    def numbers(self, name, cells):
        """Returns the numbers [B], float64, of a column's cells within a graph; a text that is empty is missing.

        An unknown word is what its column says: one category of its own, or missing.
        """
        column = self.columns[name]
        if column.named is None:
            return tf.cast(cells, tf.float64)
        if cells.dtype == tf.string:
            words, gone = tf.constant([kind.key(word) for word in column.named]), tf.equal(cells, "")
        else:
            cells = tf.cast(cells, tf.float64)
            words = tf.constant([_number(word) for word in column.named], tf.float64)
            gone = tf.math.is_nan(cells)
        same = tf.equal(cells[:, tf.newaxis], words)
        code = tf.cast(tf.argmax(tf.cast(same, tf.int32), axis=-1), tf.float64)
        code = tf.where(tf.reduce_any(same, axis=-1), code, tf.constant(column.unknown, tf.float64))
        return tf.where(gone, tf.constant(math.nan, tf.float64), code)

    def known(self, argument, cells):
        """Refuses a dict of other columns, of none, or of unequal lengths."""
        unknown = [name for name in cells if name not in self.columns]
        if unknown or not cells:
            received = repr(unknown[0]) if unknown else "no column"
            raise ValueError(
                f"Invalid value for argument `{argument}`. Expected columns of the table: "
                f"{arguments.shortened(', '.join(self.columns))}. Received: {received}. Drop what is no column; one "
                "that is left out is missing in all rows."
            )
        lengths = {name: len(each) for name, each in cells.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(
                f"Invalid value for argument `{argument}`. Expected columns of one length. Received: "
                f"{arguments.shortened(str(lengths))}."
            )

    @staticmethod
    def _numbers(argument, name, column, cells):
        try:
            found = column.numbers(cells)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"Invalid value for argument `{argument}`. Expected cells of {type(column).__name__} in column "
                f"{name!r}. {arguments.one_line(error)}."
            ) from error
        for cell, number in zip(cells, found, strict=True):
            if math.isnan(number) and not kind.missing(cell):
                raise ValueError(
                    f"Invalid value for argument `{argument}`. Expected one of {column.summary()} in column {name!r}. "
                    f"Received: {cell!r}. Where that is another word for a missing cell, give None in its place."
                )
        return found

    def cells(self, x):
        """Returns {name: array [...]} in the columns' own dtypes, of x [..., C]."""
        raw = np.asarray(self.raw(x))
        return {name: column.cells(raw[..., place]) for place, (name, column) in enumerate(self.columns.items())}


def _number(word):
    return math.nan if isinstance(word, str) else float(word)
