"""Saving and loading models: files are written whole or not at all, and the wrong files get clear errors."""

import json
import os
import pathlib
import re
import zipfile
import zlib

import keras
import numpy as np

from tfvae import arguments, random
from tfvae.files import weights, whole
from tfvae.files.version import __version__
from tfvae.training import workers
from tfvae.training.progress import Progress

# What every Keras archive of a model holds.
_MEMBERS = {"config.json", "metadata.json"}


class Saveable(keras.Model):
    """A Keras model with its own file handling, which tracks whether its weights are trained."""

    _trained = False
    progress: Progress

    @property
    def trained(self):
        """Whether the weights are more than the initial ones, which are noise.

        They are once a train step has been applied, or trained weights have been
        set or loaded. The first use of an untrained model warns. For a model made
        of parts trained elsewhere, set `vae.trained = True`.
        """
        return self._trained or (self.compiled and int(keras.ops.convert_to_numpy(self.optimizer.iterations)) > 0)

    @trained.setter
    def trained(self, value):
        self._trained = bool(value)

    def save_own_variables(self, store):
        """Stores the variables, `trained`, and what Keras leaves out: seed generator states and step counts."""
        super().save_own_variables(store)
        store["trained"] = np.array(self.trained)
        for number, state in enumerate(random.states(self)):
            store[f"random_{number}"] = state.numpy()
        for count in self.progress.variables:
            store[count.name] = count.numpy()

    def load_own_variables(self, store):
        """Restores what `save_own_variables` stored."""
        keys = set(store.keys())
        counts = {count.name: count for count in self.progress.variables}
        ours = {key for key in keys if key.startswith("random_") or key == "trained" or key in counts}
        super().load_own_variables({key: store[key] for key in keys - ours})
        self._trained = "trained" not in keys or bool(np.asarray(store["trained"]))
        for number, state in enumerate(random.states(self)):
            if f"random_{number}" in keys:
                state.assign(store[f"random_{number}"])
        for name in counts.keys() & keys:
            counts[name].assign(store[name])

    def set_weights(self, weights):  # Keras's name for its argument
        """Sets all weights, which are assumed to be trained."""
        super().set_weights(weights)
        self._trained = True

    def get_config(self):
        """Returns the parts and the version of tfvae that wrote them; see `tfvae.load_model`."""
        return {**super().get_config(), "tfvae_version": __version__}

    @classmethod
    def from_config(cls, config):
        """Builds the model from `get_config`'s result."""
        return super().from_config({key: value for key, value in config.items() if key != "tfvae_version"})

    def save(self, filepath, overwrite=True, zipped=None, **kwargs):
        """Saves as every Keras model does; a `.keras` file is written whole or not at all.

        If several workers train the model, only the chief's file is kept, so all of them may call this.
        """
        with workers.place(self.distribute_strategy, filepath) as kept, whole.local(kept, ".keras", overwrite) as path:
            super().save(path, overwrite, zipped, **kwargs)

    def save_weights(self, filepath, overwrite=True, max_shard_size=None):
        """Saves the weights as every Keras model does; a `.weights.h5` file is written whole or not at all.

        With several workers, only the chief's file is kept, as for `save`.
        """
        replaced = overwrite and max_shard_size is None
        with (
            workers.place(self.distribute_strategy, filepath) as kept,
            whole.local(kept, ".weights.h5", replaced) as path,
        ):
            super().save_weights(path, overwrite, max_shard_size)

    def load_weights(self, filepath, skip_mismatch=False, **kwargs):
        """Loads weights as every Keras model does, all of them or none.

        Raises:
            ValueError: They belong to another model, or the file is damaged; the model is left as it was.
        """
        if str(filepath).endswith(".weights.h5") and not skip_mismatch and os.path.isfile(filepath):
            weights.refuse_of_another_model(self, filepath)
        with weights.all_or_none(self):
            try:
                super().load_weights(filepath, skip_mismatch=skip_mismatch, **kwargs)
            except ValueError as error:  # Keras's message has many lines
                raise ValueError(f"{filepath} was not loaded: {arguments.one_line(error)}") from error


def _refuse(path, what, fix):
    return ValueError(f"{path} is no model that tfvae can load: {what}. {fix}")


