"""Files, folders and a machine that something is wrong with."""

import errno
import json
import os
import urllib.error
import zipfile

import filelock
import keras
import numpy as np

from tests.cli import exported
from tfvae_cli import page


def keep_half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def rewrite(path, name, content):
    """Replaces a member of an archive, or leaves it out."""
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    del members[name]
    with zipfile.ZipFile(path, "w") as archive:
        for member, old in members.items():
            archive.writestr(member, old)
        if content is not None:
            archive.writestr(name, content)


def damage(path):
    """Flips bytes in the middle of the largest member."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 64] = bytes(byte ^ 255 for byte in content[middle : middle + 64])
    path.write_bytes(content)


def foreign(here):
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(here.folder / "m.keras")


def no_network(here):
    def refuse(*arguments, **options):
        raise urllib.error.URLError("no network")

    here.monkeypatch.setattr("urllib.request.urlopen", refuse)


def no_permission(here):
    # Tests may run as root, whom no permission stops.
    here.empty("closed")
    real = os.access
    here.monkeypatch.setattr(os, "access", lambda path, mode: "closed" not in str(path) and real(path, mode))


def no_space(here):
    def full(file, *arguments, **options):
        file.write(b"the beginning")
        raise OSError(errno.ENOSPC, "No space left on device")

    here.monkeypatch.setattr(np, "savez", full)


def held(here, folder):
    """Another process is writing to a folder."""
    lock = filelock.FileLock(folder / ".lock", is_singleton=False)
    lock.acquire()
    here.request.addfinalizer(lock.release)


def edit_config(here, old, new):
    config = here.run() / "config.toml"
    text = config.read_text()
    assert old in text
    config.write_text(text.replace(old, new))


def served(here, **arguments):
    """An export, and none of the page's packages."""
    here.monkeypatch.setenv("XDG_CACHE_HOME", str(here.folder / "cache"))
    return exported.write(here.folder / "base", **arguments) / "litert"


def port_taken(here):
    served(here)
    here.monkeypatch.setattr("tfvae_cli.packages.check", lambda *_: None)

    def refuse(*arguments):
        raise OSError(errno.EADDRINUSE, "Address already in use")

    here.monkeypatch.setattr(page.Server, "__init__", refuse)


def strangers(here):
    here.run()
    here.text("run/latents-test/notes.txt")


def no_picture(image, file, *arguments, **options):
    file.write_bytes(b"the beginning")
    raise OSError(errno.ENOSPC, "No space left on device")


def newer(path):
    """Makes a model's file one with a part that doesn't exist here."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    config["config"]["prior"] |= {"class_name": "NewPrior", "registered_name": "tfvae>NewPrior", "module": "tfvae.x"}
    rewrite(path, "config.json", json.dumps(config))
