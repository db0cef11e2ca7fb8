"""The page of recipes: docstrings, figures and pictures put together."""

import inspect
import math
import re
import textwrap

import numpy as np

from recipes_page.measure import BATCH, DRAWS, LATENT, has_samples
from tfvae import recipes
from tfvae.data import digits
from tfvae.files import whole

_HEAD = """# Recipes

A recipe is a paper's name for a few parts: a function of `tfvae.recipes` that returns a `VAE`, of some ten lines. Any
part can be given in place of a recipe's default, and `tfvae train --recipe NAME` runs it. This page is written by
[scripts/documents/document_recipes](../scripts/documents/document_recipes) from the docstrings and from what the
models learned: its text and figures are not typed by hand. [extending.md](extending.md) adds one from start to end.

Each was trained on the {train:,} training digits (8x8) with its own defaults and one budget: one hidden layer of 512
units on either side where the recipe doesn't say otherwise, {latent} latent dimensions, Adam at its default rate,
batches of {batch}, {epochs} epochs, {seeds} seeds. So small a budget and data set show that a recipe learns, and its
order of magnitude; they don't rank papers.

## Figures

The {test} test digits; log p(x) in nats an image by {draws:,} importance-weighted draws, a lower bound in expectation;
higher is better. "+-" is the standard error over test images and seeds together. *over vae* is the mean difference from
`vae`, image by image, with its own standard error: the images are the same, so it says more than the two figures.
"""

# Of a line of code.
_WIDTH = 120
_COMPARED = "log p(x), binary pixels"
_MEASURES = {
    _COMPARED: "Binary pixels: the same binarised digits for all.",
    "log p(x|c), binary pixels": "Given the label, of the same binarised digits.",
    "log p(x), grey pixels": (
        "Grey pixels in [0, 1]: log densities, which can be above 0 and are not to be compared with the probabilities\n"
        "above."
    ),
    "log p(x|total), grey levels as counts": (
        "Grey levels 0..255 as counts, given their total: of `count_vae` with the total as library size, of the other\n"
        "two of all x of this total. So neither is to be compared with the other, or with those above."
    ),
    "log p(image, label), grey pixels": (
        "Image and label together: a log density of grey pixels, with the log probability of the label. Pixels have a\n"
        "fixed scale of 0.25, so they are not to be compared with those above."
    ),
    "squared error": "No density: the squared error of an image, the sum over its pixels in [0, 1]; lower is better.",
}


def write(path, known):
    """Writes the page.

    Args:
        path: The Markdown file, replaced whole.
        known: {name: what `summary` returned, and the budget}.
    """
    budgets = {(about["epochs"], about["seeds"]) for about in known.values()}
    if len(budgets) > 1:
        raise SystemExit("document_recipes: figures of different budgets. Train all again, without --only.")
    (epochs, seeds) = budgets.pop()
    counts = {split: len(digits(split)[0]) for split in ("train", "test")}
    text = [_HEAD.format(**counts, latent=LATENT, batch=BATCH, epochs=epochs, seeds=seeds, draws=DRAWS)]
    for measure, note in _MEASURES.items():
        text.append(f"{note}\n\n{_table(measure, known)}\n")
    for theme in recipes.THEMES:
        text.append(f"## {inspect.getdoc(theme).splitlines()[0].rstrip('.')}\n")
        text += [_recipe(name, known[name], known["vae"]["parts"]) for name in _names(theme)]
    with whole.replacing(path) as temporary:
        temporary.write_text("\n".join(text))


def summary(found, plain):
    """Returns what the page says of a recipe, from what `measure.recipe` returned.

    Args:
        found: Its return.
        plain: That of `vae`, whose images are the same.
    """
    told = {name: found[name] for name in ("measure", "means", "parts")}
    told["mean"] = float(np.mean(found["means"]))
    told["error"] = math.hypot(_of_mean(found["per_example"]), _of_mean(found["means"]))
    if found["measure"] == _COMPARED and found is not plain:
        values = np.subtract(found["per_example"], plain["per_example"])
        # The seeds of two recipes have nothing in common but their number.
        error = math.hypot(_of_mean(values), _of_mean(found["means"]), _of_mean(plain["means"]))
        told["over"] = [float(values.mean()), error]
    return told


def _names(theme):
    return [
        name
        for name, value in vars(theme).items()
        if getattr(value, "__module__", "") == theme.__name__ and name in recipes.__all__
    ]


def _table(measure, known):
    rows = {name: about for name, about in known.items() if about["measure"] == measure}
    sign = -1 if measure == "squared error" else 1
    rows = dict(sorted(rows.items(), key=lambda row: -sign * row[1]["mean"]))
    compared = measure == _COMPARED
    head = ["recipe", measure.replace("|", "\\|"), "+-"] + (["over vae", "+-"] if compared else []) + ["each seed"]
    lines = ["| " + " | ".join(head) + " |", "|---" + "|---:" * (len(head) - 1) + "|"]
    for name, about in rows.items():
        cells = [f"[`{name}`](#{name})", f"{about['mean']:.2f}", f"{about['error']:.2f}"]
        if compared:
            cells += [f"{about['over'][0]:+.2f}", f"{about['over'][1]:.2f}"] if "over" in about else ["", ""]
        cells.append(", ".join(f"{mean:.2f}" for mean in about["means"]))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _of_mean(values):
    return float(np.std(values, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan


def _recipe(name, about, plain):
    """Returns a recipe's paragraph: what it is, its equation, its paper, its parts, its picture."""
    function = getattr(recipes, name)
    documentation = inspect.getdoc(function).split("\n>>>")[0]
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", documentation) if not part.startswith("Args:")]
    summary, equation, *reference = (part for part in paragraphs if part)
    differing = {role: text for role, text in about["parts"].items() if name == "vae" or text != plain[role]}
    lines = [f"{role} = {_counted(text)}" for role, text in differing.items()]
    sentence = "\n".join(textwrap.fill(line, 120, subsequent_indent="    ") for line in lines)
    if not sentence:
        sentence = "as vae, with other networks"
    paper = "\n".join(textwrap.wrap(" ".join(reference), 120, break_on_hyphens=False))
    taken = inspect.signature(function).parameters.values()
    arguments = ", ".join(str(parameter.replace(annotation=parameter.empty)) for parameter in taken)
    call = f"recipes.{name}({arguments})"
    if len(call) > _WIDTH:  # as the formatter would
        call = f"recipes.{name}(\n    {arguments}\n)"
    return (
        f"### {name}\n\n{summary}\n\n```text\n{equation}\n```\n\n{paper}\n\n"
        f"```python\n{call}\n```\n\n```text\n{sentence}\n```\n\n"
        f"![{name}: {_shown(name, about)}](pictures/recipes/{name}.png)\n"
    )


def _counted(text):
    """Returns a list of parts with those that repeat as one and their number."""
    return re.sub(
        r"\[(\w+\(\(\d+,\)\))((?:, \1)+)\]", lambda found: f"{len(found[0].split('), '))} * [{found[1]}]", text
    )


def _shown(name, about):
    if name in vars(recipes.modalities):
        return "test digits, what is made of image and label, of the image alone, of the label alone, a row of samples"
    rows = ["test digits", "their reconstructions"]
    if "Corrupt" in about["parts"]["preprocessing"]:
        rows.insert(1, "the same with noise")
    if has_samples(name, about["measure"]):
        rows.append("two rows of samples")
    return ", ".join(rows)
