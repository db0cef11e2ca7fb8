"""Decides which epochs can be the best one.

While a term's weight is warming up, the model is trained on a different objective
each epoch, and metrics of different epochs aren't comparable. With a small KL
weight the loss is lower than it can ever be at the final weight, and on the way to
a weight of 4 the ELBO peaks where the weight passes 1. The best epoch is chosen
among those that were trained on the final objective, from first step to last.

The schedule tells whether a weight is final, not the logs: a weight that is
unchanged from one epoch to the next may be on a plateau, as in a schedule that
waits before it rises. If a weight never settles, for example because it cycles
without end, there is no final objective, and so no best epoch.
"""

import warnings

import keras

from tfvae import schedules


class WarmUp:
    """Follows the scheduled weights of the model's objective.

    Attributes:
        pending: Whether there were epochs, but none was trained on the final objective.
    """

    def begin(self):
        """Begins a training."""
        self.pending = self._was_over = self._began_final = False

    def _final(self, model):
        step = int(keras.ops.convert_to_numpy(model.progress.steps))
        return all(schedules.is_final(term.weight_at, step) for term in model.objective if term.scheduled)

    def begin_epoch(self, model):
        """Begins an epoch."""
        self._began_final = self._final(model)

    def is_over(self, model):
        """Returns whether the epoch that ends now was trained on the final objective throughout."""
        over = self._began_final and self._final(model)
        self._was_over = self._was_over or over
        self.pending = not self._was_over
        return over

    def warn(self, consequence):
        """Warns that the training ended without a best epoch, and says what was done instead."""
        warnings.warn(
            "The training ended before the scheduled weights of its objective reached their final values for a whole "
            f"epoch, so none can be called the best: {consequence}. Shorten the warm-up (`steps` of the schedule are "
            "train steps, not epochs), or train for more epochs.",
            UserWarning,
            stacklevel=2,
        )
