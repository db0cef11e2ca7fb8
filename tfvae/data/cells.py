"""Cells of a table from a file, a dict or a DataFrame: {name: array [N]}, in one dtype for each column."""

import csv
import os
import pathlib
import re

import numpy as np

from tfvae import arguments
from tfvae.data.columns import kind

#: Texts of a CSV file that mean that a cell is empty, in lower case.
MISSING = ("", "na", "n/a", "nan", "null", "none", "?")
_INTEGER, _DATE = re.compile(r"[+-]?\d{1,18}"), re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d*)?)?)?")


def is_frame(source):
    """Returns whether something is a pandas DataFrame, which nothing here imports."""
    return type(source).__module__.split(".")[0] == "pandas" and hasattr(source, "columns")


def is_table(path):
    """Returns whether a path's name is one of a table's file."""
    return pathlib.Path(path).suffix.lower() in _READERS


def of(source):
    """Returns {name: array [N]}: bool, int64, float64, datetime64[s] or, of words and what has gaps, objects.

    Args:
        source: The path of a CSV or Parquet file, {name: cells}, or a DataFrame.

    Raises:
        ValueError: It is something else, has no rows, columns of unequal length, or cells of several kinds in one.
    """
    if isinstance(source, str | os.PathLike):
        source = _file(pathlib.Path(source).expanduser())
    elif is_frame(source):
        source = {name: source[name].to_numpy() for name in source.columns}
    if not isinstance(source, dict) or not source or not all(isinstance(name, str) and name for name in source):
        raise arguments.invalid(
            "source",
            "the path of a CSV or Parquet file, a dict {name: cells}, or a DataFrame with named columns",
            source,
        )
    found = {name: column(name, cells) for name, cells in source.items()}
    lengths = {name: len(cells) for name, cells in found.items()}
    if len(set(lengths.values())) > 1 or not min(lengths.values()):
        raise ValueError(
            "Invalid value for argument `source`. Expected columns with the same, positive number of rows. Received: "
            f"{arguments.shortened(str(lengths))}."
        )
    return found


def column(name, cells):
    """Returns the cells of a column as an array of one dtype.

    Raises:
        ValueError: They are several kinds of values, or no values of one axis.

    >>> column("age", [31, None]).tolist(), column("town", ["Ulm", ""]).tolist()
    ([31.0, nan], ['Ulm', None])
    """
    array = np.asarray(cells) if hasattr(cells, "dtype") else _objects(cells)
    if array.ndim != 1:
        raise ValueError(
            f"Invalid value for column {name!r}. Expected one cell for each row. Received: shape {array.shape}. Give "
            "each number of a vector a column of its own."
        )
    if array.dtype.kind in "biu":
        return array if array.dtype.kind == "b" else array.astype("int64")
    if array.dtype.kind == "f":
        _refuse_infinity(name, array)
        return array.astype("float64")
    if array.dtype.kind == "M":
        return array.astype("datetime64[s]")
    array = array.astype(object)
    gone = np.array([kind.missing(cell) for cell in array], bool)
    return _one_dtype(name, array, gone)


def _objects(cells):
    array = np.empty(len(cells), object)
    array[:] = list(cells)
    return array


def _one_dtype(name, array, gone):
    there = [cell.decode() if isinstance(cell, bytes) else cell for cell in array[~gone]]
    found = np.full(len(array), None, object)
    if all(isinstance(cell, bool | np.bool_) for cell in there):
        found[~gone] = [bool(cell) for cell in there]
        return found if gone.any() else found.astype(bool)
    if all(isinstance(cell, int | float | np.number) and not isinstance(cell, bool | np.bool_) for cell in there):
        numbers = np.full(len(array), np.nan)
        numbers[~gone] = there
        _refuse_infinity(name, numbers)
        whole = not gone.any() and all(isinstance(cell, int | np.integer) for cell in there)
        return numbers.astype("int64") if whole else numbers
    if all(isinstance(cell, str) for cell in there):
        found[~gone] = there
        return found
    if all(hasattr(cell, "isoformat") or isinstance(cell, np.datetime64) for cell in there):
        dates = np.full(len(array), "NaT", "datetime64[s]")
        dates[~gone] = [np.datetime64(str(cell).replace(" ", "T"), "s") for cell in there]
        return dates
    kinds = ", ".join(sorted({type(cell).__name__ for cell in there}))
    raise ValueError(
        f"Invalid value for column {name!r}. Expected cells of one kind: numbers, texts, bools or dates. Received: "
        f"{kinds}. Make them alike, such as [str(cell) for cell in cells]."
    )