def _contents(path):
    """Returns config.json and metadata.json of an archive, after checking that it is intact."""
    again = "Save it again with vae.save(path), or copy it again"
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            if damaged is not None:
                raise _refuse(path, f"it is damaged, at {damaged}", f"{again}.")
            missing = _MEMBERS - set(archive.namelist())
            if missing:
                raise _refuse(
                    path,
                    f"it is an archive without {', '.join(sorted(missing))}",
                    "Expected what vae.save(path) wrote.",
                )
            config, metadata = (json.loads(archive.read(name)) for name in ("config.json", "metadata.json"))
    except zipfile.BadZipFile as error:
        raise _refuse(path, f"it is cut short, damaged or of another format ({error})", f"{again}.") from None
    except (zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _refuse(path, f"it is damaged ({error})", f"{again}.") from None
    if not isinstance(config, dict) or not isinstance(metadata, dict) or not isinstance(config.get("config"), dict):
        raise _refuse(path, "its config.json describes no model", f"{again}.")
    return config, metadata


def _numbers(version):
    """Returns [major, minor] of a version, or [] if it isn't one."""
    found = re.match(r"(\d+)\.(\d+)", str(version))
    return [int(part) for part in found.groups()] if found else []


def load_model(path, custom_objects=None, compile=True, safe_mode=True):
    """Loads a `.keras` file of a VAE, as `keras.saving.load_model` does, with errors that say what is wrong with it.

    Keras's own function reads the same files. This one first checks that the
    file is intact, and holds a model of tfvae in a version that it can read.
    A newer major or minor version is refused; an older one is tried.

    Args:
        path: The file, as `vae.save(path)` wrote it.
        custom_objects: {name: class or function} of your own parts that are not registered.
        compile: Whether to compile the model as it was.
        safe_mode: Whether to refuse code in the file, such as a Lambda layer's.

    Returns:
        The `VAE`.

    Raises:
        FileNotFoundError: There is no such file.
        PermissionError: It may not be read.
        ValueError: It is damaged, not a model of tfvae, or of another version;
            the message is one line that names the file and the fix.

    >>> import tempfile
    >>> from tfvae import recipes
    >>> path = pathlib.Path(tempfile.mkdtemp(), "vae.keras")
    >>> recipes.vae((8, 8, 1), 2).save(path)
    >>> load_model(path).posterior
    Normal((2,))
    """
    if not isinstance(path, str | os.PathLike):
        raise arguments.invalid("path", "the path of a .keras file", path)
    path = pathlib.Path(path)
    if not path.exists():
        raise FileNotFoundError(f"There is no file {path}. Expected a .keras file, as vae.save(path) writes it.")
    if path.is_dir():
        kind = "an export for serving" if list(path.glob("**/saved_model.pb")) else "a folder"
        raise _refuse(path, f"it is {kind}", "Expected a .keras file, as vae.save(path) writes it.")
    with path.open("rb"):  # raises if it may not be read
        pass
    if path.suffix != ".keras":
        weights = path.name.endswith(".weights.h5")
        fix = "Make the model and call vae.load_weights(path)" if weights else "Expected a file *.keras"
        raise _refuse(path, "it holds weights alone" if weights else f"its name ends in {path.suffix!r}", f"{fix}.")
    config, metadata = _contents(path)
    name = config.get("registered_name") or config.get("class_name")
    version = config["config"].get("tfvae_version")
    if version is None and not str(name).startswith("tfvae>"):
        raise _refuse(path, f"it is another Keras model, a {name}", "Load that with keras.saving.load_model.")
    numbers = _numbers(version)
    if version is not None and (not numbers or numbers > _numbers(__version__)):
        raise _refuse(
            path, f"it is of tfvae {version}, and this is tfvae {__version__}", f"Install tfvae {version} or later."
        )
    try:
        return keras.saving.load_model(path, custom_objects=custom_objects, compile=compile, safe_mode=safe_mode)
    except MemoryError:
        raise
    except Exception as error:  # whatever a part's constructor, Keras or HDF5 raises
        written = f"tfvae {version or 'of an unknown version'} and Keras {metadata.get('keras_version')}"
        fix = f"It was written by {written}, and this is tfvae {__version__} and Keras {keras.__version__}."
        raise _refuse(path, f"{type(error).__name__}: {arguments.one_line(error)}", fix) from error
