"""What every kind of column gives, and how it is saved.

A kind is a frozen dataclass, whose fields are what was learned of the column, None before. It gives

    levels     how many values there are, or None where they aren't counted
    ordered    whether their order means anything
    step       for whole numbers the distance of two of them in x, else None
    offset, scale    x = (number - offset) / scale
    named      the word of each code, for a column of words, else None
    unknown    the number of a word that isn't among them: NaN is a missing entry
    learned    (cells that are there) -> the kind, with all of this known
    numbers    (cells) -> float64 [N], NaN where one is missing
    cells      (numbers) -> an array of the column's own dtype
    summary    what was learned, in words
"""

import dataclasses
import math
import typing

import keras
import numpy as np

from tfvae import arguments


@typing.dataclass_transform(frozen_default=True)
def kind(cls):
    """Makes a class a kind of column that a saved model can hold."""

    def get_config(self):
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def from_config(cls, config):
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in config.items()})

    cls.get_config, cls.from_config = get_config, classmethod(from_config)
    # Under a name of its own: families have the same ones.
    return keras.saving.register_keras_serializable("tfvae", f"Column{cls.__name__}")(
        dataclasses.dataclass(frozen=True)(cls)
    )


def spread(numbers):
    """Returns (mean, stddev) of numbers, of which a constant column has a stddev of 1."""
    if not len(numbers):
        return 0.0, 1.0
    stddev = float(np.std(numbers))
    return float(np.mean(numbers)), stddev if stddev > 0 and math.isfinite(stddev) else 1.0


def key(cell):
    """Returns what two cells of one word have in common: whole numbers are alike, whatever their dtype.

    >>> key(2), key(2.0), key(True), key("2")
    ('2', '2', 'True', '2')
    """
    if isinstance(cell, bool | np.bool_):
        return str(bool(cell))
    if isinstance(cell, int | float | np.number) and float(cell).is_integer():
        return str(int(cell))
    return str(cell)


def codes(cells, words, unknown):
    """Returns float64 [N], the place of each cell among the words, `unknown` for another one, NaN for None and NaN."""
    known = {key(word): float(place) for place, word in enumerate(words)}
    return np.array([math.nan if missing(cell) else known.get(key(cell), unknown) for cell in cells], "float64")


def chosen(numbers, words):
    """Returns the words of codes, in the dtype that they have together; None, as objects, for NaN."""
    numbers = np.asarray(numbers, "float64")
    gone = np.isnan(numbers)
    places = np.clip(np.rint(np.where(gone, 0.0, numbers)), 0, len(words) - 1).astype(int)
    found = np.empty(numbers.shape, object)
    found[...] = np.array([*words, None], object)[np.where(gone, len(words), places)]
    kinds = {type(word) for word in found.flat}
    if len(kinds) != 1 or type(None) in kinds:
        return found
    return found.astype({bool: bool, int: "int64", float: "float64"}.get(kinds.pop(), object))


def missing(cell):
    """Returns whether a cell is empty: None, NaN, an empty text, or what pandas has in their place."""
    if cell is None or (isinstance(cell, str) and not cell) or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(cell, float | np.floating | np.datetime64) and bool(cell != cell)


def floats(cells):
    """Returns cells of numbers as float64 [N], NaN where one is missing."""
    cells = np.asarray(cells)
    if cells.dtype != object:
        return cells.astype("float64")
    return np.array([math.nan if missing(cell) else float(cell) for cell in cells], "float64")


def words(argument, value, least=2):
    """Returns words as a tuple of Python's own scalars.

    Raises:
        ValueError: They are not `least` words or more, each once.
    """
    listed = isinstance(value, list | tuple | np.ndarray)
    found = tuple(word.item() if isinstance(word, np.generic) else word for word in value) if listed else ()
    good = all(isinstance(word, str | bool | int | float) and not missing(word) for word in found)
    if len(found) < least or not good or len({key(word) for word in found}) < len(found):
        raise arguments.invalid(argument, f"a list of {least} words or more, each once", value)
    return found
