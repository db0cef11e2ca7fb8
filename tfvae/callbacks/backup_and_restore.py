"""Training that survives a kill."""

import os
import pathlib

import keras
import numpy as np

from tfvae import whole


class BackupAndRestore(keras.callbacks.Callback):
    """Saves all state at each epoch's end, and resumes an interrupted `fit` from there.

    Keras's callback of this name loses the state of seed generators, so a model
    with noise goes another way after a resume. This one copies every variable
    of model and optimizer, seeds included. Over a dataset whose order is a
    function of (seed, epoch), as `tfvae.data` makes them, and with
    `tf.config.experimental.enable_op_determinism()`, the interrupted run ends
    bit-identical to an uninterrupted one.

    Args:
        path: The file to keep, `.npz`; replaced whole at each epoch's end.
        delete: Delete it when training ends, so that the next `fit` starts afresh.

    Raises:
        ValueError: The file is of another model, or `path` doesn't end in .npz.
    """

    def __init__(self, path, delete=True):
        super().__init__()
        self.path = pathlib.Path(path)
        if self.path.suffix != ".npz":
            raise ValueError(f"Invalid value for argument `path`. Expected a file *.npz. Received: path={path!r}")
        self.delete = delete

    def _state(self):
        metric_ids = {id(v) for metric in self.model.metrics for v in metric.variables}
        model = [v for v in self.model.variables if id(v) not in metric_ids]
        return [*model, *self.model.optimizer.variables]

    def on_train_begin(self, logs=None):
        """Restores, and has `fit` begin at the next epoch."""
        del logs
        if not self.path.exists():
            return
        state = self._state()
        with np.load(self.path, allow_pickle=False) as saved:
            shapes = [saved[f"v{i}"].shape for i in range(len(saved.files) - 1)]
            if shapes != [tuple(variable.shape) for variable in state]:
                raise ValueError(
                    f"{self.path} was written by a training of another model or optimizer. Delete it to start afresh, "
                    "or make the model as it was."
                )
            for number, variable in enumerate(state):
                variable.assign(saved[f"v{number}"])
            self.model._initial_epoch = int(saved["epoch"]) + 1

    def on_epoch_end(self, epoch, logs=None):
        """Writes the state beside the file, then renames it: a kill leaves the old or the new one."""
        del logs
        self.path.parent.mkdir(parents=True, exist_ok=True)
        values = {f"v{i}": keras.ops.convert_to_numpy(variable) for i, variable in enumerate(self._state())}
        with whole.replacing(self.path) as temporary, temporary.open("wb") as file:
            np.savez(file, epoch=epoch, **values)
            file.flush()
            os.fsync(file.fileno())

    def on_train_end(self, logs=None):
        """Deletes the file, unless it was asked to stay."""
        del logs
        self.model._initial_epoch = None
        if self.delete:
            self.path.unlink(missing_ok=True)
