"""The empty folder in which a row's command runs, and what is put into it."""

import shutil

import numpy as np
from PIL import Image


class Here:
    """What a row may put into the empty folder in which its command runs."""

    def __init__(self, folder, request, monkeypatch):
        self.folder, self.request, self.monkeypatch = folder, request, monkeypatch

    def toml(self, text, name="c.toml"):
        (self.folder / name).write_text(text)

    def run(self):
        shutil.copytree(self.request.getfixturevalue("trained"), self.folder / "run")
        return self.folder / "run"

    def model(self, name="m.keras"):
        shutil.copy(self.request.getfixturevalue("trained") / "model.keras", self.folder / name)
        return self.folder / name

    def conditional(self):
        shutil.copy(self.request.getfixturevalue("conditional"), self.folder / "c.keras")

    def array(self, array, name="x.npy"):
        np.save(self.folder / name, array)
        return self.folder / name

    def images(self, sizes, name="images"):
        (self.folder / name).mkdir()
        for number, size in enumerate(sizes):
            Image.new("L", size, number).save(self.folder / name / f"{number}.png")
        return self.folder / name

    def empty(self, name):
        (self.folder / name).mkdir()

    def text(self, name, text="text"):
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text)
