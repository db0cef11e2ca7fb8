"""The program behind scripts/quickstart, as a user runs it."""

import csv
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).parents[1]


def run(*arguments, cwd):
    command = [sys.executable, str(ROOT / "scripts" / "train_digits.py"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300)


MADE = [
    "runs/digits/model.keras",
    "runs/digits/history.csv",
    "runs/digits/samples.png",
    "runs/digits/reconstructions.png",
    "runs/digits/loss.png",
    "saved_models/digits/1/saved_model.pb",
    "saved_models/digits/1/manifest.json",
    "saved_models/digits/README.md",
    "saved_models/digits/compose.yaml",
    "saved_models/digits/litert/decoder.tflite",
    "saved_models/digits/litert/decoder-int8.tflite",
    "saved_models/digits/litert/explorer.json",
]


def test_it_leaves_a_clone_clean():
    for path in [*MADE, ".venv/bin/python"]:
        found = subprocess.run(["git", "check-ignore", path], cwd=ROOT, capture_output=True, text=True, check=False)
        assert found.stdout.strip() == path, f"git would list {path}: {found.stderr}"


@pytest.mark.slow
def test_it_trains_draws_measures_and_exports(tmp_path):
    finished = run("--epochs", "3", cwd=tmp_path)
    assert finished.returncode == 0, finished.stderr
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert made >= set(MADE)
    with (tmp_path / "runs/digits/history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    assert float(rows[-1]["val_elbo"]) > float(rows[0]["val_elbo"])
    assert "| `decoder-int8.tflite` |" in (tmp_path / "saved_models/digits/README.md").read_text()
    for name in ("samples", "reconstructions", "loss"):
        assert np.asarray(Image.open(tmp_path / f"runs/digits/{name}.png")).std() > 10
    # Everything that it names is there, with how to look at it and how to serve it.
    for text in (
        *made & {f"runs/digits/{name}.png" for name in ("samples", "reconstructions", "loss")},
        "docker compose",
    ):
        assert text in finished.stdout
    assert "log p(x) of the test digits" in finished.stdout


def test_a_wrong_argument_is_one_line(tmp_path):
    finished = run("--epochs", "0", cwd=tmp_path)
    assert finished.returncode == 2
    assert finished.stderr.splitlines()[-1].endswith("expected an int >= 1, received 0")
    assert list(tmp_path.iterdir()) == []
