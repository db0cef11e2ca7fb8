"""Tables."""

import pathlib

from tests.cli.errors.words import TRAIN


def _table(here):
    here.text("people.csv")
    path = next(pathlib.Path().rglob("people.csv"))
    path.write_text("age,town\n" + "".join(f"{20 + k},{'Ulm' if k % 2 else 'Bonn'}\n" for k in range(30)))


ROWS = {
    "no table": (TRAIN + "--dataset nobody.csv", ["nobody.csv", "Expected a file"]),
    "a damaged table": (TRAIN + "--dataset a.csv", [r"a\.csv", "line of names"], lambda h: h.text("a.csv")),
    "a recipe of pictures": (
        TRAIN + "--dataset people.csv --recipe iwae",
        ["iwae", "doesn't go with this dataset", "table_vae, table_iwae"],
        _table,
    ),
    "a recipe of tables": (
        TRAIN + "--dataset digits --recipe table_vae",
        ["table_vae", "is for a table", r"people\.csv"],
    ),
    "an unknown kind": (
        TRAIN + "--dataset people.csv --set dataset.kinds.age=Intger",
        ["dataset.kinds.age", "'Intger'", "Did you mean Integer"],
        _table,
    ),
    "an order without words": (
        TRAIN + "--dataset people.csv --set dataset.kinds.town=Ordinal",
        ["dataset.kinds.town", "words", "part = "],
        _table,
    ),
    "a key of pictures": (
        TRAIN + "--dataset people.csv --image-size 8x8",
        ["dataset.image_size", "key of a table", "without"],
        _table,
    ),
    "filling of no table": ("impute nothing people.txt", [r"people\.txt", r"\*\.csv or \*\.parquet"]),
    "filling by no run": ("impute nothing people.csv", ["no run folder", "nothing"], _table),
}
