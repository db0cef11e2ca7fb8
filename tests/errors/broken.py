"""Files and folders that something is wrong with."""

import contextlib
import functools
import os
import pathlib
import resource
import zipfile

import keras

import tfvae
from tests.errors.models import model


def write(name, content):
    pathlib.Path(name).write_bytes(content)


@functools.cache
def saved():
    """The bytes of a whole file."""
    path = pathlib.Path("whole.keras")
    model().save(path)
    content = path.read_bytes()
    path.unlink()
    return content


def changed(**changes):
    """Writes the file with parts of its members replaced."""
    write("whole.keras", saved())
    with zipfile.ZipFile("whole.keras") as old, zipfile.ZipFile("m.keras", "w") as new:
        for name in old.namelist():
            content = old.read(name)
            for before, after in changes.get(name.split(".")[0], {}).items():
                assert before in content
                content = content.replace(before, after)
            if changes.get("without") != name:
                new.writestr(name, content)
    os.remove("whole.keras")


def flipped():
    """Writes the file with one byte of its weights turned around."""
    content = bytearray(saved())
    content[len(content) // 2] ^= 255
    write("m.keras", bytes(content))


def a_classifier():
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save("m.keras")


@contextlib.contextmanager
def no_space(bytes_left=4096):
    """No file may grow beyond some bytes: what a full disk does, and a real error of the system."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def no_permission():
    """The folder is read-only, also for root, who becomes somebody else."""
    os.chmod(".", 0o755)
    os.chmod("locked", 0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def under(context, act):
    def run():
        with context():
            act()

    return run


def load():
    return tfvae.load_model("m.keras")
