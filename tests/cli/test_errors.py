"""What is said of a command line that is wrong: one line, with the fix; and nothing is touched."""

import errno
import hashlib
import json
import os
import re
import shutil
import urllib.error
import zipfile

import filelock
import keras
import numpy as np
import pytest
from PIL import Image

from tests.cli import exported, program
from tfvae import recipes
from tfvae_cli import page, run_folder


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


TRAIN = "train --output out --epochs 1 "
DIGITS = TRAIN + "--dataset digits "
# A model part by part, to which a row adds what is wrong with it.
PARTS = """[dataset]
name = "digits"
[model]
latent_size = 2
encoder = {part = "mlp_encoder"}
posterior = {part = "Normal"}
prior = {part = "StandardNormal"}
decoder = {part = "mlp_decoder"}
likelihood = {part = "Bernoulli"}
preprocessing = {part = "Binarize"}
"""
TERMS = '[[model.objective]]\npart = "NegativeLogLikelihood"\n'
A_NUMBER = "expected a number of 1 or more"
NO_MODEL = r"m\.keras is no model that tfvae can load"

# name: (command line, patterns that the line must have, what is in the folder)
ROWS = {
    # What is typed.
    "command": ("tran", ["Unknown command 'tran'", "Did you mean train", "tfvae --help"]),
    "command, nothing near": ("fly", ["'fly'", "Expected one of: train, evaluate"]),
    "flag of the program": ("--versoin", ["'--versoin'", "Did you mean --version"]),
    "flag": (DIGITS + "--latent-sise 3", ["'--latent-sise'", "Did you mean --latent-size"]),
    "shortened flag": ("train --epoch 3", ["'--epoch'", "Did you mean --epochs"]),
    "flag of another command": ("sample run --split train", ["'--split'", "tfvae sample --help"]),
    "no run": ("sample", ["required: RUN", "tfvae sample --help"]),
    "two runs": ("evaluate run other", ["Unknown argument 'other'"]),
    "flag without value": (TRAIN + "--dataset", ["--dataset", "expected one argument"]),
    "epochs 0": ("train --epochs 0", ["--epochs", A_NUMBER, "'0'"]),
    "epochs text": ("train --epochs many", ["--epochs", A_NUMBER, "'many'"]),
    "batch size": ("train --batch-size -1", ["--batch-size", A_NUMBER, "'-1'"]),
    "latent size": ("train --latent-size 2.5", ["--latent-size", A_NUMBER, r"'2\.5'"]),
    "learning rate": ("train --learning-rate fast", ["--learning-rate", "number of 0 or more", "'fast'"]),
    "learning rate below 0": ("train --learning-rate -1", ["--learning-rate", "number of 0 or more", "'-1'"]),
    "seed": ("train --seed 1e3", ["--seed", "whole number of 32 bits", "'1e3'"]),
    "seed too large": ("sample run --seed 99999999999", ["--seed", "whole number of 32 bits", "'99999999999'"]),
    "image size": ("train --image-size 16by16", ["--image-size", "HEIGHTxWIDTH, such as 64x64", "'16by16'"]),
    "image size 0": ("train --image-size 0x4", ["--image-size", "HEIGHTxWIDTH", "'0x4'"]),
    "channels": ("train --channels 2", ["Unknown channels 2", "1, 3"]),
    "temperature": ("sample run --temperature nan", ["--temperature", "number of 0 or more", "'nan'"]),
    "count": ("sample run --count 0", ["--count", A_NUMBER]),
    "label below 0": ("sample run --condition -1", ["--condition", "expected a label", "'-1'"]),
    "label in words": ("sample run --condition seven", ["--condition", "expected a label", "'seven'"]),
    "format": ("export run --format onnx", ["Unknown format 'onnx'", "tf_saved_model, litert"]),
    "part of an export": ("export run --part prior", ["Unknown part 'prior'", "decoder, encoder, reconstruct"]),
    "quantization": ("export run --quantization int4", ["Unknown quantization 'int4'", "float16, dynamic, int8"]),
    "a batch of none": ("export run --batch 0", ["--batch", A_NUMBER]),
    "recipe": (DIGITS + "--recipe betavae", ["Unknown recipe 'betavae'", "Did you mean beta_vae", "iwae"]),
    "recipe to explain": ("recipes iwea", ["Unknown recipe 'iwea'", "Did you mean iwae"]),
    "shell": ("--print-completion korn", ["'korn'", "bash, zsh"]),
    # The configuration.
    "no dataset": (TRAIN, ["No dataset", "tfvae datasets", "--dataset digits"]),
    "no file": ("train nothing.toml", [r"no file nothing\.toml", "TOML"]),
    "a folder as configuration": ("train folder", ["folder is a folder", r"config\.toml"], lambda h: h.empty("folder")),
    "binary": (
        "train c.toml",
        [r"c\.toml is not text in UTF-8", "TOML"],
        lambda h: (h.folder / "c.toml").write_bytes(b"\xff\xfe\0"),
    ),
    "malformed": (
        "train c.toml",
        [r"c\.toml is no TOML", "line 2"],
        lambda h: h.toml('[dataset]\nname = "digits\n'),
    ),
    "key twice": (
        "train c.toml",
        [r"c\.toml is no TOML", "overwrite", "line 3"],
        lambda h: h.toml("[fit]\nepochs = 1\nepochs = 2\n"),
    ),
    "section": (
        "train c.toml",
        [r"c\.toml, line 3, modle", "Unknown key 'modle'", "Did you mean model"],
        lambda h: h.toml('[dataset]\nname = "digits"\n[modle]\n'),
    ),
    "dataset key": (
        TRAIN + "c.toml",
        [r"c\.toml, line 3, dataset\.batchsize", "Did you mean batch_size"],
        lambda h: h.toml('[dataset]\nname = "digits"\nbatchsize = 3\n'),
    ),
    "fit key": (
        "train c.toml",
        [r"c\.toml, line 2, fit\.epoch", "Unknown key 'epoch'", "Did you mean epochs"],
        lambda h: h.toml("[fit]\nepoch = 3\n"),
    ),
    "argument of a recipe": (
        DIGITS + "c.toml",
        [r"c\.toml, line 3, model\.bta", "argument of beta_vae 'bta'", "Did you mean beta"],
        lambda h: h.toml('[model]\nrecipe = "beta_vae"\nbta = 2.0\n'),
    ),
    "recipe in a file": (
        DIGITS + "c.toml",
        [r"c\.toml, line 2, model\.recipe", "'iwea'", "Did you mean iwae"],
        lambda h: h.toml('[model]\nrecipe = "iwea"\n'),
    ),
    "recipe and objective": (
        DIGITS + "c.toml",
        [r"c\.toml, line 3, model\.objective", "contradicts", "'vae'", "Leave one of them out"],
        lambda h: h.toml('[model]\nrecipe = "vae"\n[[model.objective]]\npart = "KL"\n'),
    ),
    "recipe flag and objective": (
        DIGITS + "--recipe iwae c.toml",
        [r"c\.toml, line 1, model\.objective", "contradicts", "'iwae'"],
        lambda h: h.toml('[[model.objective]]\npart = "KL"\n'),
    ),
    "no table": (
        "train c.toml",
        [r"c\.toml, line 1, dataset", r"table, \[dataset\]", "'digits'"],
        lambda h: h.toml('dataset = "digits"\n'),
    ),
    "epochs of another type": (
        DIGITS.replace("--epochs 1", "") + "c.toml",
        [r"c\.toml, line 2, fit\.epochs", A_NUMBER, "'many'"],
        lambda h: h.toml('[fit]\nepochs = "many"\n'),
    ),
    "epochs true": (
        "train --dataset digits c.toml",
        [r"c\.toml, line 2, fit\.epochs", A_NUMBER, "True"],
        lambda h: h.toml("[fit]\nepochs = true\n"),
    ),
    "latent size 0": (
        DIGITS + "c.toml",
        [r"c\.toml, line 2, model\.latent_size", A_NUMBER, "0"],
        lambda h: h.toml("[model]\nlatent_size = 0\n"),
    ),
    "seed of another type": (
        DIGITS + "c.toml",
        [r"c\.toml, line 1, seed", "whole number", r"0\.5"],
        lambda h: h.toml("seed = 0.5\n"),
    ),
    "dataset is a number": (
        "train c.toml",
        [r"c\.toml, line 2, dataset\.name", "expected a name or a path", "3"],
        lambda h: h.toml("[dataset]\nname = 3\n"),
    ),
    "data_dir is a number": (
        "train c.toml",
        [r"c\.toml, line 3, dataset\.data_dir", "expected a name or a path", "3"],
        lambda h: h.toml('[dataset]\nname = "mnist"\ndata_dir = 3\n'),
    ),
    "batch size of another type": (
        TRAIN + "c.toml",
        [r"c\.toml, line 3, dataset\.batch_size", A_NUMBER, "'big'"],
        lambda h: h.toml('[dataset]\nname = "digits"\nbatch_size = "big"\n'),
    ),
    "callbacks no array": (
        DIGITS + "c.toml",
        [r"c\.toml, line 2, fit\.callbacks", r"\[\[fit\.callbacks\]\]", "'all'"],
        lambda h: h.toml('[fit]\ncallbacks = "all"\n'),
    ),
    "part": (
        TRAIN + "c.toml",
        [r"c\.toml, line 14, model\.objective\.1\.part", "part for objective 'Kl'", "Did you mean KL"],
        lambda h: h.toml(PARTS + TERMS + '[[model.objective]]\npart = "Kl"\n'),
    ),
    "argument of a part": (
        TRAIN + "c.toml",
        [r"c\.toml, line 15, model\.objective\.1\.free_bit", "argument of KL 'free_bit'", "Did you mean free_bits"],
        lambda h: h.toml(PARTS + TERMS + '[[model.objective]]\npart = "KL"\nfree_bit = 0.1\n'),
    ),
    "value of a part": (
        TRAIN + "c.toml",
        [r"c\.toml, line 15, model\.objective\.1\.free_bits", "`free_bits`", r"-1\.0"],
        lambda h: h.toml(PARTS + TERMS + '[[model.objective]]\npart = "KL"\nfree_bits = -1.0\n'),
    ),
    "part without name": (
        TRAIN + "c.toml",
        [r"c\.toml, line 13, model\.objective\.1", "expected the key 'part'", "'weight'"],
        lambda h: h.toml(PARTS + TERMS + "[[model.objective]]\nweight = 2.0\n"),
    ),
    "part's name is a number": (
        DIGITS + "--set model.prior.part=3",
        [r"model\.prior\.part", "a string", "3"],
    ),
    "part of another kind": (
        DIGITS + "--set model.prior.part=families.Normal",
        [r"model\.prior\.part", r"'families\.Normal'", "StandardNormal"],
    ),
    "part where none is": (
        DIGITS + "--set compile.jit_compile.part=Yes",
        [r"compile\.jit_compile\.part", "Unknown part for jit_compile 'Yes'", "Linear"],
    ),
    "parts missing": (
        DIGITS + "--set model.encoder.part=mlp_encoder",
        ["without a recipe", "Missing: posterior, prior, decoder, likelihood, objective", 'recipe = "vae"'],
    ),
    "optimizer": (
        DIGITS + "--set compile.optimizer.part=Adm",
        [r"compile\.optimizer\.part", "'Adm'", "Did you mean Adam"],
    ),
    "compile argument": (
        DIGITS + "--set compile.optimiser=x",
        [r"compile\.optimiser", "argument of compile 'optimiser'", "Did you mean optimizer"],
    ),
    "set without =": (TRAIN + "--set model.beta", ["--set model.beta", r"KEY=VALUE, such as --set model\.beta=4\.0"]),
    "set without key": (TRAIN + "--set =4", ["--set =4", "KEY=VALUE"]),
    "set no TOML": (TRAIN + "--set model.beta=[1,", ["--set model.beta=", "no TOML", "Quote a string"]),
    "set below a number": (
        TRAIN + "c.toml --set seed.first=3",
        [r"--set seed\.first=3", "seed is no table", "'first'"],
        lambda h: h.toml("seed = 3\n"),
    ),
    "set of another type": (DIGITS + "--set fit.validation_freq=often", [r"fit\.validation_freq", A_NUMBER, "'often'"]),
    # Parts that don't fit.
    "decoder of another size": (
        TRAIN + "c.toml",
        [r"c\.toml, line 3, model", r"8, 8, 1", r"28, 28"],
        lambda h: h.toml(
            PARTS.replace('"mlp_decoder"', '"conv_decoder", image_shape = [28, 28]')
            + TERMS
            + '[[model.objective]]\npart = "KL"\n'
        ),
    ),
    "strides that don't divide": (
        TRAIN + "--dataset x.npy --recipe vae --set model.encoder.part=conv_encoder",
        [r"model\.encoder", "10, 10", "divi|multiple"],
        lambda h: h.array(np.zeros((100, 10, 10), "uint8")),
    ),
    "no classes": (
        TRAIN + "--dataset x.npy --recipe conditional_vae",
        [r"model\.recipe", "no classes", "such as digits or a folder"],
        lambda h: h.array(np.zeros((100, 8, 8), "uint8")),
    ),
    # Data.
    "dataset": (TRAIN + "--dataset mnits", ["'mnits'", "digits, sprites", "Did you mean mnist"]),
    "path": (TRAIN + "--dataset ./nothing", [r"'\./nothing'", "no such folder or file"]),
    "another file": (
        TRAIN + "--dataset a.txt",
        [r"a\.txt'", "another file", r"\.npy or \.npz"],
        lambda h: h.text("a.txt"),
    ),
    "not prepared": (
        TRAIN + "--dataset mnist --data-dir tfds",
        ["mnist", "not prepared in .*tfds", "could not be downloaded", "scripts/prepare_tfds mnist", "data_dir"],
        no_network,
    ),
    "batch size larger than the data": (
        DIGITS + "--batch-size 5000",
        [r"dataset\.batch_size", "1..1437, the number of examples", "batch_size=5000"],
    ),
    "empty folder": (
        TRAIN + "--dataset images",
        [r"Expected images \(\.png", "images or below", "none"],
        lambda h: h.empty("images"),
    ),
    "empty split": (
        TRAIN + "--dataset images",
        ["split", "images", "1 of 1|1 example|no example|empty"],
        lambda h: h.images([(4, 4)]),
    ),
    "unreadable image": (
        TRAIN + "--dataset images --strict",
        ["4 of 29", r"a/bad\.png", "Repair or delete"],
        lambda h: (h.images([(4, 4)] * 30), [h.text(f"images/{n}/bad.png") for n in ("a", "b", "c", "d")]),
    ),
    "no readable image": (
        TRAIN + "--dataset images",
        [r"\.png", "can't be read", "Repair or delete"],
        lambda h: (h.empty("images"), [h.text(f"images/{number}.png") for number in range(20)]),
    ),
    "images of several sizes": (
        TRAIN + "--dataset images",
        ["images of one size", r"\(4, 5\)", r"\(4, 4\)", "image_size"],
        lambda h: h.images([(4, 4), (5, 4)] * 15),
    ),
    "NaN": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy", "NaN or infinity in 1 of", "rows? 17", "Repair or leave out"],
        lambda h: h.array(np.where(np.arange(100)[:, None, None] == 17, np.nan, np.zeros((100, 4, 4), "float32"))),
    ),
    "infinity": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy", "NaN or infinity in 1 of", "rows? 17", "Repair or leave out"],
        lambda h: h.array(np.where(np.arange(100)[:, None, None] == 17, np.inf, np.zeros((100, 4, 4), "float32"))),
    ),
    "pixels 0..255 as floats": (
        TRAIN + "--dataset x.npy",
        [r"uint8 pixels 0\.\.255, or floats in \[0, 1\]", "255", "Keep the pixels as uint8"],
        lambda h: h.array(np.full((100, 4, 4), 255, "float32")),
    ),
    "dtype": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy", "uint8 0..255, or floats", "int64", r"astype\('uint8'\)"],
        lambda h: h.array(np.zeros((100, 4, 4), "int64")),
    ),
    "objects": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy is no NumPy file of numbers", r"numpy\.save"],
        lambda h: h.array(np.array([None] * 10)),
    ),
    "truncated array": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy is no NumPy file of numbers, or is damaged", r"numpy\.save"],
        lambda h: keep_half(h.array(np.zeros((100, 4, 4), "uint8"))),
    ),
    "one image": (
        TRAIN + "--dataset x.npy",
        [r"\(n, height, width\[, channels\]\)", r"x\.npy", r"\(4, 4\)"],
        lambda h: h.array(np.zeros((4, 4), "uint8")),
    ),
    "archive without images": (
        TRAIN + "--dataset x.npz",
        [r"x\.npz", "'images' or 'x'", r"numpy\.savez"],
        lambda h: np.savez(h.folder / "x.npz", a=np.zeros(3), b=np.zeros(3)),
    ),
    "archive of text": (
        TRAIN + "--dataset x.npz",
        [r"x\.npz is no NumPy file", r"numpy\.savez"],
        lambda h: h.text("x.npz"),
    ),
    "strict digits": (DIGITS + "--strict", ["`strict`", "does not apply", "'digits'", "Leave it out"]),
    "image size of digits": (DIGITS + "--image-size 8", ["`image_size`", "does not apply", "Leave it out"]),
    "folder of digits": (DIGITS + "--data-dir tfds", ["`data_dir`", "does not apply", "'digits'"]),
    # The run folder.
    "output is a file": (
        DIGITS,
        ["out is a file", "--output another"],
        lambda h: h.text("out"),
    ),
    "output below a file": (
        "train --dataset digits --output a.txt/out",
        [r"a\.txt is a file", "--output another"],
        lambda h: h.text("a.txt"),
    ),
    "output of somebody else": (
        DIGITS,
        ["out is not empty, and not the folder of a run", "--output another"],
        lambda h: h.text("out/thesis.txt"),
    ),
    "configuration of somebody else": (
        DIGITS + "--overwrite",
        ["out is not empty, and not the folder of a run", "--output another"],
        lambda h: h.text("out/config.toml", "[dataset]\n"),
    ),
    "run exists": (
        "train --dataset digits --output run",
        ["run holds a run already", "--resume", "--overwrite", "--output another"],
        Here.run,
    ),
    "no permission": (
        "train --dataset digits --output closed/run",
        ["No permission to write in .*closed", "--output another"],
        no_permission,
    ),
    "no space": (DIGITS, ["No space left on device", "Make room"], no_space),
    "resume what": ("train --resume", ["--resume needs the run", "--output runs/NAME"]),
    "resume nothing": ("train --resume --output run", ["run is not the folder of a run", "without --resume"]),
    "resume another folder": (
        "train --resume --output out",
        ["out is not the folder of a run", r"no \[versions\]", "without --resume"],
        lambda h: h.text("out/config.toml", "[dataset]\n"),
    ),
    "resume another version": (
        "train --resume --output run",
        [r"run was written by tfvae 0\.0\.1", r"pip install tfvae==0\.0\.1", "--output another"],
        lambda h: edit_config(h, 'tfvae = "0.1.0"', 'tfvae = "0.0.1"'),
    ),
    "resume a damaged configuration": (
        "train --resume --output run",
        [r"run/config\.toml is no TOML", "line 1"],
        lambda h: edit_config(h, "seed =", "seed"),
    ),
    "resume with another model": (
        "train --resume --output run --latent-size 3 --seed 1",
        ["--resume goes on with the run's own", "--latent-size, --seed", "Leave that out"],
        Here.run,
    ),
    "resume and set": ("train --resume --output run --set seed=1", ["--resume", "no --set"], Here.run),
    "resume and overwrite": ("train --resume --output run --overwrite", ["--resume", "no --overwrite"], Here.run),
    "resume with a damaged checkpoint": (
        "train --resume --output run --epochs 2",
        [r"last\.npz is damaged", r"tfvae train run/config\.toml --output another"],
        lambda h: keep_half(h.run() / "checkpoints" / "last.npz"),
    ),
    "two at once, overwrite": (
        "train --dataset digits --output run --overwrite",
        ["Another process is writing to run", "Wait for it", "--output another"],
        lambda h: held(h, h.run()),
    ),
    "two at once, resume": (
        "train --resume --output run --epochs 2",
        ["Another process is writing to run", "Wait for it"],
        lambda h: held(h, h.run()),
    ),
    # A model and what it is used for.
    "no run there": ("sample run", [r"no run folder or \.keras file run", "tfvae train"]),
    "no run folder": ("evaluate here", ["here is not the folder of a run", "tfvae train"], lambda h: h.empty("here")),
    "no model yet": (
        "sample run",
        [r"run has no model\.keras yet", "tfvae train --resume --output run"],
        lambda h: (h.run() / "model.keras").unlink(),
    ),
    "output exists": (
        "sample run --output a.png",
        [r"a\.png exists", "--overwrite", "--output another"],
        lambda h: (h.run(), h.text("a.png")),
    ),
    "output of another format": ("sample run --output a.jpg", [r"--output a\.jpg", r"\*\.png"], Here.run),
    "output is a folder": (
        "encode run --output a.npz",
        [r"a\.npz is a folder", r"\*\.npz", "--output another"],
        lambda h: (h.run(), h.empty("a.npz")),
    ),
    "no permission for output": (
        "evaluate run --output closed/a.json",
        ["No permission to write in .*closed", "--output another"],
        lambda h: (h.run(), no_permission(h)),
    ),
    "shards into a file": (
        "encode run --shard-size 9 --output a.npz --overwrite",
        [r"a\.npz", "is a file", "Expected a folder"],
        lambda h: (h.run(), h.text("a.npz")),
    ),
    "shards among other files": (
        "encode run --shard-size 9",
        [r"latents-test holds more than shards \(notes\.txt\)", "--output"],
        strangers,
    ),
    "export to a file": (
        "export run --output a",
        ["a is a file", "Expected a folder", "--output another"],
        lambda h: (h.run(), h.text("a")),
    ),
    "no space for a picture": (
        "sample run",
        ["No space left on device", "Make room"],
        lambda h: (h.run(), h.monkeypatch.setattr(Image.Image, "save", _no_picture)),
    ),
    "truncated model": ("sample m.keras", [NO_MODEL, "cut short", "again"], lambda h: keep_half(h.model())),
    "text as model": ("sample m.keras", [NO_MODEL, "another format"], lambda h: h.text("m.keras")),
    "empty model": ("evaluate m.keras --dataset digits", [NO_MODEL, "again"], lambda h: h.text("m.keras", "")),
    "damaged model": ("sample m.keras", [NO_MODEL, "damaged"], lambda h: damage(h.model())),
    "archive as model": (
        "sample m.keras",
        [NO_MODEL, r"archive without config\.json"],
        lambda h: rewrite(h.model(), "config.json", None),
    ),
    "damaged description": (
        "sample m.keras",
        [NO_MODEL, "damaged"],
        lambda h: rewrite(h.model(), "config.json", "{"),
    ),
    "foreign model": ("sample m.keras", [NO_MODEL, "another Keras model, a .*Sequential"], foreign),
    "other suffix": (
        "sample m.h5",
        [r"m\.h5 is no model", r"'\.h5'"],
        lambda h: h.model("m.h5"),
    ),
    "part of a newer version": (
        "sample m.keras",
        [NO_MODEL, "NewPrior"],
        lambda h: newer(h.model()),
    ),
    "damaged model in a run": (
        "reconstruct run",
        [r"run/model\.keras is no model", "cut short"],
        lambda h: keep_half(h.run() / "model.keras"),
    ),
    "no dataset known": ("evaluate m.keras", ["doesn't know its dataset", "--dataset digits"], Here.model),
    "images of another shape": (
        "reconstruct run --dataset x.npy",
        [r"\(10, 10, 1\)", r"\(8, 8, 1\)", "--image-size"],
        lambda h: (h.run(), h.array(np.zeros((100, 10, 10), "uint8"))),
    ),
    "split": ("encode run --split tset", ["'tset'", "train, validation or test|train, validation, test"], Here.run),
    "condition for nothing": ("sample run --condition 3", ["--condition 3", "no condition", "Leave it out"], Here.run),
    "no such label": ("sample c.keras --condition 10", ["--condition 10", r"label in 0\.\.9"], Here.conditional),
    "image without label": (
        "vary c.keras --image a.png",
        ["--image gives no label", "--dataset"],
        lambda h: (h.conditional(), h.text("a.png")),
    ),
    "no image": ("vary run --image a.png", [r"--image a\.png", "no such file"], Here.run),
    "no such export": ("explore nothing", ["There is no export nothing", "tfvae export RUN"]),
    "an export that is a file": ("explore a", ["There is no export a"], lambda h: h.text("a")),
    "nothing to explore": ("explore", ["Name an export", "tfvae export RUN"]),
    "no decoder": ("explore base", ["no decoder for LiteRT", "tfvae export RUN"], lambda h: served(h, decoders=())),
    "no export in it": ("explore base", ["no decoder for LiteRT"], lambda h: h.empty("base")),
    "an export of an older version": (
        "explore base",
        [r"base/litert has no manifest\.json", "Export again"],
        lambda h: (served(h) / "manifest.json").unlink(),
    ),
    "a damaged decoder": (
        "explore base",
        [r"decoder\.tflite is damaged: it has 4 bytes, and 8 were written", "Export again"],
        lambda h: keep_half(served(h) / "decoder.tflite"),
    ),
    "a decoder that is gone": (
        "explore base",
        [r"decoder\.tflite is missing"],
        lambda h: (served(h) / "decoder.tflite").unlink(),
    ),
    "a damaged manifest": (
        "explore base",
        [r"manifest\.json is damaged"],
        lambda h: keep_half(served(h) / "manifest.json"),
    ),
    "an export without its data": (
        "explore base",
        [r"base/litert has no explorer\.json", "without its dataset", "--dataset NAME"],
        lambda h: served(h, about=None),
    ),
    "no packages": (
        "explore base",
        ["packages aren't installed", r"@litertjs/core \d", "tfvae explore --install$"],
        served,
    ),
    "no packages where they should be": (
        "explore base --packages there",
        ["aren't installed in there", "tfvae explore --install --packages there$"],
        served,
    ),
    "no npm": (
        "explore base --install",
        ["npm was not found", "Node.js"],
        lambda h: (served(h), h.monkeypatch.setenv("PATH", "")),
    ),
    "port taken": ("explore base --port 8137", ["Port 8137 is taken", "--port 0"], port_taken),
    "unreadable picture": (
        "vary run --image a.png",
        [r"--image a\.png", "no image that can be read"],
        lambda h: (h.run(), h.text("a.png")),
    ),
    "image and dataset": (
        "vary run --image a.png --dataset digits",
        ["--image and --dataset contradict each other", "Leave one"],
        lambda h: (h.run(), h.text("a.png")),
    ),
}


def _no_picture(image, file, *arguments, **options):
    file.write_bytes(b"the beginning")
    raise OSError(errno.ENOSPC, "No space left on device")


def newer(path):
    """Makes a model's file one with a part that doesn't exist here."""
    with zipfile.ZipFile(path) as archive:
        config = json.loads(archive.read("config.json"))
    config["config"]["prior"] |= {"class_name": "NewPrior", "registered_name": "tfvae>NewPrior", "module": "tfvae.x"}
    rewrite(path, "config.json", json.dumps(config))


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
