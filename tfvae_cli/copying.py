"""Whether a run's samples are copies of its training images, and what the test's figures mean."""

import math
import pathlib

from tfvae_cli.problem import Problem

# Standard deviations that are no chance: of a thousand tests of good models, three are as far from 0.
_FAR = 3.0


def asked(opened, vae, dataset, info, network, count, seed, verbose):
    """Returns the `evaluation.DataCopying` of a run.

    Args:
        opened: The `Opened` run, which knows its training images.
        vae: Its model.
        dataset: Held-out images.
        info: Their `DatasetInfo`.
        network: In whose features images are near; None for pixels.
        count: Samples.
        seed: Of the samples.
        verbose: 1 for a progress bar.

    Raises:
        Problem: The images are no yardstick for these training images.
    """
    from tfvae import evaluation

    train, of_train = training_images(opened)
    if pathlib.Path(of_train.name).resolve() != pathlib.Path(info.name).resolve():  # names, or folders
        raise Problem(
            f"The model was trained on {of_train.name}: how near images of {info.name} are to those says nothing of "
            "copies."
        )
    if of_train.split == info.split:
        raise Problem(f"The images are those of the training, {info.split}. Held-out images are the yardstick.")
    return evaluation.data_copying(vae, train, dataset, network, count=count, seed=seed, verbose=verbose)


def training_images(opened):
    """Returns (dataset, info) of what a run was trained on, in its order; of a file what the options name."""
    return opened.images("train", own="name" in opened.config.section("dataset"))


def figures(found):
    """Returns an `evaluation.DataCopying` as plain figures for JSON, without those of each sample."""
    import numpy as np

    from tfvae.evaluation import features

    cells = found.cells

    def number(value):
        return float(value) if math.isfinite(value) else None

    return {
        "u": found.u,
        "z": found.z,
        "p_value": found.p_value,
        "median_distance": float(np.median(found.distance)),
        "held_out_median_distance": float(np.median(found.held_out_distance)),
        "cells": {
            "value": number(cells.value),
            "z": number(cells.z),
            "p_value": number(cells.p_value),
            "per_cell": [number(value) for value in cells.per_cell],
            **{name: getattr(cells, name).tolist() for name in ("weights", "train", "held_out", "samples")},
        },
        "num_samples": len(found.distance),
        "num_train": found.num_train,
        "num_held_out": len(found.held_out_distance),
        "network": found.network,
        "in_pixels": found.network == features.name(None),
    }


def meaning(entry):
    """Returns what `figures` say, in plain words.

    Means of p(x|z) are smoother than data and so nearer to everything in pixels, but not in the features of a network.

    >>> meaning({"z": -7.0, "cells": {"z": None}, "in_pixels": False})
    'copying: nearer to the training images than held-out images are'
    >>> meaning({"z": 0.5, "cells": {"z": -4.0}, "in_pixels": True})
    'copying or blur, in parts of the data: nearer to the training images than held-out images are'
    >>> meaning({"z": 12.0, "cells": {"z": 11.0}, "in_pixels": True})
    'no sign of copying: farther from the training images than held-out images are'
    >>> meaning({"z": 1.0, "cells": {"z": 0.1}, "in_pixels": False})
    'no sign of copying: as near to the training images as held-out images are'
    """
    inside = entry["cells"]["z"]
    somewhere = inside is not None and inside < -_FAR
    if entry["z"] < -_FAR or somewhere:
        what = "copying or blur" if entry["in_pixels"] else "copying"
        where = "" if entry["z"] < -_FAR else ", in parts of the data"
        return f"{what}{where}: nearer to the training images than held-out images are"
    if entry["z"] > _FAR:
        return "no sign of copying: farther from the training images than held-out images are"
    return "no sign of copying: as near to the training images as held-out images are"


def probability(value):
    """Returns a p-value as text.

    >>> probability(0.0213), probability(1e-9)
    ('p = 0.021', 'p < 0.001')
    """
    return f"p = {value:.3f}" if value >= 0.001 else "p < 0.001"


def rows(entry):
    """Returns the lines of a table, of `figures`, of a reason why there are none, or of None."""
    if entry is None:
        return []
    if "left_out" in entry:
        return [("copies of training data", "not tested", entry["left_out"])]
    found = [("copies of training data", f"z = {entry['z']:.1f}", probability(entry["p_value"]))]
    inside = entry["cells"]
    if inside["value"] is not None:
        said = f"C_T = {inside['value']:.1f}, z = {inside['z']:.1f}"
        found.append(("  within parts of them", said, probability(inside["p_value"])))
    return [*found, (f"  {meaning(entry)}", "", "")]
