"""[dataset.augment] varies the training data, and nothing else."""

import numpy as np
import pytest

from tests.cli import program
from tests.models import digits
from tfvae import data
from tfvae.data import epoch
from tfvae_cli import build, config

AUGMENT = ("--set", "dataset.augment.shift=1", "--set", "dataset.augment.flip=true")
ARGUMENTS = ("--dataset", "digits", "--latent-size", "2", "--batch-size", "256")


def read(dataset):
    with epoch.at(0):
        return np.concatenate([batch.numpy() for batch in dataset])


def test_the_table_is_the_arguments_of_augment():
    given = {"seed": 3, "dataset": {"name": "digits", "augment": {"shift": [1, 0], "reflect": False}}}
    dataset = data.from_array(digits(), batch_size=12)
    found, expected = (
        read(one)
        for one in (
            build.augmented(config.Config(given), dataset),
            data.augment(dataset, shift=(1, 0), reflect=False, seed=3),
        )
    )
    np.testing.assert_array_equal(found, expected)
    assert not np.array_equal(found, read(dataset))
    without = config.Config({"seed": 3, "dataset": {"name": "digits"}})
    assert build.augmented(without, dataset) is dataset
    # What is loaded for anything else is as it is.
    for split in ("train", "validation"):
        one, two = (build.load(config.Config(values), split)[0] for values in (given, without.values))
        np.testing.assert_array_equal(read(one), read(two))


@pytest.mark.slow
def test_a_resumed_run_is_the_uninterrupted_one(tmp_path):
    whole = program.train(tmp_path / "whole", *ARGUMENTS, *AUGMENT, "--epochs", "2")
    half = program.train(tmp_path / "half", *ARGUMENTS, *AUGMENT, "--epochs", "1")
    assert program.run("train", "--quiet", "--resume", "--output", half, "--epochs", "2") == 0
    plain = program.train(tmp_path / "plain", *ARGUMENTS, "--epochs", "2")
    one, two, other = ((folder / "history.csv").read_text().splitlines()[1:] for folder in (whole, half, plain))
    assert one == two
    assert one != other
