"""Which rows of a table the default suite runs, which CI runs beside it, and which are for a release.

The default suite runs on every change and has to be quick. It runs each contract on one row of each kind of mechanism:
a part, a way of running, an exported file. The other rows of a product (each recipe, each combination, each precision)
only meet mechanisms in other company. CI runs some of them, marked `slow`: one of each kind that is in no other table.
The rest are marked `exhaustive` and run before a release, `scripts/test -m exhaustive`, in two hours or so.
"""

import pytest

from tfvae import recipes


def quick(rows, *, keep, slow=None, ids=str):
    """Returns pytest's parameters for rows, of which those not in `keep` are slow or exhaustive.

    A row that is new to a table isn't quick until it is named in `keep`: name it there if it is the first of its kind.

    Args:
        rows: All of them.
        keep: Those of the default suite.
        slow: Those that CI runs beside it. The others are exhaustive. By default CI runs them all.
        ids: Row -> its name.
    """
    rows, keep = list(rows), list(keep)
    slow = rows if slow is None else list(slow)
    unknown = [row for row in (*keep, *slow) if row not in rows]
    assert not unknown, f"no rows of the table: {unknown}"

    def mark(row):
        return () if row in keep else pytest.mark.slow if row in slow else pytest.mark.exhaustive

    return [pytest.param(row, id=ids(row), marks=mark(row)) for row in rows]


def chosen(rows, slow):
    """Returns pytest's parameters for the rows of a table that the default suite leaves out.

    Args:
        rows: All of them, each a value or a tuple of values.
        slow: Those that CI runs. The others are exhaustive.
    """
    return [
        pytest.param(*(row if isinstance(row, tuple) else (row,)), marks=one.marks)
        for row, one in zip(rows, quick(rows, keep=(), slow=slow), strict=True)
    ]


def _first_of_each_module():
    found = {}
    for name in recipes.__all__:
        found.setdefault(getattr(recipes, name).__module__, name)
    return tuple(found.values())


#: A recipe of each module of `tfvae.recipes`: a module has recipes of one kind.
RECIPES = _first_of_each_module()
#: The tables that have a row for each recipe. In CI a recipe of each kind is in one of them, in turn.
TABLES = ("contract", "server", "phone", "command line")


def marks(name, table):
    """Returns the mark of a row that is about a recipe, in one of `TABLES`."""
    turn = RECIPES.index(name) % len(TABLES) if name in RECIPES else None
    return pytest.mark.slow if turn == TABLES.index(table) else pytest.mark.exhaustive


def of_recipes(names, table):
    """Returns a parameter for each recipe, marked by `marks`."""
    return [pytest.param(name, marks=marks(name, table)) for name in names]


def every(number, rows):
    """Returns a parameter for each row, of which every so many are slow, and the others exhaustive."""
    return [
        pytest.param(row, marks=pytest.mark.exhaustive if place % number else pytest.mark.slow)
        for place, row in enumerate(rows)
    ]
