"""Tables, their columns, and what is filled of them."""

import pathlib

import numpy as np

from tests.errors.models import build
from tests.errors.row import row
from tests.models import digits
from tfvae import columns, data, evaluation, families, networks, recipes

CELLS = {"age": [31, 54, None, 40], "town": ["Ulm", "Ulm", "Bonn", None]}


def _table():
    return data.table(CELLS, learn_from="all")


def _model():
    vae = recipes.table_vae(_table(), 2)
    vae.trained = True
    return vae


def _write(text):
    return lambda: pathlib.Path("people.csv").write_text(text)


ROWS = {
    "a source of no kind": row(lambda: data.table([1, 2]), "`source`", "CSV or Parquet", r"source=\[1, 2\]"),
    "no file": row(lambda: data.table("nobody.csv"), "`source`", "nobody.csv"),
    "another file": row(lambda: data.table("people.csv.zip"), "`source`", r"\*\.csv, \*\.parquet|none", "zip"),
    "a table for pictures": row(
        lambda: data.load("people.csv"), "`name`", r"data\.table\(path\)", given=_write("age\n1\n")
    ),
    "a file of one line": row(lambda: data.table("people.csv"), "line of names", "1 lines", given=_write("age,town\n")),
    "a name twice": row(lambda: data.table("people.csv"), "each once", "'age', 'age'", given=_write("age,age\n1,2\n")),
    "a row too short": row(
        lambda: data.table("people.csv"), "Expected 2 cells", "1 in row 1", "Quote", given=_write("a,b\n1,2\n1\n")
    ),
    "a damaged Parquet file": row(
        lambda: data.table("people.parquet"),
        "people.parquet is no Parquet file",
        given=lambda: pathlib.Path("people.parquet").write_text("age"),
    ),
    "columns of unequal length": row(
        lambda: data.table({"a": [1, 2], "b": [1]}), "`source`", "same, positive number", r"'a': 2, 'b': 1"
    ),
    "no rows": row(lambda: data.table({"a": []}), "`source`", "positive number of rows"),
    "cells of several kinds": row(lambda: data.table({"a": [1, "x"]}), "column 'a'", "int, str", "one kind"),
    "cells that are vectors": row(lambda: data.table({"a": np.ones((3, 2))}), "column 'a'", r"\(3, 2\)"),
    "an infinite cell": row(lambda: data.table({"a": [1.0, np.inf]}), "column 'a'", "infinity in 1 of 2", "row 1"),
    "an empty column": row(lambda: data.table({"a": [None, None, None]}), "'a' is empty", r"without=\['a'\]"),
    "names of people": row(
        lambda: data.table({"name": [f"name {k}" for k in range(300)]}), "'name' has 300", "without=", "Categorical"
    ),
    "a kind that is a class": row(lambda: data.table(CELLS, {"age": columns.Integer}), "`kinds`", r"Integer\(\)"),
    "a kind of no column": row(
        lambda: data.table(CELLS, {"size": columns.Integer()}), "`kinds`", "age, town", "'size'"
    ),
    "a kind that the cells aren't": row(
        lambda: data.table(CELLS, {"town": columns.Numeric()}), "Column 'town' as Numeric", "could not convert"
    ),
    "nothing left": row(lambda: data.table(CELLS, without=["age", "town"]), "`without`", "not all"),
    "learned from nowhere": row(lambda: data.table(CELLS, learn_from="test"), "`learn_from`", "'train' or 'all'"),
    "binary of three": row(
        lambda: data.table({"a": ["x", "y", "z"]}, {"a": columns.Binary()}, learn_from="all"),
        "Column 'a' as Binary",
        "two different values",
        "3 in",
    ),
    "three words of binary": row(lambda: columns.Binary(["a", "b", "c"]), "`words`", "two words", "3"),
    "a word twice": row(lambda: columns.Ordinal(["a", "b", "a"]), "`words`", "each once"),
    "another grade": row(
        lambda: data.table({"a": ["x", "y", "z"]}, {"a": columns.Ordinal(["x", "y"])}, learn_from="all"),
        "`source`",
        "x < y",
        "'z'",
        "give None",
    ),
    "columns that aren't known": row(
        lambda: data.StandardizeColumns({"a": columns.Numeric()}), "`columns`", r"data\.table\(source\)\.columns"
    ),
    "a column that a model doesn't have": row(
        lambda: _model().encode({"size": [1.0]}), "`x`", "age, town", "'size'", "missing in all rows"
    ),
    "a dict of no columns": row(lambda: _model().encode({}), "`x`", "no column"),
    "columns of a batch of unequal length": row(
        lambda: _model().encode({"age": [1], "town": ["Ulm", "Ulm"]}), "`x`", "one length"
    ),
    "a recipe of no table": row(lambda: recipes.table_vae((8,), 2), "`table`", r"data\.table\('people\.csv'\)"),
    "a part that isn't": row(
        lambda: recipes.table_vae(_table(), 2, enccoder=None), "enccoder", "encoder", error=TypeError
    ),
    "families of pictures": row(
        lambda: families.Columns({"a": families.Normal((2,))}), "`families`", r"event_shape \(1,\)"
    ),
    "a step of 0": row(lambda: families.RoundedLogistic((1,), 0), "`step`", "> 0"),
    "a scale below a step": row(
        lambda: families.RoundedLogistic((1,), 1.0, min_scale=0.01), "`min_scale`", "0.15 steps", "0.01"
    ),
    "one level": row(lambda: families.OrderedLogistic((1,), 1), "`levels`", ">= 2"),
    "levels of no columns": row(
        lambda: networks.WithCategories(networks.linear((2,)), (1,)), "`levels`", r"\(None, 3\)", r"\(1,\)"
    ),
    "filling what is whole": row(
        lambda: evaluation.impute(build(), np.ones((2, 8, 8, 1))), "takes missing entries", r"table_iwae\(table\)"
    ),
    "an interval of all": row(
        lambda: evaluation.impute(_model(), CELLS, coverage=1.0), "`coverage`", r"in \(0, 1\)", "coverage=1.0"
    ),
    "no draws": row(lambda: evaluation.impute(_model(), CELLS, 0), "`num_samples`", "positive int"),
    "samples of rows": row(
        lambda: evaluation.data_copying(_model(), digits(), digits()), "row of a table", "Give its columns of numbers"
    ),
    "likeness of rows": row(lambda: evaluation.fidelity(digits(), _model()), "row of a table", "columns of numbers"),
}
