"""Clocks for Keras's `fit`."""

import keras


class Clock(keras.callbacks.Callback):
    """Tells the report of the first step that `fit` reports, and of each epoch.

    Args:
        report: `benchmarks.report.Report`.
        stop_early: Whether the first step is all that is wanted.
    """

    def __init__(self, report, stop_early=False):
        super().__init__()
        self._report = report
        self._stop_early = stop_early

    def on_train_begin(self, logs=None):
        """Starts the first epoch."""
        self._report.training_begins()

    def on_train_batch_end(self, batch, logs=None):
        """Ends a step, or all steps of an execution."""
        self._report.step_done()
        if self._stop_early:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        """Ends an epoch."""
        self._report.epoch_done()
