"""Loads weights from a file: only those of this model, and all of them or none."""

import contextlib
import pathlib
import tempfile

import h5py
import keras
import numpy as np
from keras.src.utils.naming import to_snake_case

from tfvae import arguments
from tfvae.composition import parts

_NAMED = 3  # differences that a message names


def _shapes(path):
    """Returns {name in the file: shape} of the parts' variables; an optimizer may be a different one.

    Also that of a part which is a model of its own, and was compiled.
    """
    found = {}

    def note(name, item):
        first, *others = name.split("/")
        optimizer = {"optimizer", "critic_optimizer"} & {first, *others}
        if isinstance(item, h5py.Dataset) and first != "vars" and not optimizer:
            found[name] = item.shape

    with h5py.File(path) as file:
        file.visititems(note)
    return found


def _part(model, name):
    """Returns the name of the model's part that a name in the file belongs to."""
    first, second = (*name.split("/"), "")[:2]
    if first in parts.NAMES:
        return first
    kinds = {part: to_snake_case(type(getattr(model, part, None)).__name__) for part in parts.NAMES}
    return next((part for part, kind in kinds.items() if second.startswith(kind)), second)


def refuse_of_another_model(model, path):
    """Refuses a *.weights.h5 file whose variables differ from the model's, before reading any.

    Keras would ignore those that the model doesn't have, and stop at the first
    that doesn't fit, having overwritten everything before it.

    Raises:
        ValueError: They differ; the message names the parts.
    """
    with tempfile.TemporaryDirectory() as folder:
        own = pathlib.Path(folder, "own.weights.h5")
        keras.saving.save_weights(model, own)
        expected = _shapes(own)
    try:
        received = _shapes(path)
    except OSError as error:
        raise ValueError(
            f"{path} holds no weights that can be read: {arguments.one_line(error)}. Save them again with "
            "vae.save_weights(path), or copy the file again."
        ) from error
    names = [name for name in {**expected, **received} if expected.get(name) != received.get(name)]
    if not names:
        return

    def size(shape):
        return "none" if shape is None else str(shape)

    differ = "; ".join(
        f"{_part(model, name)} ({name}): expected {size(expected.get(name))}, received {size(received.get(name))}"
        for name in names[:_NAMED]
    )
    parts = ", ".join(dict.fromkeys(_part(model, name) for name in names))
    raise ValueError(
        f"{path} holds the weights of another model: {parts} differ in shape. Of {len(names)} variables that do: "
        f"{differ}. Make the model as the one that was saved, or load a .keras file, which has the model as well."
    )


@contextlib.contextmanager
def all_or_none(model):
    """Restores a model's variables if the block raises."""
    variables = {id(variable): variable for variable in model.variables}
    variables |= {id(variable): variable for optimizer in model.optimizers for variable in optimizer.variables}
    values = [(variable, np.array(keras.ops.convert_to_numpy(variable))) for variable in variables.values()]
    trained = model._trained
    try:
        yield
    except Exception:
        for variable, value in values:
            variable.assign(value)
        model._trained = trained
        raise
