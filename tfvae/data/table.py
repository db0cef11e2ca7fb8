"""Tables: rows of named columns of several kinds, any of whose cells may be missing."""

import numpy as np

from tfvae import arguments
from tfvae.data import cells as cell_arrays
from tfvae.data import columns
from tfvae.data import split as splits
from tfvae.data.array import from_array
from tfvae.data.columns import kind
from tfvae.data.standardize_columns import StandardizeColumns

# Words beyond which a column of text is most likely a name or a note.
_MOST_WORDS = 100
_OF_COLUMN = ("learned", "numbers", "cells", "levels")


class Table:
    """Rows of named columns, as numbers, and what was learned of each column; `data.table` makes it.

    Attributes:
        columns: {name: kind of column}, with what was learned of the training split.
        rows: float64 [N, C], as a model of this table takes them: numbers as they are, days since 1970 for dates, a
            code for a word, NaN where a cell is missing.
        guessed: Names of the columns whose kinds were told by their dtypes.
    """

    def __init__(self, found, rows, guessed, learn_from, positions, frame):
        self.columns, self.rows, self.guessed = found, rows, guessed
        self._learn_from, self._positions, self._frame = learn_from, positions, frame

    def __len__(self):
        """Returns the number of rows."""
        return len(self.rows)

    def split(self, split):
        """Returns the rows [n, C] of a split: "train", "validation", "test" or "all".

        Raises:
            ValueError: Another name, or an empty split.
        """
        return self.rows[self._positions(split)]

    def dataset(self, split="train", batch_size=128, shuffle=None, seed=0):
        """Returns a dataset of batches of a split's rows; see `from_array`.

        Args:
            split: "train", "validation", "test" or "all".
            batch_size: Rows per batch.
            shuffle: Whether each epoch has its own order; None shuffles the training split.
            seed: Seed of the order.
        """
        shuffle = split == "train" if shuffle is None else shuffle
        return from_array(self.split(split), batch_size=batch_size, shuffle=shuffle, seed=seed, missing=True)

    def preprocessing(self):
        """Returns the `StandardizeColumns` of a model of this table."""
        return StandardizeColumns(self.columns)

    def read(self, source):
        """Returns the rows [n, C] of another source with these columns; a column that it lacks is missing.

        Args:
            source: As for `data.table`.

        Raises:
            ValueError: It has other columns, or cells that the column's kind doesn't know.
        """
        return self.preprocessing().rows("source", cell_arrays.of(source))

    def like(self, found):
        """Returns a dict of columns, such as draws of a model, in the form that the table was given in.

        Args:
            found: {name: array [n]}.

        Returns:
            The dict, or a DataFrame where the table was made of one.
        """
        return found if self._frame is None else self._frame(found)

    def __repr__(self):
        """Returns what is known of each column, and what was guessed, a line each."""
        sizes = []
        for name in ("train", "validation", "test"):
            try:
                sizes.append(f"{name} {len(self._positions(name))}")
            except ValueError:
                sizes.append(f"{name} 0")
        width = max(map(len, self.columns))
        kinds = {name: type(column).__name__ for name, column in self.columns.items()}
        lines = [f"Table of {len(self)} rows ({', '.join(sizes)}), what follows learned from {self._learn_from!r}:"]
        for number, (name, column) in enumerate(self.columns.items()):
            gone = np.isnan(self.rows[:, number]).mean()
            lines.append(
                f"  {name:{width}}  {kinds[name]:{max(map(len, kinds.values()))}}  "
                f"{'guessed' if name in self.guessed else 'given':7}  {100 * gone:3.0f} % missing  {column.summary()}"
            )
        return "\n".join(lines)


