"""Training that survives a kill."""

import contextlib
import os
import pathlib

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.devices import replicas
from tfvae.files import whole


class BackupAndRestore(keras.callbacks.Callback):
    """Saves all state at the end of each epoch, and resumes an interrupted `fit` from there.

    Keras's callback of this name loses the state of seed generators, so a model
    with noise diverges from its original run after a resume. This one saves every
    variable of model and optimizer, seeds included. With a dataset whose order is
    a function of (seed, epoch), as `tfvae.data` makes them, and with
    `tf.config.experimental.enable_op_determinism()`, an interrupted run ends
    bit-identical to an uninterrupted one.

    Args:
        backup_dir: The folder for the backup, one file per worker; each is replaced atomically at the end of an epoch.
        save_freq: "epoch". The order within an epoch can't be resumed, so nothing else is exact.
        double_checkpoint: Has no effect: a file that is replaced atomically needs no second copy.
        delete_checkpoint: Delete the backup when training ends, so that the next `fit` starts afresh.

    Raises:
        ValueError: The backup is of another model, the backups of several workers are of
            different epochs, `backup_dir` is a file, or `save_freq` is not "epoch".
    """

    def __init__(self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True):
        super().__init__()
        self.backup_dir = pathlib.Path(backup_dir)
        if self.backup_dir.is_file():
            raise arguments.invalid("backup_dir", "a folder", str(backup_dir))
        if save_freq != "epoch":
            raise arguments.invalid("save_freq", "'epoch', whose end is the one place to go on from exactly", save_freq)
        self.save_freq, self.double_checkpoint, self.delete_checkpoint = save_freq, double_checkpoint, delete_checkpoint

    @property
    def path(self):
        """This worker's file in `backup_dir`."""
        number, _ = replicas.worker(self.model.distribute_strategy)
        return self.backup_dir / (f"last-{number}.npz" if number else "last.npz")

    def _state(self):
        metric_ids = {id(v) for metric in self.model.metrics for v in metric.variables}
        model = [v for v in self.model.variables if id(v) not in metric_ids]
        return [*model, *(v for optimizer in self.model.optimizers for v in optimizer.variables)]

    def on_train_begin(self, logs=None):
        """Restores the state, and makes `fit` begin at the next epoch."""
        del logs
        self._refuse_others_epochs()
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

    def _refuse_others_epochs(self):
        """Refuses to resume if a kill between the workers' writes left one file an epoch behind."""
        strategy = self.model.distribute_strategy
        if replicas.worker(strategy)[1] == 1:
            return
        done = -1
        if self.path.exists():
            with np.load(self.path, allow_pickle=False) as saved:
                done = int(saved["epoch"])
        everywhere = strategy.run(lambda: tf.distribute.get_replica_context().all_gather(tf.constant([done]), axis=0))
        found = np.unique(strategy.experimental_local_results(everywhere)[0])
        if len(found) > 1:
            raise ValueError(
                f"The workers' backups in {self.backup_dir} are of different epochs: {found.tolist()}, -1 for none. "
                "Copy one worker's file over the others' (last.npz is the chief's, last-1.npz the next one's), or "
                "delete all of them."
            )

    def on_epoch_end(self, epoch, logs=None):
        """Writes the state to a temporary file, then renames it: a kill leaves either the old or the new file."""
        del logs
        self.backup_dir.mkdir(parents=True, exist_ok=True)
        values = {f"v{i}": keras.ops.convert_to_numpy(variable) for i, variable in enumerate(self._state())}
        try:
            with whole.replacing(self.path) as temporary, temporary.open("wb") as file:
                np.savez(file, epoch=epoch, **values)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            self._remove_folder()
            raise

    def on_train_end(self, logs=None):
        """Deletes the file, and the folder if it is then empty, unless `delete_checkpoint` is False."""
        del logs
        self.model._initial_epoch = None
        if self.delete_checkpoint:
            self.path.unlink(missing_ok=True)
            self._remove_folder()

    def _remove_folder(self):
        with contextlib.suppress(OSError):  # it isn't empty, or doesn't exist
            self.backup_dir.rmdir()
