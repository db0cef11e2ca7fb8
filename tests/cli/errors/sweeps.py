"""Sweeps."""

import json

from tests.cli.errors.broken import no_permission
from tests.cli.errors.words import A_NUMBER

SWEEP = "sweep --dataset digits --recipe beta_vae --epochs 1 --output out "
VARY = SWEEP + "--vary model.beta 1 2 "


def held(here, **others):
    """A sweep of beta 1 and 2 that has begun."""
    configuration = {"model": {"recipe": "beta_vae", "latent_size": 16}, "dataset": {"name": "digits"}, "seed": 0}
    configuration |= {"fit": {"epochs": 1}, **others}
    plan = {"configuration": configuration, "vary": {"model.beta": [1, 2]}, "runs": {}}
    here.text("out/sweep.json", json.dumps(plan))


def changed(here):
    """A sweep whose first run is of other epochs."""
    held(here)
    run = here.run()
    text = (run / "config.toml").read_text()
    for was, becomes in (
        ('recipe = "image_vae"', 'recipe = "beta_vae"\nbeta = 1'),
        ("latent_size = 2", "latent_size = 16"),
        ("epochs = 1", "epochs = 7"),
    ):
        assert was in text
        text = text.replace(was, becomes)
    (run / "config.toml").write_text(text)
    run.rename(here.folder / "out" / "beta-1")


# name: (command line, patterns that the line must have, what is in the folder)
ROWS = {
    "sweep of nothing": (SWEEP, ["Nothing varies", "--latent-size 2 4 8"]),
    "sweep without data": ("sweep --latent-size 1 2", ["No dataset", "--dataset digits"]),
    "sweep to a size of 0": (SWEEP + "--latent-size 2 0", ["--latent-size", A_NUMBER, "'0'"]),
    "sweep twice over a size": (SWEEP + "--latent-size 2 4 2", ["--latent-size: 2 is there twice", "once"]),
    "sweep twice over a number": (SWEEP + "--vary model.beta 1 1.0", [r"--vary model\.beta: 1\.0 is there twice"]),
    "sweep of words": (SWEEP + "--vary model.beta 1 high", [r"--vary model\.beta: expected numbers", "'high'"]),
    "sweep of no number": (SWEEP + "--vary model.beta 1 nan", [r"--vary model\.beta: expected numbers", "'nan'"]),
    "sweep of an entry": (SWEEP + "--vary model.beta", [r"--vary model\.beta: expected an entry and its numbers"]),
    "sweep of another recipe's number": (
        SWEEP + "--vary model.bta 1 2",
        [r"--vary model\.bta: Unknown number of beta_vae 'bta'", "Did you mean beta"],
    ),
    "sweep of no entry": (SWEEP + "--vary fit.epoch 1 2", [r"fit\.epoch", "Did you mean epochs"]),
    "sweep by two options": (
        SWEEP + "--latent-size 1 2 --vary model.latent_size 4 8",
        [r"model\.latent_size is varied by two options", "Leave one"],
    ),
    "sweep and set": (VARY + "--set model.beta=3", [r"--set model\.beta says another number", "Leave one"]),
    "sweep by a recipe that isn't": ("sweep --recipe betavae", ["Unknown recipe 'betavae'", "Did you mean beta_vae"]),
    "sweep compared on no split": (VARY + "--split tset", ["tset"]),
    "sweep to a file": (VARY, ["out is a file", "--output another"], lambda h: h.text("out")),
    "sweep into somebody's folder": (
        VARY,
        ["out is not empty, and not the folder of a sweep", "--output another"],
        lambda h: h.text("out/thesis.txt"),
    ),
    "sweep into no sweep": (VARY, [r"out/sweep\.json is not what"], lambda h: h.text("out/sweep.json", "{}")),
    "sweep into half a sweep": (VARY, [r"out/sweep\.json is not what"], lambda h: h.text("out/sweep.json", "{")),
    "sweep into another": (
        SWEEP + "--vary model.beta 1 2 4",
        [r"out holds another sweep: model\.beta is \[1, 2\] there, and \[1, 2, 4\]", "Repeat that one"],
        held,
    ),
    "sweep into one of other seeds": (VARY + "--seeds 0 1", [r"another sweep: seed is 0 there, and \[0, 1\]"], held),
    "sweep into one of other data": (
        VARY.replace("digits", "sprites"),
        [r"another sweep: dataset\.name is 'digits' there, and 'sprites' in"],
        held,
    ),
    "sweep with less than it began with": (
        VARY,
        [r"another sweep: compile\.jit_compile is False there, and not given in this command"],
        lambda h: held(h, compile={"jit_compile": False}),
    ),
    "sweep over a run that was trained on": (
        VARY,
        [r"out/beta-1 isn't the run of this sweep any more: fit\.epochs is 7, and not 1"],
        changed,
    ),
    "sweep without permission": (
        VARY.replace(" out", " closed/out"),
        ["No permission to write in .*closed"],
        no_permission,
    ),
}
