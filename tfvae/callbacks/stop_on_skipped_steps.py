"""The end of a training that has broken down."""

import keras

from tfvae import arguments, guard
from tfvae.guard import TrainingDiverged

__all__ = ["StopOnSkippedSteps", "TrainingDiverged"]


class StopOnSkippedSteps(keras.callbacks.Callback):
    """Stops with an error when more steps in a row were not applied than this callback bears.

    A single step with gradients that are not finite is skipped and counted in
    `skipped_steps`, and under mixed_float16 a few are normal while the loss
    scale settles. A long row means that nothing is learned any more. `fit`
    stops after 20 by itself; this callback gives another number.

    Args:
        patience: Skipped steps in a row that are still borne.

    Raises:
        TrainingDiverged: From `fit`, at the first step over `patience`.
        ValueError: Likewise, where labels that the model doesn't know are to blame.
    """

    def __init__(self, patience=guard.PATIENCE):
        super().__init__()
        self.patience = arguments.integer("patience", patience, "an int >= 0", minimum=0)

    def on_train_begin(self, logs=None):
        """Tells the model, which looks by itself."""
        del logs
        self.model.skipped_steps.patience = self.patience
