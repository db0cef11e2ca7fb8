"""Training that was killed goes on as if it had not been."""

import inspect
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

from tests.models import LATENT, digits, make
from tfvae import callbacks, data, families, terms

ROOT = pathlib.Path(__file__).parents[2]
EPOCHS = 12


def start(folder):
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-W", "ignore", "-m", "tests.callbacks.resumable", str(folder), str(EPOCHS)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"})


def epochs_begun(folder):
    path = folder / "epochs.txt"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


@pytest.mark.slow
def test_a_killed_training_ends_bit_identical(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert start(whole).wait(timeout=300) == 0
    process = start(killed)
    try:
        deadline = time.monotonic() + 300
        while max(epochs_begun(killed), default=0) < 4 and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.001)
    finally:
        process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "the training ended before it could be killed"
    begun = epochs_begun(killed)
    assert 4 <= begun[-1] < EPOCHS - 1
    assert start(killed).wait(timeout=300) == 0
    resumed = epochs_begun(killed)[len(begun) :]
    # It went on where the last backup stands: at the epoch that was killed.
    assert resumed == list(range(begun[-1], EPOCHS))
    with np.load(whole / "weights.npz") as one, np.load(killed / "weights.npz") as two:
        assert one.files == two.files
        for name in one.files:
            np.testing.assert_array_equal(one[name], two[name])
    assert not (killed / "backup").exists()


def run(callback, epochs=2, model=None):
    model = model or make()
    model.compile("adam")
    history = model.fit(data.from_array(digits(), batch_size=12), epochs=epochs, verbose=0, callbacks=[callback])
    return model, history.history


def test_an_exception_leaves_a_backup_to_go_on_from(tmp_path):
    def interrupt(epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt

    backup = callbacks.BackupAndRestore(tmp_path / "b")
    model = make()
    model.compile("adam")
    dataset = data.from_array(digits(), batch_size=12)
    stop = keras.callbacks.LambdaCallback(on_epoch_begin=interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(dataset, epochs=4, verbose=0, callbacks=[backup, stop])
    resumed, history = run(callbacks.BackupAndRestore(tmp_path / "b"), epochs=4)
    whole, expected = run(callbacks.BackupAndRestore(tmp_path / "other"), epochs=4)
    assert history["loss"] == expected["loss"][2:]
    for one, two in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_backup_is_deleted_unless_asked_for(tmp_path):
    run(callbacks.BackupAndRestore(tmp_path / "gone"))
    run(callbacks.BackupAndRestore(tmp_path / "kept", delete_checkpoint=False))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_the_backup_of_another_model_is_refused(tmp_path):
    run(callbacks.BackupAndRestore(tmp_path / "b", delete_checkpoint=False))
    other = make(posterior=families.Normal(LATENT, scale=1.0), objective=[terms.ImportanceWeighted(2)])
    with pytest.raises(ValueError, match="another model or optimizer"):
        run(callbacks.BackupAndRestore(tmp_path / "b"), model=other)


def test_what_keras_takes_is_taken(tmp_path):
    taken = inspect.signature(keras.callbacks.BackupAndRestore).parameters
    assert list(inspect.signature(callbacks.BackupAndRestore).parameters) == list(taken)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "note.txt").touch()
    run(callbacks.BackupAndRestore(str(tmp_path / "mine"), "epoch", True, True))
    assert [path.name for path in tmp_path.rglob("*")] == ["mine", "note.txt"]