def table(source, kinds=None, *, without=(), learn_from="train"):
    """Returns a table, from a file or from memory, whose columns' kinds, scales and categories are known.

    A column's kind is told by its dtype, and `print(table)` says what was guessed:

    - floats: `columns.Numeric`; floats that are whole with some missing, as pandas has them: `columns.Integer`;
    - integers: `columns.Integer`; bools, and integers that are 0 and 1: `columns.Binary`;
    - dates: `columns.Date`; texts: `columns.Categorical`.

    Nothing but `kinds` makes a column `columns.Ordinal`. A cell is missing where it is None, NaN or an empty text, in a
    CSV file also NA, N/A, NaN, null, none or ?. Scales and categories are those of the training split, which is 80 %
    by a hash of the row's number, as of other files; see `data.load`.

    Args:
        source: The path of a CSV file with a line of names, or of a Parquet file (by pyarrow); {name: cells}; or a
            pandas DataFrame.
        kinds: {name: kind}, such as {"grade": columns.Ordinal(["C", "B", "A"])}, for columns that are another kind
            than their dtype says. One with its arguments given learns nothing.
        without: Names of columns to leave out, such as a number of the row.
        learn_from: "train", or "all" where the test rows are elsewhere.

    Returns:
        A `Table`.

    Raises:
        ValueError: No such file, no rows, a column of several kinds of cells or of none, of texts that are hardly
            categories, or with words that its kind doesn't know; names in `kinds` or `without` that aren't columns.

    >>> people = table({"age": [31, 54, None, 40, 28], "town": ["Ulm", "Ulm", "Bonn", None, "Ulm"]}, learn_from="all")
    >>> people
    Table of 5 rows (train 3, validation 1, test 1), what follows learned from 'all':
      age   Integer      guessed   20 % missing  mean 38, stddev 10.11
      town  Categorical  guessed   20 % missing  2: Bonn, Ulm
    """
    if learn_from not in ("train", "all"):
        raise arguments.invalid("learn_from", "'train' or 'all'", learn_from)
    found = cell_arrays.of(source)
    kinds = _checked(kinds or {}, found)
    without = (without,) if isinstance(without, str) else tuple(without)
    _known("without", without, found)
    found = {name: cells for name, cells in found.items() if name not in without}
    if not found:
        raise arguments.invalid("without", "some of the columns, not all", without)
    hashes = splits.hash_numbers(np.arange(len(next(iter(found.values())))))

    def positions(split):
        return splits.choose(split, hashes, "the table")

    seen = positions(learn_from)
    learned = {
        name: _learned(name, kinds[name] if name in kinds else guess(name, cells), cells[seen])
        for name, cells in found.items()
    }
    frame = type(source) if cell_arrays.is_frame(source) else None
    rows = StandardizeColumns(learned).rows("source", found)
    return Table(learned, rows, tuple(name for name in learned if name not in kinds), learn_from, positions, frame)


def guess(name, cells):
    """Returns the kind of a column by the dtype of its cells, as `cells.of` returns them.

    Raises:
        ValueError: It is empty, or its texts are hardly categories.
    """
    there = [cell for cell in cells if not kind.missing(cell)]
    if not there:
        raise ValueError(f"Column {name!r} is empty: there is nothing to learn. Leave it out: without=[{name!r}].")
    if cells.dtype == bool or (cells.dtype == object and isinstance(there[0], bool)):
        return columns.Binary()
    if cells.dtype.kind == "M":
        return columns.Date()
    if cells.dtype == object:
        words = len(set(there))
        if words > _MOST_WORDS and words > len(there) / 2:
            raise ValueError(
                f"Column {name!r} has {words} different texts in {len(there)} rows, so these are hardly categories. "
                f"Leave it out, without=[{name!r}], or say that they are: kinds={{{name!r}: columns.Categorical()}}."
            )
        return columns.Categorical()
    numbers = np.asarray(there, "float64")
    whole = cells.dtype.kind == "i" or (len(there) < len(cells) and (numbers == np.rint(numbers)).all())
    if not whole:
        return columns.Numeric()
    return columns.Binary() if set(numbers) == {0.0, 1.0} else columns.Integer()


def _learned(name, column, cells):
    try:
        return column.learned([cell for cell in cells if not kind.missing(cell)])
    except (ValueError, TypeError) as error:
        raise ValueError(f"Column {name!r} as {type(column).__name__}: {arguments.one_line(error)}") from error


def _checked(kinds, found):
    good = isinstance(kinds, dict) and all(all(hasattr(each, name) for name in _OF_COLUMN) for each in kinds.values())
    if not good or any(isinstance(each, type) for each in kinds.values()):
        raise arguments.invalid("kinds", "a dict such as {'age': columns.Integer()}, of kinds of tfvae.columns", kinds)
    _known("kinds", kinds, found)
    return kinds


def _known(argument, names, found):
    unknown = [name for name in names if name not in found]
    if unknown:
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected names of columns: "
            f"{arguments.shortened(', '.join(found))}. Received: {unknown[0]!r}."
        )
