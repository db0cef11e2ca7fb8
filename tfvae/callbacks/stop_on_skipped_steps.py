"""The end of a training that has broken down."""

import keras

from tfvae import arguments, watch


class TrainingDiverged(RuntimeError):
    """Too many train steps in a row had gradients that were not finite."""


class StopOnSkippedSteps(keras.callbacks.Callback):
    """Stops with an error when too many steps in a row were not applied.

    A single step with gradients that are not finite is skipped and counted in
    `skipped_steps`, and under mixed_float16 a few are normal while the loss
    scale settles. A long row means that nothing is learned any more.

    Args:
        patience: Skipped steps in a row that are still borne.

    Raises:
        TrainingDiverged: From `fit`, at the first step over `patience`.
        ValueError: Likewise, where labels that the model doesn't know are to blame.
    """

    def __init__(self, patience=20):
        super().__init__()
        self.patience = arguments.integer("patience", patience, "an int >= 0", minimum=0)

    def on_train_begin(self, logs=None):
        """Forgets a row that an earlier `fit` ended in."""
        del logs
        self._counter = self.model.skipped_steps
        self._counter.in_a_row.assign(0)

    def on_train_batch_end(self, batch, logs=None):
        """Looks at the count."""
        del logs
        row = int(keras.ops.convert_to_numpy(self._counter.in_a_row))
        if row > self.patience:
            watch.refuse_unknown_labels(self.model, "this epoch")
            bad = int(keras.ops.convert_to_numpy(self._counter.bad_batch))
            cause = (
                "No batch of this epoch held NaN or infinity: lower the learning rate, or clip gradients: "
                "keras.optimizers.Adam(1e-4, global_clipnorm=100.0)."
                if bad < 0
                else f"The data itself is to blame: batch {bad} of this epoch, if not more, holds NaN or infinity. "
                "Repair or leave out such examples."
            )
            raise TrainingDiverged(
                f"{row} train steps in a row had gradients that were not finite, the last at batch {batch}; the "
                f"weights are those before them. {cause}"
            )
