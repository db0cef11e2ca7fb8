"""How much a run's samples are like its data, in the features of a network that is kept beside the figures."""

import functools
import math
import pathlib

from tfvae_cli import features, modalities, tables
from tfvae_cli.opened import file_name
from tfvae_cli.problem import Problem

_ROWS = (
    ("frechet", "Frechet distance"),
    ("frechet_extrapolated", "  of infinitely many"),
    ("kernel", "kernel distance"),
    ("precision", "precision"),
    ("recall", "recall"),
    ("density", "density"),
    ("coverage", "coverage"),
)


def check_options(options):
    """Refuses a network that would be ignored, or isn't there."""
    if options.network is None:
        return
    if options.samples is None:
        raise Problem("--network says whose features compare samples with the data, and there are none: --samples N.")
    if not options.network.is_file():
        raise Problem(f"--network {options.network}: there is no such file.")


def check_count(vae, options, info):
    """Refuses more samples than there are images: of unequal numbers the distances can't be compared."""
    if options.samples is None:
        return
    if tables.has(vae):
        raise Problem(
            f"--samples {options.samples}: pictures are compared so, and this model is of a table. Leave it out."
        )
    if modalities.has(vae):
        raise Problem(
            f"--samples {options.samples}: this model's samples are images with labels, and what is compared is "
            "pictures alone. Leave it out."
        )
    if not 12 <= options.samples <= info.num_examples:
        raise Problem(
            f"--samples {options.samples}: expected a number from 12 to {info.num_examples:,}, the images of "
            f"{info.name} {info.split}; as many of them are compared."
        )


def measure(vae, dataset, network, options, verbose):
    """Returns the figures of `evaluation.fidelity`, and which network's they are.

    Args:
        vae: The run's model.
        dataset: The real images.
        network: What `network` returned.
        options: The command line.
        verbose: 1 for progress bars.
    """
    from tfvae import evaluation

    found = evaluation.fidelity(
        dataset, vae, network, count=options.samples, seed=options.seed, verbose=verbose
    )._asdict()
    return {name: number(value) if isinstance(value, evaluation.Estimate) else value for name, value in found.items()}


def kept(folder, info):
    """Returns where the network of a data set is kept, whether it is there or not."""
    return folder / f"features-{file_name(pathlib.Path(info.name).name)}.keras"


def network(opened, vae, info, options):
    """Returns a network of features: the one that is named, the one of this data that is there, or a new one.

    Args:
        opened: The `Opened` run, whose training images make a classifier where there is none yet.
        vae: Its model. Where its examples are no pictures there is a network only if one is named, or else None.
        info: `DatasetInfo` of the real images.
        options: The command line.
    """
    if len(vae.likelihood.event_shape) != 3 and options.network is None:
        return None
    path = options.network or kept(opened.output.parent, info)
    if path.is_file():
        return features.load(path)
    made = features.trained(functools.partial(opened.images, "train"), info, vae.preprocessing, options.quiet)
    path.parent.mkdir(parents=True, exist_ok=True)
    features.save(made.features, path)
    return made.features


def number(estimate):
    """Returns an estimate for JSON, which has no NaN and no infinity."""
    found = {"value": estimate.value, "standard_error": estimate.standard_error}
    return {name: value if math.isfinite(value) else None for name, value in found.items()}


def text(entry, digits):
    """Returns an entry of `number` as text.

    >>> text({"value": 1.0, "standard_error": 0.25}, 2), text({"value": None, "standard_error": None}, 2)
    ('1.00 +- 0.25', 'not finite')
    """
    if entry["value"] is None:
        return "not finite"
    error = "" if entry["standard_error"] is None else f" +- {entry['standard_error']:.{digits}f}"
    return f"{entry['value']:.{digits}f}{error}"


def rows(found):
    """Returns the lines of a table, of `measure`'s result or None."""
    if found is None:
        return []
    head = [("", "", ""), (f"{found['num_images']:,} samples", "", "")]
    figures = [(label, text(found[name], 4 if name == "kernel" else 3), "") for name, label in _ROWS]
    return [*head, *figures, ("features of", found["network"], "")]
