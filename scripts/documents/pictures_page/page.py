"""The page of pictures: figures of several seeds, files for phones, and strips beside each other."""

import json
import math
import statistics
import textwrap

from pictures_page import measure
from pictures_page.models import COMPONENTS, DIFFUSION_STEPS, MODELS
from tfvae.files import whole

_HEAD = """# Pictures

What models of colour pictures learn in a short training, beside each other. This page is written by
[scripts/documents/document_pictures](../scripts/documents/document_pictures) from what came out: no figure is typed by
hand. [data.md](data.md) has the command line's defaults for pictures, [recipes.md](recipes.md) all recipes on digits.

Each model of a set has the same passes over the same pictures: batches of {batch}, Adam at its default rate, {seeds}
seeds (where there are two, a figure is their mean), no augmentation. The flat ones have as many latents as two sides of
a picture. `scripts/prepare_pictures` makes the sets from packages of Debian; variants of one emoji, and crops of one
photograph, are in one split. All figures are of test pictures.

- *bits a dimension*: an upper bound in expectation, by {draws} importance-weighted draws; lower is better. 8 would be
  the raw bytes. A model of independent pixels with one scale pays for every edge that it misses.
- *PSNR* in dB and *SSIM* of E p(x|z) at z = E q(z|x), higher is better.
- *d²*: the squared Frechet distance from the test pictures, lower is better; of reconstructions, of draws of the
  prior, and of draws of a prior that was fitted to the codes afterwards (`latent.fit_prior`): a mixture of
  {components} Gaussians with full covariances, or a diffusion (`latent.diffusion`), for which the fit took {steps:,}
  steps. It is measured in 64 features of a network that tells how training pictures were turned. So it is no "FID",
  and figures of two sets can't be compared. It sees shapes and colours, and hardly whether they make one picture: look
  at the samples, too. The models that compare pictures by features have another such network. *Training pictures* is
  the distance of as many real pictures.
- *seconds*: of processor time, for the training alone. Other work on the machine made some of them longer.

"+-" is one standard error, over test pictures and over seeds.

The models:

{models}
"""

_SETS = """
## {title}

{train:,} steps: {epochs} passes.

{table}
"""

_CLAIMS = """
`image_vae` is {gain:+.1f} dB of `conv`, and *flat* {flat:+.1f} dB. The d² of reconstructions is, of that of
`image_vae`: {again}. The d² of samples, with a fitted prior where there is one, is, of that of `image_vae`: {samples}.
"""

_PICTURES = """
| model | reconstructions of the test pictures in the first row | samples |
|---|---|---|
| *test pictures* | ![test pictures](pictures/gallery/{which}/originals.png) | |
{rows}
"""

_PHONES = """
## On a phone

The decoder as a LiteRT file, of the first seed: KiB, and milliseconds a picture in one thread, the median of rounds in
which every file ran once; a model of an earlier call keeps its figures. int8 is calibrated with training pictures.
[mobile.md](mobile.md) has more about the files.

| set | model | {heads} |
|---|---{aligned}|
{rows}
"""

_FIGURES = {
    "bits": ("bits a dimension", 3),
    "psnr": ("PSNR", 2),
    "ssim": ("SSIM", 3),
    "frechet_again": ("d² again", 2),
    "frechet_prior": ("d² prior", 1),
    "frechet_fitted": ("d² fitted", 1),
}


def gathered(output, kept):
    """Returns the figures of all sets and seeds: those in the output folder, and where it lacks them those kept."""
    known = json.loads(kept.read_text()) if kept.exists() else {}
    variants = {}
    for which in measure.SETS:
        of = known.setdefault(which, {"models": {}, "litert": {}})
        if (path := output / which / "yardstick.json").exists():
            of["yardstick"] = json.loads(path.read_text())
            of["steps"] = measure.steps(which, output)
        for name in MODELS:
            for path in sorted((output / which).glob(f"{name}-*.json")):
                seed = path.stem.rpartition("-")[2]
                of["models"].setdefault(name, {})[seed] = json.loads(path.read_text())
            if (output / which / f"{name}-0.keras").exists():
                for each in measure.decoders(which, name, output):
                    variants[which, name, str(each.quantization or "float32")] = each
    for (which, name, precision), facts in measure.timed(variants).items():
        known[which]["litert"].setdefault(name, {})[precision] = facts
    return {which: of for which, of in known.items() if of["models"]}


