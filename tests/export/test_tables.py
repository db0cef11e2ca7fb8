"""A served model of a table: an input for each column, words as texts, and what is missing."""

import numpy as np
import pytest

from tests.data.test_table import GRADE, people
from tests.export import session
from tfvae import columns, data, export, recipes


@pytest.mark.slow
def test_rows_are_served_as_they_are(tmp_path):
    cells = people()
    cells["height in m"] = cells.pop("height")
    table = data.table(cells, GRADE)
    vae = recipes.table_iwae(table, 2, num_samples=3)
    vae.trained = True
    version = export.saved_model(vae, tmp_path / "people")
    few = {name: values[2:5] for name, values in cells.items()}
    rows = vae.preprocessing.rows("x", few)
    with session.loaded(version) as run:
        given = {}
        for place, (name, column) in enumerate(vae.preprocessing.columns.items()):
            safe = name.replace(" ", "_")
            text = column.named is not None and isinstance(column.named[-1], str)
            given[f"x_{safe}"] = (
                np.array(["" if cell is None else cell for cell in few[name]], object) if text else rows[:, place]
            )
        np.testing.assert_allclose(run("encode", given)["mean"], vae.encode(few).mean(), atol=1e-5)
        again, found = run("reconstruct", given), vae.predict(few, verbose=0)
        assert [word.decode() for word in again["mean_town"]] == found["town"].tolist()
        assert [word.decode() for word in again["mean_grade"]] == found["grade"].tolist()
        np.testing.assert_allclose(again["mean_age"], found["age"])
        np.testing.assert_allclose(again["mean_height_in_m"], found["height in m"], rtol=1e-5)
        law = vae.decode(np.zeros((1, 2), "float32"))
        decoded = run("decode", {"latent": np.zeros((1, 2), "float32")})
        expected = law.columns["age"].mean()[0, 0] * vae.preprocessing.columns["age"].stddev
        np.testing.assert_allclose(decoded["mean_age"][0], expected + vae.preprocessing.columns["age"].mean, rtol=1e-5)
        np.testing.assert_allclose(decoded["probabilities_town"].sum(axis=1), 1.0, rtol=1e-5)
        assert decoded["probabilities_town"].shape == (1, 3)
        unseen = run("encode", {**given, "x_town": np.array(["Kiel"] * 3, object)})["mean"]
        other = vae.encode({**few, "town": [columns.OTHER] * 3}).mean()
        np.testing.assert_allclose(unseen, other, atol=1e-5)
        asked = {**given, "num_samples": np.array(4, "int32"), "seed": np.array([1, 2], "int32")}
        assert np.isfinite(run("score", asked)["log_likelihood"]).all()
