"""The folder of a run: its contents, and a lock that lets one process at a time write there."""

import contextlib
import csv
import importlib.metadata
import io
import os
import pathlib
import platform
import shlex
import shutil

import filelock
import tomli_w

from tfvae_cli import config as configuration
from tfvae_cli.problem import Problem

_PACKAGES = ("tfvae", "tensorflow", "keras", "tensorflow-probability", "tensorflow-datasets", "numpy")
# What training makes. The configuration is last: it marks a run. Then what other commands make of the model.
_MADE = (
    *("model.keras", "features.keras", "history.csv", "tensorboard", "checkpoints", "pictures", "curves.png"),
    "config.toml",
)
_RESULTS = (
    "fitted.keras",
    "samples.png",
    "reconstructions.png",
    "variations.png",
    "evaluation-*.json",
    "scores-*.csv",
    "diagnosis-*.json",
    "latents-*",
    *("report.html", "report.json", "comparison.html", "comparison.json"),
)


class RunFolder:
    """Paths of a run.

    Args:
        path: The folder; it need not exist.
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.config = self.path / "config.toml"
        self.model = self.path / "model.keras"
        self.history = self.path / "history.csv"
        self.tensorboard = self.path / "tensorboard"
        self.checkpoint = self.path / "checkpoints" / "last.npz"
        self.pictures = self.path / "pictures"
        self.curves = self.path / "curves.png"
        self.features = self.path / "features.keras"

    def exists(self):
        """Returns whether the folder holds a run: a configuration that `begin` wrote."""
        return self.config.is_file() and bool(self.versions())

    def check_new(self, overwrite):
        """Refuses a folder in which a new run would touch the user's own files."""
        if self.path.exists() and not self.path.is_dir():
            raise Problem(f"{self.path} is a file. Expected a folder for the run: --output another.")
        self._recover()
        if self.exists():
            self.check_free()
            self.check_absent(overwrite)
        elif self.path.is_dir() and any(entry.name != ".lock" for entry in self.path.iterdir()):
            raise Problem(f"{self.path} is not empty, and not the folder of a run. Write elsewhere: --output another.")

    def check_absent(self, overwrite):
        """Refuses a folder that holds a run, unless the run may be overwritten."""
        if self.exists() and not overwrite:
            raise Problem(
                f"{self.path} holds a run already. Go on with it by --resume, delete it by --overwrite, or write "
                "elsewhere: --output another."
            )

    def check_exists(self, fix):
        """Refuses a folder that has no run."""
        if not self.exists():
            lacks = "its config.toml has no [versions]" if self.config.is_file() else "it has no config.toml"
            raise Problem(f"{self.path} is not the folder of a run: {lacks}. {fix}")

    def check_resumable(self):
        """Refuses a folder that has no run, or a run of another version of tfvae."""
        self._recover()
        self.check_exists("Start one without --resume.")
        self.check_free()
        made, here = self.versions().get("tfvae"), importlib.metadata.version("tfvae")
        if made != here:
            raise Problem(
                f"{self.path} was written by tfvae {made}, and this is {here}, whose numbers may differ. Go on with "
                f"pip install tfvae=={made}, or train again: tfvae train {shlex.quote(str(self.config))} --output "
                "another."
            )

    def versions(self):
        """Returns {package: version} of the packages that the run was started with."""
        return configuration.read(self.config).values.get("versions", {})

    def check_free(self):
        """Refuses a folder that another process is writing to."""
        if self.path.is_dir():
            with contextlib.ExitStack() as stack:
                stack.enter_context(self.locked())

    @contextlib.contextmanager
    def locked(self):
        """Locks the folder; the operating system releases the lock when the process ends, however it ends."""
        lock = filelock.FileLock(self.path / ".lock", timeout=0)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise Problem(
                f"Another process is writing to {self.path}. Wait for it, or write elsewhere: --output another."
            ) from None
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def made(self):
        """Creates the folder, and removes what it created if no run came of it."""
        new = [folder for folder in (self.path, *self.path.parents) if not folder.exists()]
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            yield
        finally:
            if new and all(entry.name == ".lock" for entry in self.path.iterdir()):
                (self.path / ".lock").unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # something else was put there in the meantime
                    for folder in new:
                        folder.rmdir()

    def begin(self, config, overwrite):
        """Writes the configuration of a new run, and sets aside an old run if it may be overwritten."""
        self.check_absent(overwrite)
        if self.exists():
            self.keep()
            self._move(self.path, self._replaced)
        versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
        config.values["versions"] = {"python": platform.python_version(), **versions}
        self.write(config)

    def write(self, config):
        """Writes the configuration."""
        from tfvae.files import whole

        values = {key: value for key, value in config.values.items() if value != {}}
        with whole.replacing(self.config) as temporary:
            temporary.write_text(tomli_w.dumps(values), encoding="utf-8")

    def replaces(self):
        """Returns whether an old run was set aside."""
        return self._replaced.is_dir()

    def keep(self):
        """Deletes the run that this one replaces."""
        if self._replaced.is_dir():
            # A half-deleted run must not look like one that was being set aside.
            self._replaced.rename(self._doomed)
        shutil.rmtree(self._doomed, ignore_errors=True)

    def discard(self):
        """Undoes `begin`: nothing is left of a run that failed before its first epoch was over."""
        for name in _MADE:
            entry = self.path / name
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink(missing_ok=True)
        self._restore()

    @property
    def _replaced(self):
        return self.path / ".replaced"

    @property
    def _doomed(self):
        return self.path / ".doomed"

    def _recover(self):
        """Restores a run if a kill interrupted setting it aside or restoring it."""
        if self._replaced.is_dir() and not (self.config.is_file() and (self._replaced / self.config.name).is_file()):
            with self.locked():
                self._restore()

    def _restore(self):
        if self._replaced.is_dir():
            self._move(self._replaced, self.path)
            self._replaced.rmdir()

    @staticmethod
    def _move(source, target):
        target.mkdir(exist_ok=True)
        for pattern in (*_RESULTS, *_MADE):
            for entry in source.glob(pattern):
                entry.rename(target / entry.name)

    def trim_history(self, epochs):
        """Drops rows of epochs that the checkpoint doesn't have, because a kill came between the two writes."""
        from tfvae.files import whole

        if not self.history.is_file():
            return
        with self.history.open(newline="") as file:
            reader = csv.DictReader(file)
            rows = {row["epoch"]: row for row in reversed(list(reader)) if int(row["epoch"]) < epochs}
            names = reader.fieldnames or []
        if not rows:
            self.history.unlink()
            return
        text = io.StringIO()
        writer = csv.DictWriter(text, names)  # lines end in \r\n, as Keras's do
        writer.writeheader()
        writer.writerows(reversed(rows.values()))
        with whole.replacing(self.history) as temporary:
            temporary.write_text(text.getvalue(), newline="")

    def read_history(self):
        """Returns {metric: [value of each epoch]}; NaN if an epoch has no value, as without validation."""
        with self.history.open(newline="") as file:
            rows = list(csv.DictReader(file))
        names = [name for name in rows[0] if name != "epoch"] if rows else []
        return {name: [float("nan" if row[name] == "NA" else row[name]) for row in rows] for name in names}


def writable(path):
    """Refuses a folder that can't be written to, before the work and not after it."""
    nearest = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    if not nearest.is_dir():
        raise Problem(f"{nearest} is a file, so nothing can be written below it. Write elsewhere: --output another.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise Problem(f"No permission to write in {nearest}. Write elsewhere: --output another.")