def write(path, known):
    """Writes the page from `gathered`'s figures."""
    seeds = {len(runs) for of in known.values() for runs in of["models"].values()}
    told = {"batch": measure.BATCH, "draws": measure.DRAWS, "components": COMPONENTS, "steps": DIFFUSION_STEPS}
    models = [
        f"- **{name}**: `{each.sentence}`. {each.about}{f' Fitted prior: {each.fitted}.' if each.fitted else ''}"
        for name, each in MODELS.items()
    ]
    text = [_HEAD.format(seeds=" or ".join(map(str, sorted(seeds))), models="\n".join(models), **told)]
    for which, of in known.items():
        about = measure.SETS[which]
        text.append(_SETS.format(title=about.title, train=of["steps"], epochs=about.epochs, table=_table(of)))
        text.append(_claims(of["models"]))
        rows = [
            f"| {name} | ![reconstructions](pictures/gallery/{which}/{name}.png) "
            f"| ![samples](pictures/gallery/{which}/{name}-samples.png) |"
            for name in of["models"]
        ]
        text.append(_PICTURES.format(which=which, rows="\n".join(rows)))
    text.append(_phones(known))
    with whole.replacing(path) as temporary:
        temporary.write_text("".join(text))


def _mean(runs, figure):
    """Returns a figure's mean over seeds and its standard error, or None where it is not defined."""
    found = [run[figure] for run in runs.values() if figure in run]
    if not found:
        return None
    values, errors = zip(*found, strict=True)
    over_seeds = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return statistics.mean(values), math.hypot(statistics.mean(errors), over_seeds)


def _table(of):
    heads = ["model", *(head for head, _ in _FIGURES.values()), "seconds"]
    lines = ["| " + " | ".join(heads) + " |", "|---" + "|---:" * (len(heads) - 1) + "|"]
    for name, runs in of["models"].items():
        cells = [name]
        for figure, (_, digits) in _FIGURES.items():
            found = _mean(runs, figure)
            cells.append("" if found is None else f"{found[0]:.{digits}f} +- {found[1]:.{digits}f}")
        cells.append(f"{statistics.mean(run['seconds'] for run in runs.values()):.0f}")
        lines.append("| " + " | ".join(cells) + " |")
    value, error = of["yardstick"]
    lines.append(f"| *training pictures* | | | | {value:.2f} +- {error:.2f} | | | |")
    return "\n".join(lines)


def _claims(models):
    if not {"conv", "image_vae", "flat"} <= set(models):
        return ""

    def value(name, figure):
        return (_mean(models[name], figure) or (math.nan, 0.0))[0]

    def shares(*figures):
        best = {name: min(v for f in figures if not math.isnan(v := value(name, f))) for name in models}
        return ", ".join(f"{name} {best[name] / best['image_vae']:.2f}" for name in models if name != "image_vae")

    base = value("conv", "psnr")
    claims = _CLAIMS.format(
        gain=value("image_vae", "psnr") - base,
        flat=value("flat", "psnr") - base,
        again=shares("frechet_again"),
        samples=shares("frechet_prior", "frechet_fitted"),
    )
    return "\n" + textwrap.fill(" ".join(claims.split()), 120) + "\n"


def _phones(known):
    precisions = [str(each or "float32") for each in measure.QUANTIZATIONS]
    heads = [f"{precision} {unit}" for precision in precisions for unit in ("KiB", "ms")]
    rows, refused = [], {}
    for which, of in known.items():
        for name, facts in of["litert"].items():
            cells = []
            for precision in precisions:
                about = facts.get(precision, {})
                if "refused" in about:
                    refused[which, name, precision] = about["refused"]
                cells += [f"{about['kib']:,.0f}", f"{about['ms']:.1f}"] if "ms" in about else ["-", "-"]
            rows.append("| " + " | ".join([measure.SETS[which].title, name, *cells]) + " |")
    text = _PHONES.format(heads=" | ".join(heads), aligned="|---:" * len(heads), rows="\n".join(rows))
    if refused:
        text += "\nNot written: what leaves the limits of its precision is refused.\n\n"
        text += "".join(f"- {' '.join(key)}: {' '.join(reason.split())}\n" for key, reason in refused.items())
    return text
