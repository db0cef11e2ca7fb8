"""Stopping a training that has diverged."""

import keras

from tfvae import arguments
from tfvae.training import guard
from tfvae.training.guard import TrainingDiverged

__all__ = ["StopOnSkippedSteps", "TrainingDiverged"]


class StopOnSkippedSteps(keras.callbacks.Callback):
    """Stops with an error when more than `patience` steps in a row were skipped.

    A step with gradients that are not finite is skipped and counted in
    `skipped_steps`. Under mixed_float16 a few such steps are normal while the loss
    scale settles. A long run of them means that the model no longer learns. `fit`
    itself stops after 20; this callback sets another number.

    Args:
        patience: Skipped steps in a row to tolerate.

    Raises:
        TrainingDiverged: From `fit`, at the first step over `patience`.
        ValueError: Likewise, if the cause is labels that the model doesn't know.
    """

    def __init__(self, patience=guard.PATIENCE):
        super().__init__()
        self.patience = arguments.integer("patience", patience, "an int >= 0", minimum=0)

    def on_train_begin(self, logs=None):
        """Sets the patience of the model, which does the checking."""
        del logs
        self.model.skipped_steps.patience = self.patience
