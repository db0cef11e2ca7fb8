"""A trained model, its images, and where the results go."""

import pathlib
from typing import Any

from tfvae_cli import build, config
from tfvae_cli.problem import Problem
from tfvae_cli.quiet import tensorflow_loading
from tfvae_cli.run_folder import RunFolder, writable


def file_name(split):
    """Returns a split's name as part of a file's.

    >>> file_name("train[:90%]")
    'train__90'
    """
    return "".join(character if character.isalnum() else "_" for character in split).strip("_")


class Opened:
    """What a command is asked to use.

    Args:
        options: The parsed command line.
        default_output: Name of the result within the run folder.

    Attributes:
        vae: The model, once `load` was called.
        output: Where the result goes.

    Raises:
        Problem: There is no model, or the output exists or can't be written.
    """

    def __init__(self, options, default_output):
        self._options = options
        path = pathlib.Path(options.run)
        if path.is_dir():
            folder = RunFolder(path)
            if not folder.exists():
                raise Problem(f"{path} is not the folder of a run: it has no config.toml. Make one with tfvae train.")
            if not folder.model.is_file():
                raise Problem(
                    f"{path} has no model.keras yet: its training isn't over. Go on with: tfvae train --resume "
                    f"--output {path}"
                )
            self.config = config.read(folder.config)
            self.model_path, beside = folder.model, path
        elif path.is_file():
            self.config = config.Config({"seed": 0})
            self.model_path, beside = path, path.parent
        else:
            raise Problem(f"There is no run folder or .keras file {path}. Make one with tfvae train.")
        self.output = pathlib.Path(options.output or beside / default_output)
        writable(self.output)
        if self.output.exists() and not getattr(options, "overwrite", True):
            # What a command writes by default is its own, and asking again means to have it anew.
            if options.output is not None:
                raise Problem(f"{self.output} exists. Replace it by --overwrite, or write elsewhere: --output another.")
        self.vae: Any = None

    def load(self):
        """Loads the model. Returns it."""
        with tensorflow_loading():
            import tfvae
        self.vae = tfvae.load_model(self.model_path)
        return self.vae

    def images(self, split=None, labels=None):
        """Returns (dataset, info) of the images that the options name.

        Args:
            split: By default the one that was asked for, or else "test".
            labels: Whether batches are (image, label); None does what the model needs.
        """
        plan = config.Config({"seed": 0, "dataset": dict(self.config.section("dataset"))}, self.config.path)
        section = plan.section("dataset")
        given = {
            entry.removeprefix("dataset."): getattr(self._options, flag)
            for entry, flag in config.FLAGS.items()
            if entry.startswith("dataset.") and getattr(self._options, flag) is not None
        }
        if "name" in given:
            section.clear()  # what belonged to the run's own dataset says nothing of another
        section.update({key: str(value) if key == "data_dir" else value for key, value in given.items()})
        if "name" not in section:
            raise Problem("A .keras file doesn't know its dataset. Name one: --dataset digits.")
        wanted = self.vae.conditional if labels is None else labels
        dataset, info = build.load(plan, split or self._options.split or "test", labels=wanted, shuffle=False)
        shape = tuple(self.vae.likelihood.event_shape)
        if info.image_shape != shape:
            raise Problem(
                f"The images of {info.name} have the shape {info.image_shape}, and this model was made for {shape}. "
                "Name a dataset of that shape; for a folder of images, give --image-size and --channels."
            )
        return dataset, info
