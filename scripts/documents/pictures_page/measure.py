"""A model of pictures trained and measured: figures for a row of the table, strips of pictures beside it."""

import math
import pathlib
import statistics
import subprocess
import sys
import time
from typing import NamedTuple

import keras
import numpy as np

import tfvae
from pictures_page.models import MODELS
from tfvae import data, evaluation, export, pictures
from tfvae.export import stopwatch
from tfvae.files import whole

_PREPARE = pathlib.Path(__file__).resolve().parents[2] / "prepare_pictures"
BATCH, DRAWS = 32, 16
QUANTIZATIONS = (None, "float16", "dynamic", "int8")
_ROUNDS = 3
# Seeds of the network that judges, and of the one that models compare pictures by: no model is judged by what it saw.
_JUDGE, _GUIDE = 1, 0


class Pictures(NamedTuple):
    """A set of pictures.

    Attributes:
        title: For the page.
        arguments: Of scripts/prepare_pictures, less the folder.
        epochs: Passes over the training pictures, the budget of every model.
        shown: Pictures in a strip.
    """

    title: str
    arguments: tuple
    epochs: int
    shown: int


SETS = {
    "emoji64": Pictures("Emoji, 64x64", ("emoji", "--size", "64"), 12, 8),
    "photographs64": Pictures("Photographs, 64x64", ("photographs", "--count", "6000"), 8, 8),
    "emoji128": Pictures("Emoji, 128x128", ("emoji", "--size", "128"), 4, 4),
}


def prepared(name, output):
    """Returns the folder of a set of pictures, which is made where it is missing."""
    folder = output / "data" / name
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        kind, *rest = SETS[name].arguments
        subprocess.run([sys.executable, _PREPARE, kind, folder, *rest], check=True, stdout=subprocess.DEVNULL)
    return folder


def arrays(folder):
    """Returns {split: uint8 [N, h, w, 3]}."""
    found = {}
    for split in ("train", "test"):
        dataset, _ = data.load(str(folder), split, shuffle=False)
        found[split] = np.concatenate([np.asarray(batch) for batch in dataset])
    return found


