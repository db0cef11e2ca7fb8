"""Every recipe runs from the command line by its name alone."""

import json
import math

import numpy as np
import pytest
from PIL import Image

from tests.cli import program
from tfvae import recipes


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The weight of KL:UserWarning")  # warm_up_vae's 1000 steps
@pytest.mark.parametrize("name", recipes.__all__)
def test_a_recipe_trains_draws_and_is_measured_by_name(name, tmp_path):
    digits = ("--dataset", "digits", "--recipe", name)
    folder = program.train(tmp_path / "run", *digits, "--latent-size", "3", "--epochs", "1")
    assert program.run("sample", folder, "--count", "20") == 0
    assert len(np.unique(np.asarray(Image.open(folder / "samples.png")))) > 2
    assert program.run("evaluate", folder, "--num-samples", "5", "--quiet") == 0
    found = json.loads((folder / "evaluation-test.json").read_text())
    assert all(math.isfinite(value) for value in found.values() if isinstance(value, float))
