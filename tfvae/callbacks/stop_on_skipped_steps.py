"""The end of a training that has broken down."""

import keras


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
    """

    def __init__(self, patience=20):
        super().__init__()
        if patience != int(patience) or patience < 0:
            raise ValueError(f"Invalid value for argument `patience`. Expected an int >= 0. Received: {patience!r}")
        self.patience = patience

    def on_train_begin(self, logs=None):
        """Forgets a row that an earlier `fit` ended in."""
        del logs
        self._counter = next(metric for metric in self.model.metrics if metric.name == "skipped_steps")
        self._counter.in_a_row.assign(0)

    def on_train_batch_end(self, batch, logs=None):
        """Looks at the count."""
        del logs
        row = int(keras.ops.convert_to_numpy(self._counter.in_a_row))
        if row > self.patience:
            raise TrainingDiverged(
                f"{row} train steps in a row had gradients that were not finite, the last at batch {batch}; the "
                "weights are those before them. Look for NaN or infinity in the data, lower the learning rate, or clip "
                "gradients: keras.optimizers.Adam(1e-4, global_clipnorm=100.0)."
            )
