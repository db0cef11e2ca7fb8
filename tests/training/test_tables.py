"""A model of a table from start to end: rows in every form, training with gaps, files, draws, and what is filled."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.data.test_table import GRADE, people
from tfvae import columns, data, evaluation, families, load_model, networks, recipes, terms


def make(**parts):
    table = data.table(people(), GRADE)
    vae = recipes.table_iwae(table, 2, num_samples=3, **parts)
    vae.compile("adam")
    return table, vae


def test_rows_may_be_given_as_cells_or_as_numbers(tmp_path):
    table, vae = make()
    cells = {name: values[:9] for name, values in people().items()}
    rows = table.rows[:9]
    np.testing.assert_allclose(vae.encode(cells).mean(), vae.encode(rows).mean(), rtol=1e-6)
    few = {name: values for name, values in cells.items() if name != "town"}
    lacking = np.where(np.arange(7) == 2, np.nan, rows)
    np.testing.assert_allclose(vae.encode(few).mean(), vae.encode(lacking).mean(), rtol=1e-6)
    assert vae.fit(cells, verbose=0).history["skipped_steps"] == [0]
    np.testing.assert_allclose(vae.evaluate(cells, verbose=0), vae.evaluate(rows, verbose=0), rtol=1e-5)
    tensors = {"town": tf.constant(["Ulm", "", "Kiel"]), "ill": tf.constant([1, 0, 1])}
    read = tf.function(lambda given: vae.encode(given).mean())
    np.testing.assert_allclose(
        read(tensors), vae.encode({"town": ["Ulm", None, "Kiel"], "ill": [1, 0, 1]}).mean(), rtol=1e-5
    )
    vae.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert again.preprocessing.columns == table.columns
    found = vae.predict(cells, verbose=0)
    assert set(found["grade"]) <= {"C", "B", "A"}
    for name, values in again.predict(cells, verbose=0).items():
        np.testing.assert_array_equal(found[name], values)


def test_draws_have_the_columns_dtypes():
    table, vae = make()
    drawn = vae.sample(50, mean=False, seed=1)
    assert list(drawn) == list(table.columns)
    kinds = {"age": "i", "height": "f", "town": "O", "smokes": "b", "since": "M", "grade": "O", "ill": "i"}
    assert {name: values.dtype.kind for name, values in drawn.items()} == kinds
    assert set(drawn["grade"]) <= {"C", "B", "A"}
    assert set(drawn["town"]) <= {"Bonn", "Ulm", columns.OTHER}
    assert set(drawn["ill"]) == {0, 1}
    assert vae.variations({"town": ["Ulm"]}, 4, mean=False)["age"].shape == (4, 1)
    # Draws are read again as they are given.
    assert not np.isnan(table.preprocessing().rows("x", drawn)).any()


def test_a_likelihood_is_that_of_the_kind():
    table, vae = make()
    found = {name: type(family) for name, family in vae.likelihood.families.items()}
    assert found == {
        "age": families.RoundedLogistic,
        "height": families.Normal,
        "town": families.Categorical,
        "smokes": families.Bernoulli,
        "since": families.Normal,
        "grade": families.OrderedLogistic,
        "ill": families.Bernoulli,
    }
    np.testing.assert_allclose(vae.likelihood.families["age"].step, 1 / table.columns["age"].stddev)
    assert np.all(vae.likelihood.in_support(vae.preprocess(table.rows)))
    assert isinstance(recipes.table_vae(table).objective[1], terms.KL)
    assert recipes.table_vae(table).posterior.event_shape == (3,)


def test_the_encoder_sees_words_as_vectors_and_what_is_missing():
    table, vae = make()
    inside = vae.encoder.network
    seen = {}
    layer = networks.WithCategories(lambda x, training: seen.update(x=x) or x, vae.encoder.levels)
    x = vae.preprocess(table.rows[3:5])  # age is missing in the first, town in the second
    layer(x)
    given = seen["x"].numpy()
    assert given.shape[1] == inside.input_shape[1] == 2 * 3 + 3 + 2 + 3 + 2
    np.testing.assert_array_equal(given[0, :2], [0.0, 0.0])
    np.testing.assert_allclose(given[1, :2], [x[1, 0], 1.0])
    words = given[:, 4:7]
    assert words.sum(axis=1).tolist() == [float(not np.isnan(row[2])) for row in table.rows[3:5]]


def test_a_table_is_filled_in_its_own_dtypes():
    table, vae = make()
    vae.fit(table.dataset(), verbose=0)
    cells = people()
    found = evaluation.impute(vae, cells, 60, num_draws=4, seed=2)
    gone = np.array([cell is None for cell in cells["age"]])
    assert found.mean["age"].dtype == np.int64
    np.testing.assert_array_equal(found.mean["age"][~gone], np.array(cells["age"], object)[~gone].astype(int))
    there = ~np.isnan(cells["height"])
    np.testing.assert_array_equal(found.mean["height"][there], np.array(cells["height"])[there])
    np.testing.assert_array_equal(found.draws["height"][:, there], np.tile(np.array(cells["height"])[there], [4, 1]))
    assert set(found.stddev) == set(found.low) == set(found.high) == {"age", "height", "since"}
    assert np.all(found.low["age"][gone] < found.high["age"][gone])
    # In the column's unit, about as wide as the column's own spread, for a model that has learned nothing yet.
    assert 0.5 < found.stddev["age"][gone].mean() / table.columns["age"].stddev < 2.0
    assert np.all(found.stddev["age"][~gone] == 0)
    np.testing.assert_allclose(found.probabilities["town"].sum(axis=1), 1.0, rtol=1e-6)
    missing = np.array([cell is None for cell in cells["town"]])
    assert found.mean["town"][~missing].tolist() == [cell for cell in cells["town"] if cell is not None]
    assert np.all(found.probabilities["town"][~missing].max(axis=1) == 1.0)
    best = found.probabilities["town"][missing].argmax(axis=1)
    assert found.mean["town"][missing].tolist() == [table.columns["town"].named[place] for place in best]
    drawn = found.draws["town"][:, missing]
    assert drawn.shape == (4, missing.sum())
    assert set(drawn.flat) <= {"Bonn", "Ulm", columns.OTHER}


def test_bits_are_of_the_cells_that_are_there_in_the_columns_units():
    cells = {"height": people()["height"]}
    table = data.table(cells)
    vae = recipes.table_vae(table, 2)
    vae.trained = True
    found = evaluation.log_likelihood(vae, table.dataset("train"), 5, verbose=0)
    there = (~np.isnan(table.split("train"))).sum(axis=1)
    total = np.sum(found.per_example - there * np.log(table.columns["height"].stddev))
    np.testing.assert_allclose(found.bits_per_dimension, -total / there.sum() / np.log(2), rtol=1e-6)


@pytest.mark.slow
def test_a_trained_model_fills_better_than_means_and_finds_the_word():
    """Of a class all columns depend on, missing cells are found from those that are there."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 3, 1500)
    truth = {
        "length": 2.0 * group + rng.normal(size=1500),
        "count": rng.poisson(10 * (1 + group)),
        "kind": np.array(["a", "b", "c"], object)[group],
        "grade": np.clip(group + rng.integers(0, 2, 1500), 0, 2),
    }
    gaps = {name: rng.random(1500) < 0.2 for name in truth}
    holed = {
        name: [None if gap else cell for cell, gap in zip(cells, gaps[name], strict=True)]
        for name, cells in truth.items()
    }
    table = data.table(holed, {"grade": columns.Ordinal([0, 1, 2])})
    vae = recipes.table_iwae(table, 2)
    vae.compile(keras.optimizers.Adam(5e-3))
    vae.fit(table.dataset(batch_size=64), epochs=30, verbose=0)
    found = evaluation.impute(vae, holed, 300, seed=1)
    for name in ("length", "count"):
        gap = gaps[name]
        error = np.mean((found.mean[name] - truth[name])[gap] ** 2)
        assert error < 0.6 * np.var(np.asarray(truth[name], float)[gap])
        inside = np.mean((found.low[name] <= truth[name])[gap] & (truth[name] <= found.high[name])[gap])
        assert 0.84 < inside < 0.97
    assert np.mean(found.mean["kind"] == truth["kind"]) > 0.95
    assert np.mean((found.mean["kind"] == truth["kind"])[gaps["kind"]]) > 0.75