def network(images, seed, path):
    """Returns the `evaluation.Classifier` of turned training pictures as one model of [features, *maps], from a file.

    It is trained where there is no file.
    """
    if not path.exists():
        turned = evaluation.rotations(data.from_array(images["train"] / np.float32(255.0), seed=seed))
        found = evaluation.classifier(turned, epochs=max(1, 60_000 // (4 * len(images["train"]))), seed=seed, verbose=0)
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole.replacing(path) as temporary:
            keras.Model(found.maps.input, [found.features.output, *found.maps.outputs]).save(temporary)
    loaded = keras.saving.load_model(path, compile=False)
    features, *maps = loaded.outputs
    return keras.Model(loaded.input, features), keras.Model(loaded.input, maps)


def run(which, name, seed, output):
    """Trains a model once and measures it.

    Args:
        which: Of `SETS`.
        name: Of `MODELS`.
        seed: int: of weights, noise and the order of the data.
        output: Folder of data, networks and models. Gets WHICH/NAME-SEED.keras.

    Returns:
        {figure: number or (number, error)}, and the strips {"originals" | "again" | "samples": uint8 [N, h, w, 3]}.
    """
    images, folder = arrays(prepared(which, output)), output / which
    judge = network(images, _JUDGE, folder / "judge.keras")[0]
    guide = network(images, _GUIDE, folder / "guide.keras")[1]
    shape = images["train"].shape[1:]
    keras.utils.set_random_seed(seed)
    vae = MODELS[name].build(shape, 2 * shape[0], guide, seed)
    vae.compile("adam")
    batches = data.from_array(images["train"], batch_size=BATCH, seed=seed)
    start = time.process_time()
    vae.fit(batches, epochs=SETS[which].epochs, verbose=0)
    found = {"seconds": time.process_time() - start}
    vae.save(folder / f"{name}-{seed}.keras")
    sampler = vae
    if MODELS[name].prior is not None:
        start = time.process_time()
        sampler = MODELS[name].prior(vae, batches, seed)
        found["prior_seconds"] = time.process_time() - start
    figures, strips = measured(vae, sampler, images, judge, SETS[which].shown)
    return found | figures, strips


def measured(vae, sampler, images, judge, shown):
    """Returns the figures of a trained model and its strips; see `run`."""
    test, found = data.from_array(images["test"], batch_size=BATCH, shuffle=False), {}
    likelihood = evaluation.log_likelihood(vae, test, DRAWS, verbose=0)
    dimensions = np.prod(images["test"].shape[1:]) * np.log(2)
    found["bits"] = (likelihood.bits_per_dimension, likelihood.standard_error / dimensions)
    apart = evaluation.reconstruction(vae, test, verbose=0)
    found |= {"psnr": _plain(apart.psnr), "ssim": _plain(apart.ssim)}
    again = _again(vae, images["test"])
    compared = {"again": again, "prior": vae, "fitted": sampler}
    if sampler is vae:
        del compared["fitted"]
    for what, generated in compared.items():
        judged = evaluation.fidelity(test, generated, judge, verbose=0)
        found[f"frechet_{what}"] = _plain(judged.frechet)
    step = len(again) // shown
    strips = {"originals": images["test"][::step][:shown], "again": again[::step][:shown]}
    strips["samples"] = np.clip(sampler.sample(2 * shown, seed=0).numpy(), 0.0, 1.0)
    return found, strips


def _plain(estimate):
    return estimate.value, estimate.standard_error


def _again(vae, images):
    """Returns E p(x|z) at z = E q(z|x), as the figures of `evaluation.reconstruction` have it."""
    batches = (images[at : at + 128] for at in range(0, len(images), 128))
    parts = [vae.decode(vae.encode(each).mean()).mean().numpy() for each in batches]
    return np.clip(np.concatenate(parts), 0.0, 1.0)


def steps(which, output):
    """Returns the train steps of each model of a set."""
    return SETS[which].epochs * math.ceil(len(arrays(prepared(which, output))["train"]) / BATCH)


def yardstick(which, output):
    """Returns (number, error) of the squared Frechet distance of as many training pictures from the test pictures."""
    images, folder = arrays(prepared(which, output)), output / which
    judge = network(images, _JUDGE, folder / "judge.keras")[0]
    test, train = images["test"], np.random.default_rng(0).permutation(images["train"])
    return _plain(evaluation.fidelity(test, train[: len(test)], judge, verbose=0).frechet)


def keep(strips, folder, name):
    """Writes NAME.png, NAME-samples.png and the originals."""
    folder.mkdir(parents=True, exist_ok=True)
    columns = len(strips["originals"])
    pictures.save(folder / "originals.png", pictures.grid(strips["originals"], columns=columns))
    pictures.save(folder / f"{name}.png", pictures.grid(strips["again"], columns=columns))
    pictures.save(folder / f"{name}-samples.png", pictures.grid(strips["samples"], columns=columns))


def decoders(which, name, output):
    """Writes the decoder of the first seed's model in every precision. Returns the `Variant`s."""
    vae = tfvae.load_model(output / which / f"{name}-0.keras")
    images = arrays(prepared(which, output))["train"][:512]
    folder = output / which / f"{name}-litert"
    return export.litert_variants(vae, folder, ["decoder"], QUANTIZATIONS, images, timed=False)


def timed(variants):
    """Returns {precision: {"kib", "ms"} or {"refused"}} of many variants: the median over rounds of one thread's time.

    Each file runs once in each round, so that what else the machine does meets all of them.
    """
    seen = {key: [] for key, each in variants.items() if each.path is not None}
    for _ in range(_ROUNDS):
        for key, values in seen.items():
            values.append(stopwatch.measure(variants[key].path)["latency_us"]["1"] / 1000)
    return {
        key: {"kib": each.path.stat().st_size / 1024, "ms": statistics.median(seen[key])}
        if each.path is not None
        else {"refused": each.reason}
        for key, each in variants.items()
    }
