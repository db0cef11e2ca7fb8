"""A training that is really interrupted, or killed, in a process of its own."""

import functools
import os
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests import suites

_PROGRAM = [sys.executable, "-c", "import sys; from tfvae_cli.main import main; sys.exit(main())"]
# The package of this process, wherever the other one runs.
_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
LAST = "run/checkpoints/last.npz"
_DIGITS = ["train", "--dataset", "digits", "--latent-size", "2", "--epochs", "30", "--output", "run"]


def start(folder):
    output = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    # A job in a shell's background ignores Ctrl-C, and hands that down.
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return subprocess.Popen([*_PROGRAM, *_DIGITS], cwd=folder, env=_ENVIRONMENT, preexec_fn=heard, **output)


def finish(folder, *arguments):
    command = [*_PROGRAM, *arguments, "--quiet"]
    subprocess.run(command, cwd=folder, env=_ENVIRONMENT, check=True, capture_output=True)


def until(process, path):
    """Waits for a file of a process that runs."""
    while not path.exists():
        assert process.poll() is None, "it ended before"
        time.sleep(0.02)


def stopped(folder, path, number, seconds=0.0):
    """Starts a training and sends it a signal some time after a file appears. Returns (status, errors)."""
    process = start(folder)
    until(process, folder / path)
    time.sleep(seconds)
    process.send_signal(number)
    _, errors = process.communicate()
    return process.returncode, errors.decode()


def state(folder):
    with np.load(folder / "run" / "checkpoints" / "last.npz") as saved:
        return {name: saved[name] for name in saved.files}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole")
    finish(folder, *_DIGITS)
    return folder


@pytest.mark.parametrize("path", suites.chosen(["run/config.toml", LAST], slow=[LAST]))
def test_ctrl_c_leaves_a_run_that_goes_on(tmp_path, whole, path):
    status, errors = stopped(tmp_path, path, signal.SIGINT)
    assert status == 130
    assert "Traceback" not in errors
    said, _, command = errors.splitlines()[-1].partition("Go on with: tfvae ")
    assert said.startswith("tfvae train: stopped; ")
    assert not (tmp_path / "run" / "model.keras").exists()
    finish(tmp_path, *shlex.split(command))
    assert_same(tmp_path, whole)


@pytest.mark.slow
def test_a_kill_leaves_a_run_that_goes_on(tmp_path, whole):
    status, _ = stopped(tmp_path, LAST, signal.SIGKILL, seconds=0.1)
    assert status == -signal.SIGKILL
    finish(tmp_path, "train", "--resume", "--output", "run")
    assert_same(tmp_path, whole)


def assert_same(folder, other):
    a, b = state(folder), state(other)
    assert a.keys() == b.keys()
    for name, value in a.items():
        np.testing.assert_array_equal(value, b[name])
    assert (folder / "run" / "history.csv").read_bytes() == (other / "run" / "history.csv").read_bytes()
    assert (folder / "run" / "model.keras").exists()


@pytest.mark.slow
def test_ctrl_c_while_it_starts_leaves_nothing(tmp_path):
    process = start(tmp_path)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode in (130, -signal.SIGINT)  # the latter where Python itself had not started yet
    assert list(tmp_path.iterdir()) == []
    assert process.returncode != 130 or errors == b"tfvae train: stopped\n"