def _refuse_infinity(name, numbers):
    rows = np.flatnonzero(np.isinf(numbers))
    if len(rows):
        raise ValueError(
            f"Invalid value for column {name!r}. Expected finite numbers, or NaN where a cell is missing. Received: "
            f"infinity in {len(rows)} of {len(numbers)} rows, first in row {rows[0]}."
        )


def _file(path):
    if not path.is_file():
        raise ValueError(f"Invalid value for argument `source`. Expected a file. Received: {path}, which is none.")
    if path.suffix.lower() not in _READERS:
        raise ValueError(
            f"Invalid value for argument `source`. Expected a file *{', *'.join(_READERS)}. Received: {path}."
        )
    return _READERS[path.suffix.lower()](path)


def _csv(path):
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path} is no CSV file in UTF-8: {error}. Save it as one.") from error
    if len(lines) < 2:
        raise ValueError(f"Expected a line of names and a line for each row in {path}. Received: {len(lines)} lines.")
    names, rows = [name.strip() for name in lines[0]], lines[1:]
    if len(set(names)) < len(names) or not all(names):
        raise ValueError(
            f"Expected a name for each column in the first line of {path}, each once. Received: "
            f"{arguments.shortened(', '.join(map(repr, names)))}."
        )
    uneven = next((number for number, row in enumerate(rows) if len(row) != len(names)), None)
    if uneven is not None:
        raise ValueError(
            f"Expected {len(names)} cells in each row of {path}. Received: {len(rows[uneven])} in row {uneven}. "
            "Quote cells that hold a comma."
        )
    return {name: parsed([row[place].strip() for row in rows]) for place, name in enumerate(names)}


def parsed(texts):
    """Returns a column of a CSV file: the first of bools, whole numbers, numbers, dates that all are, else texts.

    >>> parsed(["1", "NA", "3"]).tolist(), parsed(["yes", "?"]).tolist()
    ([1.0, nan, 3.0], ['yes', None])
    """
    gone = np.array([text.lower() in MISSING for text in texts], bool)
    there = [text for text, empty in zip(texts, gone, strict=True) if not empty]
    if there and all(text.lower() in ("true", "false") for text in there):
        return _filled(gone, [text.lower() == "true" for text in there])
    if there and all(_INTEGER.fullmatch(text) for text in there):
        return _filled(gone, [int(text) for text in there])
    if there and all(_number(text) for text in there):
        return _filled(gone, [float(text) for text in there])
    if there and all(_DATE.fullmatch(text) for text in there):
        dates = np.full(len(texts), "NaT", "datetime64[s]")
        dates[~gone] = [np.datetime64(text.replace(" ", "T"), "s") for text in there]
        return dates
    return _filled(gone, there)


def _filled(gone, there):
    found = np.full(len(gone), None, object)
    found[~gone] = there
    return column("", found)


def _number(text):
    try:
        return np.isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def _parquet(path):
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise ValueError(
            f"{path} needs the package pyarrow to be read. Install it, pip install pyarrow, or save the table as CSV."
        ) from error
    try:
        return pyarrow.parquet.read_table(path).to_pydict()
    except (OSError, ValueError) as error:  # pyarrow's own errors are ValueErrors
        raise ValueError(f"{path} is no Parquet file, or is damaged: {arguments.one_line(error)}.") from error


_READERS = {".csv": _csv, ".parquet": _parquet}
