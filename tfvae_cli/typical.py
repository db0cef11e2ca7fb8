"""P-values of a run's model, calibrated on the run's own validation images."""

import sys

from tfvae_cli.problem import Problem


def calibrated(opened, num_samples, seed):
    """Returns (`evaluation.Typicality`, info of the images that calibrated it).

    Args:
        opened: The `Opened` run, after `load`.
        num_samples: Draws of z for each image.
        seed: Of these draws.

    Raises:
        Problem: The run is a file, which doesn't know its data.
    """
    from tfvae import evaluation

    held_out, info = opened.images("validation", own=True)
    return evaluation.typicality(opened.vae, held_out, num_samples, seed, verbose=verbose()), info


def check(opened):
    """Refuses a model whose own data nobody knows, before anything is loaded."""
    if "name" not in opened.config.section("dataset"):
        raise Problem(
            f"{opened.model_path} doesn't know the data that it was trained on, whose validation images calibrate "
            "p-values. Give the folder of its run."
        )


def verbose():
    """Returns 1 for progress bars, 0 where nobody sees them."""
    return 1 if sys.stdout.isatty() else 0
