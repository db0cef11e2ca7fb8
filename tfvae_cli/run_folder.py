"""The folder of a run: what is in it, and that one process at a time writes there."""

import contextlib
import csv
import importlib.metadata
import io
import os
import pathlib
import platform
import shutil

import filelock
import tomli_w

from tfvae_cli import config as configuration
from tfvae_cli.problem import Problem

_PACKAGES = ("tfvae", "tensorflow", "keras", "tensorflow-probability", "tensorflow-datasets", "numpy")
_MADE = ("config.toml", "model.keras", "history.csv", "tensorboard", "checkpoints", "pictures", "curves.png")


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

    def exists(self):
        """Returns whether there is a run."""
        return self.config.is_file()

    def check_new(self, overwrite):
        """Refuses a folder where a new run would touch something of the user's."""
        if self.path.exists() and not self.path.is_dir():
            raise Problem(f"{self.path} is a file. Expected a folder for the run: --output another.")
        if self.exists():
            self.check_free()
            self.check_absent(overwrite)
        elif self.path.is_dir() and any(entry.name != ".lock" for entry in self.path.iterdir()):
            raise Problem(f"{self.path} is not empty, and not the folder of a run. Write elsewhere: --output another.")

    def check_absent(self, overwrite):
        """Refuses a folder that holds a run, unless that was to be deleted."""
        if self.exists() and not overwrite:
            raise Problem(
                f"{self.path} holds a run already. Go on with it by --resume, delete it by --overwrite, or write "
                "elsewhere: --output another."
            )

    def check_resumable(self):
        """Refuses a folder that has no run, or one of another version of tfvae."""
        if not self.exists():
            raise Problem(f"{self.path} is not the folder of a run: it has no config.toml. Start one without --resume.")
        self.check_free()
        made, here = self.versions().get("tfvae"), importlib.metadata.version("tfvae")
        if made != here:
            raise Problem(
                f"{self.path} was written by tfvae {made}, and this is {here}, whose numbers may differ. Go on with "
                f"pip install tfvae=={made}, or train again: tfvae train {self.config} --output another."
            )

    def versions(self):
        """Returns {package: version} with which the run was started."""
        return configuration.read(self.config).values.get("versions", {})

    def check_free(self):
        """Refuses a folder to which another process writes."""
        if self.path.is_dir():
            with contextlib.ExitStack() as stack:
                stack.enter_context(self.locked())

    @contextlib.contextmanager
    def locked(self):
        """Holds the folder; the operating system lets go of it when the process ends, however it ends."""
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

    def begin(self, config, overwrite):
        """Writes the configuration of a new run, instead of an old one where that was asked for."""
        from tfvae import whole

        self.check_absent(overwrite)
        if self.exists():
            self._move(self.path, self._replaced)
        versions = {name: importlib.metadata.version(name) for name in _PACKAGES}
        values = {key: value for key, value in config.values.items() if value != {}}
        values["versions"] = {"python": platform.python_version(), **versions}
        with whole.replacing(self.config) as temporary:
            temporary.write_text(tomli_w.dumps(values), encoding="utf-8")

    def keep(self):
        """Lets go of the run that this one replaces."""
        shutil.rmtree(self._replaced, ignore_errors=True)

    def discard(self):
        """Undoes `begin`: nothing is left of a run that failed before its first epoch was over."""
        for name in _MADE:
            entry = self.path / name
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink(missing_ok=True)
        if self._replaced.is_dir():
            self._move(self._replaced, self.path)
            self._replaced.rmdir()

    @property
    def _replaced(self):
        return self.path / ".replaced"

    @staticmethod
    def _move(source, target):
        target.mkdir(exist_ok=True)
        for name in _MADE:
            if (source / name).exists():
                (source / name).rename(target / name)

    def trim_history(self, epochs):
        """Drops rows of epochs that the checkpoint doesn't have: a kill came between the two."""
        from tfvae import whole

        if not self.history.is_file():
            return
        with self.history.open(newline="") as file:
            reader = csv.DictReader(file)
            rows = {row["epoch"]: row for row in reader if int(row["epoch"]) < epochs}
        text = io.StringIO()
        writer = csv.DictWriter(text, reader.fieldnames or [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows.values())
        with whole.replacing(self.history) as temporary:
            temporary.write_text(text.getvalue())

    def read_history(self):
        """Returns {metric: [value of each epoch]}."""
        with self.history.open(newline="") as file:
            rows = list(csv.DictReader(file))
        return {name: [float(row[name]) for row in rows] for name in rows[0] if name != "epoch"} if rows else {}


def writable(path):
    """Refuses a folder in which nothing can be made, before the work and not after it."""
    nearest = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    if not nearest.is_dir():
        raise Problem(f"{nearest} is a file, so nothing can be written below it. Write elsewhere: --output another.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise Problem(f"No permission to write in {nearest}. Write elsewhere: --output another.")
