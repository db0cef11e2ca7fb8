"""A model and what it is used for."""

import numpy as np
from PIL import Image

from tests.cli.errors.broken import (
    damage,
    foreign,
    keep_half,
    newer,
    no_permission,
    no_picture,
    port_taken,
    rewrite,
    served,
    strangers,
)
from tests.cli.errors.here import Here
from tests.cli.errors.words import NO_MODEL

# name: (command line, patterns that the line must have, what is in the folder)
ROWS = {
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
    "more samples than images": (
        "evaluate run --samples 181",
        ["--samples 181", "from 12 to 180", "digits test"],
        Here.run,
    ),
    "a network without samples": (
        "evaluate run --network n.keras",
        ["--network", "--samples N"],
        lambda h: (h.run(), h.text("n.keras")),
    ),
    "no factors": (
        "evaluate run --factors",
        ["--factors: the factors of digits aren't known", "sprites"],
        Here.run,
    ),
    "no network there": ("evaluate run --samples 20 --network n.keras", [r"n\.keras: there is no such file"], Here.run),
    "a network that is none": (
        "evaluate run --num-samples 1 --samples 20 --network n.keras",
        [r"n\.keras is no Keras network"],
        lambda h: (h.run(), h.text("n.keras")),
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
        lambda h: (h.run(), h.monkeypatch.setattr(Image.Image, "save", no_picture)),
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
    "scores of a model that knows no data": (
        "score m.keras --dataset digits",
        [r"m\.keras doesn't know the data", "validation images", "the folder of its run"],
        Here.model,
    ),
    "scores of what calibrates them": (
        "score run --split validation --num-samples 1",
        ["--split validation", "calibrate p-values", "another split"],
        Here.run,
    ),
    "p-values on a phone": (
        "export run --p-values --format litert",
        ["--p-values", "--format litert", "Leave one"],
        Here.run,
    ),
    "p-values of a model that knows no data": (
        "export m.keras --p-values",
        [r"m\.keras doesn't know the data"],
        Here.model,
    ),
    "scores as a picture": ("score run --output a.png", [r"--output a\.png", r"\*\.csv"], Here.run),
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
