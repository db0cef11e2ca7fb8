"""Stopping at the best epoch."""

import keras

from tfvae import arguments
from tfvae.callbacks import monitor as metrics
from tfvae.callbacks.warm_up import WarmUp
from tfvae.inputs import datasets


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Stops when the ELBO no longer improves, and restores the weights of the best epoch.

    Keras's callback would minimise the ELBO or refuse it, and would compare epochs
    with different objectives. Here, epochs in which a scheduled weight has not yet
    reached its final value count neither as the best nor towards `patience`. If
    training ends before that, the last weights are kept, with a warning.

    Reference: Prechelt (1998), Early Stopping - But When?

    Args:
        monitor: A metric of the epoch's logs. Higher is better for an ELBO,
            lower for every other metric of the model.
        patience: Epochs without improvement after which training stops.
        restore_best_weights: Go back to the best epoch's weights when training ends.
        min_delta: Smallest change that counts as an improvement, in the metric's unit: nats.
        mode: "min", "max", or "auto" for the above.
        validation_freq: As given to `fit`; epochs without validation are skipped.
        **kwargs: As for Keras's callback: `verbose`, `baseline`, `start_from_epoch`.

    Raises:
        ValueError: `patience` or `mode` is invalid; from `fit`, if the metric is
            not in the logs, naming those that are.

    >>> stop = EarlyStopping(patience=5)
    >>> stop.monitor, stop.restore_best_weights
    ('val_elbo', True)
    """

    def __init__(
        self,
        monitor="val_elbo",
        patience=10,
        restore_best_weights=True,
        min_delta=0.0,
        mode="auto",
        validation_freq=1,
        **kwargs,
    ):
        metrics.check_mode(mode)
        super().__init__(
            monitor=monitor,
            patience=arguments.integer("patience", patience, "a number of epochs >= 0", minimum=0),
            restore_best_weights=restore_best_weights,
            min_delta=min_delta,
            mode=mode,
            **kwargs,
        )
        self.validation_freq = validation_freq
        self._warm_up = WarmUp()

    def on_train_begin(self, logs=None):
        """Resets the state of an earlier `fit`."""
        super().on_train_begin(logs)
        datasets.directions(self.model, [self])
        self._warm_up.begin()

    def on_epoch_begin(self, epoch, logs=None):
        """Notes whether the scheduled weights are final."""
        del epoch, logs
        self._warm_up.begin_epoch(self.model)

    def on_epoch_end(self, epoch, logs=None):
        """Compares this epoch with the best, if it is comparable."""
        over = self._warm_up.is_over(self.model)
        if metrics.validates(epoch, self.validation_freq) or not self.monitor.startswith("val_"):
            logs = metrics.checked(logs, self.monitor, self.mode)
            if over:
                super().on_epoch_end(epoch, logs)

    def on_train_end(self, logs=None):
        """Restores the best weights."""
        super().on_train_end(logs)
        if self._warm_up.pending:
            self._warm_up.warn("the weights are those of the last epoch")
