"""What is said of a command line that is wrong: one line, with the fix; and nothing is touched."""

import hashlib
import re

import pytest

from tests.cli import program
from tests.cli.errors import configuration, datasets, models, reports, run_folders, sweeps, tables, typed
from tests.cli.errors.here import Here
from tfvae import recipes
from tfvae_cli import run_folder

TABLES = (typed, configuration, datasets, run_folders, models, reports, sweeps, tables)
ROWS = {name: row for table in TABLES for name, row in table.ROWS.items()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of one epoch."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    return program.train(folder, "--dataset", "digits", "--epochs", "1", "--latent-size", "2")


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    """A conditional model's file."""
    path = tmp_path_factory.mktemp("models") / "conditional.keras"
    recipes.conditional_vae((8, 8, 1), 2, num_classes=10).save(path)
    return path


def tree(folder):
    """Returns {path: its content's hash} of all that is in a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("name", ROWS)
def test_one_line_and_nothing_touched(name, tmp_path, request, monkeypatch, capfd):
    line, patterns, *make = ROWS[name]
    monkeypatch.chdir(tmp_path)
    for prepare in make:
        prepare(Here(tmp_path, request, monkeypatch))
    before = tree(tmp_path)
    capfd.readouterr()
    status = program.run(*line.split())
    error = capfd.readouterr().err
    assert status == 2, error
    assert error.count("\n") == 1, error
    assert re.match(r"tfvae( \w+)?: error: ", error), error
    assert "Traceback" not in error
    for pattern in patterns:
        assert re.search(pattern, error), f"{pattern!r} is not in: {error}"
    assert tree(tmp_path) == before


def test_there_are_enough_rows():
    assert len(ROWS) >= 70


def test_debug_shows_the_traceback(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert program.run("train", "nothing.toml", "--debug") == 2
    *traceback, last = capsys.readouterr().err.splitlines()
    assert traceback[0].startswith("Traceback")
    assert last.startswith("tfvae train: error: There is no file nothing.toml")


def test_a_run_folder_has_no_hidden_state(trained):
    assert run_folder.RunFolder(trained).exists()
    assert sorted(path.name for path in trained.iterdir() if path.name.startswith(".")) == [".lock"]
