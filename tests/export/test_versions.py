"""A version appears whole or not at all, whatever happens to its exporter."""

import errno
import os
import pathlib
import signal
import subprocess
import sys
import threading

import pytest
import tensorflow as tf

from tests.models import make
from tfvae import export
from tfvae.export import savedmodel, versions

# An exporter that is killed when everything is written and only the comparison with Keras and the rename are to come.
KILLED = """
import os, signal, sys, warnings
warnings.simplefilter("ignore")
from tests.models import make
from tfvae import export
from tfvae.export import savedmodel
def check(vae, path, pure, given):
    assert (path / "saved_model.pb").stat().st_size > 1000
    os.kill(os.getpid(), signal.SIGKILL)
savedmodel.check = check
export.saved_model(make(), sys.argv[1])
"""


def _write(text):
    return lambda folder: (folder / "saved_model.pb").write_text(text)


def test_a_killed_export_leaves_no_version_and_the_next_one_cleans_up(tmp_path):
    root = pathlib.Path(__file__).parents[2]
    command = [sys.executable, "-c", KILLED, str(tmp_path / "digits")]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    killed = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    base = tmp_path / "digits"
    (left,) = base.iterdir()
    assert left.name.startswith(".export-")
    assert (left / "saved_model.pb").is_file()
    # Of an exporter that is alive, and of one elsewhere.
    alive = base / f"{versions._prefix()}{os.getppid()}-x"
    elsewhere = base / ".export-another-machine-1-x"
    for path in (alive, elsewhere):
        path.mkdir()
    assert versions.publish(base, _write("next")) == base / "1"
    assert sorted(path.name for path in base.iterdir()) == sorted(["1", alive.name, elsewhere.name])


def test_exporters_that_race_get_a_version_each(tmp_path):
    barrier, made = threading.Barrier(8), []

    def run(number):
        def write(folder):
            (folder / "saved_model.pb").write_text(str(number))
            barrier.wait()

        made.append((number, versions.publish(tmp_path, write)))

    threads = [threading.Thread(target=run, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for _, path in made) == [str(number) for number in range(1, 9)]
    assert sorted(path.name for path in tmp_path.iterdir()) == [str(number) for number in range(1, 9)]
    for number, path in made:
        assert (path / "saved_model.pb").read_text() == str(number)


def test_a_version_that_another_exporter_takes_is_left_to_it(tmp_path, monkeypatch):
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "saved_model.pb").write_text("theirs")
    seen = iter([[], [1]])  # the other's version appears between the look and the rename
    monkeypatch.setattr(versions, "numbers", lambda base: next(seen))
    assert versions.publish(tmp_path, _write("mine")) == tmp_path / "2"
    assert (tmp_path / "1" / "saved_model.pb").read_text() == "theirs"


@pytest.mark.parametrize(
    ("error", "number"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), errno.ENOSPC),
        (tf.errors.ResourceExhaustedError(None, None, "/x/variables; No space left on device"), errno.ENOSPC),
        (tf.errors.PermissionDeniedError(None, None, "/x/variables; Permission denied"), errno.EACCES),
    ],
    ids=["OSError", "no space in TensorFlow", "no permission in TensorFlow"],
)
def test_what_the_system_refuses_is_said_by_the_callers_name(error, number, tmp_path):
    def fail(folder):
        (folder / "saved_model.pb").write_text("half")
        raise error

    with pytest.raises(OSError, match=r"no version was written.*digits") as caught:
        versions.publish(tmp_path / "digits", fail)
    assert caught.value.errno == number
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path):
    """A disk of 64 KiB, or where nobody may mount one a skip: test_errors.py has files that may not grow."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    try:
        if subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("no permission to mount a small disk")
    except FileNotFoundError:
        pytest.skip("no `mount` here")
    try:
        with pytest.raises(OSError, match="No space left on device; no version was written") as caught:
            export.saved_model(make(), disk / "digits")
        assert caught.value.errno == errno.ENOSPC
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_failed_comparison_leaves_the_versions_as_they_were(tmp_path, monkeypatch):
    versions.publish(tmp_path, _write("first"))

    def check(*_):
        raise export.ExportMismatch("planted")

    monkeypatch.setattr(savedmodel, "check", check)
    with pytest.raises(export.ExportMismatch, match="planted"):
        export.saved_model(make(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["1"]
