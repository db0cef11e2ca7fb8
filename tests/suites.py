"""Which rows of a table the default suite runs, and which are slow.

The default suite runs on every change and has to be quick. It runs each contract on one row of each kind of mechanism:
a part, a way of running, an exported file. The other rows of a product (each recipe, each combination, each precision)
only meet mechanisms in other company, and are for `-m slow`, which CI runs as well.

Where such a table has a row for each recipe, or for many combinations, CI runs those of each kind. The others are
marked `exhaustive` and run before a release, `scripts/test -m exhaustive`, in an hour or so.
"""

import pytest

from tfvae import recipes


def quick(rows, *, keep, ids=str):
    """Returns pytest's parameters for rows, of which those not in `keep` are slow.

    A row that is new to a table is slow until it is named in `keep`: name it there if it is the first of its kind.

    Args:
        rows: All of them.
        keep: Those of the default suite.
        ids: Row -> its name.
    """
    rows, keep = list(rows), list(keep)
    unknown = [row for row in keep if row not in rows]
    assert not unknown, f"no rows of the table: {unknown}"
    return [pytest.param(row, id=ids(row), marks=() if row in keep else pytest.mark.slow) for row in rows]


def _first_of_each_module():
    found = {}
    for name in recipes.__all__:
        found.setdefault(getattr(recipes, name).__module__, name)
    return frozenset(found.values())


#: A recipe of each module of `tfvae.recipes`: a module has recipes of one kind.
RECIPES = _first_of_each_module()


def marks(name):
    """Returns the mark of a row that is about a recipe."""
    return pytest.mark.slow if name in RECIPES else pytest.mark.exhaustive


def of_recipes(names):
    """Returns a parameter for each recipe, marked by `marks`."""
    return [pytest.param(name, marks=marks(name)) for name in names]


def every(number, rows):
    """Returns a parameter for each row, of which every so many are slow, and the others exhaustive."""
    return [
        pytest.param(row, marks=pytest.mark.exhaustive if place % number else pytest.mark.slow)
        for place, row in enumerate(rows)
    ]
