"""Clocks for Keras's `fit`."""

import keras


class Clock(keras.callbacks.Callback):
    """Tells the report of each epoch.

    It has no say about single batches: `fit` of tfvae takes many steps at a time only where nobody watches each.

    Args:
        report: `benchmarks.report.Report`.
    """

    def __init__(self, report):
        super().__init__()
        self.report = report

    def on_train_begin(self, logs=None):
        """Starts the first epoch."""
        self.report.training_begins()

    def on_epoch_end(self, epoch, logs=None):
        """Ends an epoch."""
        self.report.epoch_done()


class FirstStep(Clock):
    """Tells the report of the first step, and ends the training."""

    def on_train_batch_end(self, batch, logs=None):
        """Ends a step, or all steps of an execution."""
        self.report.step_done()
        self.model.stop_training = True


def clock(report, work):
    """Returns the callback for a contender's work."""
    return (FirstStep if work.get("stop_early") else Clock)(report)
