"""Tables: kinds told by dtypes, what is learned of the training split alone, and cells to numbers and back."""

import csv
import datetime

import numpy as np
import pytest
import tensorflow as tf

from tfvae import columns, data

N = 60


def people(count=N):
    """Cells of every kind, some missing, and which kind each is."""
    rng = np.random.default_rng(0)
    return {
        "age": [None if k % 7 == 3 else 20 + k for k in range(count)],
        "height": [float("nan") if k % 5 == 2 else 1.5 + 0.01 * k + 0.001 for k in range(count)],
        "town": ["Ulm" if k % 3 else None if k % 2 else "Bonn" for k in range(count)],
        "smokes": [bool(k % 2) for k in range(count)],
        "since": [datetime.date(2020, 1, 1) + datetime.timedelta(days=3 * k) for k in range(count)],
        "grade": list(rng.choice(["C", "B", "A"], count)),
        "ill": [k % 2 for k in range(count)],
    }


GRADE = {"grade": columns.Ordinal(["C", "B", "A"])}
KINDS = ["Integer", "Numeric", "Categorical", "Binary", "Date", "Ordinal", "Binary"]


def test_kinds_are_told_by_dtypes_and_said():
    table = data.table(people(), GRADE)
    assert [type(column).__name__ for column in table.columns.values()] == KINDS
    assert set(table.guessed) == set(people()) - {"grade"}
    lines = repr(table).splitlines()
    assert "60 rows" in lines[0]
    assert all(name in line and kind in line for name, kind, line in zip(people(), KINDS, lines[1:], strict=True))
    assert "given" in lines[6]
    assert "guessed" in lines[1]
    assert "15 % missing" in lines[1]
    numpy = {name: np.array(cells) for name, cells in people().items() if name != "town"}
    assert numpy["age"].dtype == object
    again = data.table(numpy, {**GRADE, "age": columns.Numeric()})
    assert isinstance(again.columns["age"], columns.Numeric)
    np.testing.assert_array_equal(again.rows, np.delete(table.rows, 2, axis=1))
    assert isinstance(data.table({"x": [1.0, 2.0, 3.0, 5.0]}).columns["x"], columns.Numeric)
    assert list(data.table(people(), without=["town", "grade"]).columns) == [
        name for name in people() if name not in ("town", "grade")
    ]


def test_a_file_is_read_as_the_same_cells(tmp_path):
    table = data.table(people(), GRADE)
    cells = [
        ["NA" if value is None or value != value else value for value in row]
        for row in zip(*people().values(), strict=True)
    ]
    with (tmp_path / "people.csv").open("w", newline="") as file:
        csv.writer(file).writerows([list(people()), *cells])
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table(people()), tmp_path / "people.parquet")
    for name in ("people.csv", "people.parquet"):
        found = data.table(tmp_path / name, GRADE)
        assert found.columns == table.columns
        np.testing.assert_allclose(found.rows, table.rows, rtol=1e-12)
        np.testing.assert_array_equal(data.table(str(tmp_path / name), GRADE).rows, found.rows)


def test_what_is_learned_is_of_the_training_split():
    cells = people()
    table = data.table(cells, GRADE)
    train = table.split("train")
    for place, name in ((1, "height"), (4, "since")):
        there = train[:, place][~np.isnan(train[:, place])]
        np.testing.assert_allclose(table.columns[name].mean, there.mean(), rtol=1e-12)
        np.testing.assert_allclose(table.columns[name].stddev, there.std(), rtol=1e-12)
    # Other values of the test split change nothing that was learned; all of them are seen where that is asked for.
    outside = np.flatnonzero(~(table.rows[:, None] == train).all(axis=-1).any(axis=-1) & ~np.isnan(table.rows[:, 1]))
    outside = [row for row in outside if not np.isnan(table.rows[row]).any()]
    cells["height"][outside[0]] = 1e6
    cells["town"][outside[0]] = "Kiel"
    changed = data.table(cells, GRADE)
    assert changed.columns == table.columns
    assert changed.rows[outside[0], 2] == 0.0
    assert changed.columns["town"].cells([0.0])[0] == columns.OTHER
    everything = data.table(cells, GRADE, learn_from="all")
    assert everything.columns["town"].words == ("Bonn", "Kiel", "Ulm")
    assert everything.columns["height"].mean > 1e4
    lengths = [len(table.split(split)) for split in ("train", "validation", "test")]
    assert sum(lengths) == len(table) == N


