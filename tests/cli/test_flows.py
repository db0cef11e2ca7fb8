"""Flows from the command line, part by part; recipes of them go by name as every one does."""

import keras
import pytest

from tests.cli import program

CONFIGURATION = """
[dataset]
name = "digits"

[model]
recipe = "iwae"
latent_size = 3
num_samples = 2

[model.posterior]
part = "Transformed"
base = { part = "Normal" }
flows = [{ part = "Planar" }, { part = "InverseAutoregressive", context_size = 4, reverse = true }]

[model.prior]
part = "Learned"

[model.prior.family]
part = "Transformed"
base = { part = "Laplace" }
flows = [{ part = "Inverted", flow = { part = "InverseAutoregressive", units = [8] } }]
"""


@pytest.mark.slow
def test_parts_by_name(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIGURATION)
    folder = program.train(tmp_path / "run", tmp_path / "config.toml", "--epochs", "1")
    model = keras.saving.load_model(folder / "model.keras")
    assert [type(flow).__name__ for flow in model.posterior.flows] == ["Planar", "InverseAutoregressive"]
    assert repr(model.prior.family.base) == "Laplace((3,))"
    assert program.run("sample", folder, "--count", "4", "--output", tmp_path / "samples.png") == 0
    assert program.run("evaluate", folder, "--num-samples", "5") == 0
