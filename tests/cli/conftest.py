"""One short training for every test of a command."""

import pytest

from tests.cli import program
from tests.cli.folders import DIGITS


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """A run of three epochs."""
    return program.train(tmp_path_factory.mktemp("runs") / "run", *DIGITS, "--epochs", "3")