def test_cells_come_back_in_their_dtypes():
    table = data.table(people(), GRADE)
    step = table.preprocessing()
    x = step(table.rows)
    np.testing.assert_array_equal(np.isnan(x), np.isnan(table.rows))
    back = step.cells(x)
    given = people()
    for name in ("town", "smokes", "grade", "ill"):
        assert back[name].tolist() == given[name]
    assert back["smokes"].dtype == bool
    assert back["ill"].dtype == np.int64
    assert back["since"].dtype == "datetime64[D]"
    assert back["since"].tolist() == given["since"]
    age = np.array([np.nan if cell is None else cell for cell in given["age"]])
    np.testing.assert_array_equal(back["age"], age)
    assert step.cells(x[:3])["age"].dtype == np.int64
    np.testing.assert_allclose(back["height"], given["height"], rtol=1e-6)
    # Standardised by what is there, and the levels from 0 to 1.
    train = step(table.split("train")).numpy()
    np.testing.assert_allclose([np.nanmean(train[:, 1]), np.nanstd(train[:, 1])], [0.0, 1.0], atol=1e-5)
    assert set(np.unique(train[:, 5])) == {0.0, 0.5, 1.0}
    np.testing.assert_array_equal(table.read({"town": ["Ulm"]})[0, [0, 2]], [np.nan, 2.0])
    assert table.like(back) is back


def test_a_graph_reads_cells_as_numpy_does():
    table = data.table(people(), GRADE)
    step, host = table.preprocessing(), table.rows[:12]
    given = {name: cells[:12] for name, cells in people().items()}
    given["town"][0] = "Kiel"
    host = step.rows("x", given)
    assert host[0, 2] == 0.0
    days = [(day - datetime.date(1970, 1, 1)).days for day in given["since"]]
    numbers = {"age": [np.nan if cell is None else cell for cell in given["age"]], "since": days}
    tensors = {
        name: numbers.get(name, ["" if cell is None else cell for cell in cells]) for name, cells in given.items()
    }
    read = tf.function(lambda cells: tf.stack([step.numbers(name, cells[name]) for name in step.columns], axis=1))
    np.testing.assert_array_equal(
        read(
            {
                name: tf.constant(cells, tf.float64 if name in ("age", "height") else None)
                for name, cells in tensors.items()
            }
        ),
        host,
    )
    unknown = step.numbers("grade", tf.constant(["D", "C"])).numpy()
    np.testing.assert_array_equal(unknown, [np.nan, 0.0])
    np.testing.assert_array_equal(step.numbers("ill", tf.constant([1.0, 5.0, np.nan])), [1.0, np.nan, np.nan])


def test_densities_are_in_the_columns_units():
    step = data.table(people(), GRADE).preprocessing()
    expected = [0, -np.log(step.columns["height"].stddev), 0, 0, -np.log(step.columns["since"].stddev), 0, 0]
    np.testing.assert_allclose(step.log_jacobians(), expected, rtol=1e-12)
    np.testing.assert_allclose(step.log_jacobian((7,)), sum(expected), rtol=1e-12)


def test_a_dataframe_is_read_and_given_back():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({name: cells for name, cells in people().items()})
    frame["age"] = frame["age"].astype("Int64")
    table = data.table(frame, GRADE)
    np.testing.assert_array_equal(table.rows, data.table(people(), GRADE).rows)
    back = table.like(table.preprocessing().cells(table.preprocessing()(table.rows)))
    assert isinstance(back, pandas.DataFrame)
    assert list(back.columns) == list(people())
