"""A trained model, its images, and the path for its results."""

import pathlib
import shlex
from typing import Any

from tfvae_cli import build, config, modalities, tables
from tfvae_cli.problem import Problem
from tfvae_cli.quiet import tensorflow_loading
from tfvae_cli.run_folder import RunFolder, writable


def file_name(split):
    """Returns a split's name in a form for file names.

    >>> file_name("train[:90%]")
    'train__90'
    """
    return "".join(character if character.isalnum() else "_" for character in split).strip("_")


class Opened:
    """The model and paths that a command uses.

    Args:
        options: The parsed command line.
        default_output: Name of the result within the run folder; a folder if it has no suffix.
        others: Suffixes of other files that the command writes, too.

    Attributes:
        vae: The model, after `load` was called.
        output: Where the result goes.

    Raises:
        Problem: There is no model, or the output exists or can't be written.
    """

    def __init__(self, options, default_output, others=()):
        self._options = options
        path = pathlib.Path(options.run)
        if path.is_dir():
            folder = RunFolder(path)
            folder.check_exists("Make one with tfvae train.")
            if not folder.model.is_file():
                raise Problem(
                    f"{path} has no model.keras yet: its training isn't over. Go on with: tfvae train --resume "
                    f"--output {shlex.quote(str(path))}"
                )
            self.config = config.read(folder.config)
            config.check(self.config)
            self.model_path, beside = folder.model, path
        elif path.is_file():
            self.config = config.Config({"seed": 0})
            self.model_path, beside = path, path.parent
        else:
            raise Problem(f"There is no run folder or .keras file {path}. Make one with tfvae train.")
        self.output = pathlib.Path(options.output or beside / default_output)
        self._check_output(pathlib.Path(default_output).suffix, others)
        self.vae: Any = None

    def _check_output(self, suffix, others):
        path = self.output
        if suffix and path.suffix not in (suffix, *others):
            raise Problem(f"--output {path}: expected a file {' or '.join(f'*{each}' for each in (suffix, *others))}.")
        if suffix and path.is_dir():
            raise Problem(f"{path} is a folder. Expected a file *{suffix} to write: --output another.")
        if not suffix and path.exists() and not path.is_dir():
            raise Problem(f"{path} is a file. Expected a folder to write: --output another.")
        writable(path.parent if path.exists() else path)
        # A command owns its default output: running it again replaces that output.
        if path.exists() and self._options.output is not None and not getattr(self._options, "overwrite", True):
            raise Problem(f"{path} exists. Replace it by --overwrite, or write elsewhere: --output another.")

    def load(self):
        """Loads the model. Returns it."""
        with tensorflow_loading():
            import tfvae
        self.vae = tfvae.load_model(self.model_path)
        return self.vae

    def images(self, split=None, labels=None, shuffle=False, own=False):
        """Returns (dataset, info) of the images that the options name.

        Args:
            split: By default the one that the options name, or else "test".
            labels: Whether batches are (image, label); None means whatever the model takes.
            shuffle: Whether to shuffle the dataset's own order, in the same way each time.
            own: Whether they are of the run's own dataset whatever the options name, of which the batch size applies.
        """
        plan = config.Config({"seed": 0, "dataset": dict(self.config.section("dataset"))}, self.config.path)
        section = plan.section("dataset")
        given = {
            entry.removeprefix("dataset."): getattr(self._options, flag)
            for entry, flag in config.FLAGS.items()
            if entry.startswith("dataset.")
            and getattr(self._options, flag, None) is not None
            and (not own or entry == "dataset.batch_size")
        }
        if "name" in given:
            section.clear()  # the settings of the run's own dataset don't apply to another
        section.update({key: str(value) if key == "data_dir" else value for key, value in given.items()})
        if "name" not in section:
            raise Problem("A .keras file doesn't know its dataset. Name one: --dataset digits.")
        if tables.has(self.vae):
            return tables.of_model(self.vae, plan, split or self._options.split or "test", shuffle)
        wanted = modalities.needs_labels(self.vae) if labels is None else labels
        dataset, info = build.load(plan, split or self._options.split or "test", labels=wanted, shuffle=shuffle)
        shape = modalities.image_shape(self.vae)
        if info.image_shape != shape:
            raise Problem(
                f"The images of {info.name} have the shape {info.image_shape}, and this model was made for {shape}. "
                "Name a dataset of that shape; for a folder of images, give --image-size and --channels."
            )
        return dataset if labels is not None else modalities.dataset(self.vae, dataset), info
