"""When an epoch may be called the best one.

While a term's weight is warming up, the model is trained on another objective
each epoch. Its metrics then don't compare: under a small KL weight the loss is
lower than it can ever be at the final weight, and on the way to a weight of 4
the ELBO has its maximum where the weight passes 1. A best epoch is chosen among
those that were trained on the final objective, from first step to last.

Whether a weight is final is asked of the schedule, not of the logs: a weight
that stayed as it was from one epoch to the next may be a plateau, as in a
schedule that waits before it rises. A weight that never settles, as one that
cycles without end, has no final objective, and so the training no best epoch.
"""

import warnings

import keras

from tfvae import schedules


class WarmUp:
    """Follows the scheduled weights of the model's objective.

    Attributes:
        pending: Whether there were epochs, and none was trained on the final objective.
    """

    def begin(self):
        """A training begins."""
        self.pending = self._was_over = self._began_final = False

    def _final(self, model):
        step = int(keras.ops.convert_to_numpy(model.progress.steps))
        return all(schedules.is_final(term.weight_at, step) for term in model.objective if term.scheduled)

    def begin_epoch(self, model):
        """An epoch begins."""
        self._began_final = self._final(model)

    def is_over(self, model):
        """Whether the epoch that ends now was trained on the final objective."""
        over = self._began_final and self._final(model)
        self._was_over = self._was_over or over
        self.pending = not self._was_over
        return over

    def warn(self, consequence):
        """Says that the training ended with no best epoch, and what was done instead."""
        warnings.warn(
            "The training ended before the scheduled weights of its objective reached their final values for a whole "
            f"epoch, so none can be called the best: {consequence}. Shorten the warm-up (`steps` of the schedule are "
            "train steps, not epochs), or train for more epochs.",
            UserWarning,
            stacklevel=2,
        )
