"""Saving the best epoch."""

import keras

from tfvae.callbacks import monitor as metrics
from tfvae.callbacks.warm_up import WarmUp
from tfvae.inputs import datasets


class ModelCheckpoint(keras.callbacks.ModelCheckpoint):
    """Saves the model whenever the ELBO is the best so far.

    Keras's callback would minimise the ELBO or refuse it, and would compare epochs
    with different objectives. Here, epochs in which a scheduled weight has not yet
    reached its final value are not saved as the best. If training ends before
    that, the last epoch is saved, with a warning.

    Args:
        filepath: The file, `.keras`, or `.weights.h5` with `save_weights_only`;
            may contain `{epoch}` and metrics, such as `{val_elbo:.1f}`.
        monitor: A metric of the epoch's logs. Higher is better for an ELBO,
            lower for every other metric of the model.
        save_best_only: False saves every epoch and ignores `monitor`.
        mode: "min", "max", or "auto" for the above.
        validation_freq: As given to `fit`; epochs without validation are skipped.
        **kwargs: As for Keras's callback: `verbose`, `save_weights_only`, `save_freq`, `initial_value_threshold`.

    Raises:
        ValueError: `save_freq` is in steps together with `save_best_only`; from
            `fit`, if the metric is not in the logs, naming those that are.

    >>> ModelCheckpoint("best.keras").monitor
    'val_elbo'
    """

    def __init__(self, filepath, monitor="val_elbo", save_best_only=True, mode="auto", validation_freq=1, **kwargs):
        metrics.check_mode(mode)
        super().__init__(filepath, monitor=monitor, save_best_only=save_best_only, mode=mode, **kwargs)
        if save_best_only and self.save_freq != "epoch":
            raise ValueError(
                "Invalid value for argument `save_freq`. Expected 'epoch' with save_best_only=True, as the metrics "
                f"are those of whole epochs. Received: save_freq={self.save_freq!r}. Give save_best_only=False to "
                "save every so many steps."
            )
        self.validation_freq = validation_freq
        self._warm_up = WarmUp()
        self._last = None

    def on_train_begin(self, logs=None):
        """Forgets the last epoch. The best so far is kept across several `fit`s, as in Keras."""
        super().on_train_begin(logs)
        datasets.directions(self.model, [self])
        if not self.save_best_only:
            self.mode = "min"  # Keras requires a mode, but compares nothing
        self._warm_up.begin()
        self._last = None

    def on_epoch_begin(self, epoch, logs=None):
        """Notes whether the scheduled weights are final."""
        super().on_epoch_begin(epoch, logs)
        self._warm_up.begin_epoch(self.model)

    def on_epoch_end(self, epoch, logs=None):
        """Saves this epoch if it is comparable and the best, or if all are saved."""
        over = self._warm_up.is_over(self.model)
        if not self.save_best_only:
            super().on_epoch_end(epoch, logs)
        elif metrics.validates(epoch, self.validation_freq) or not self.monitor.startswith("val_"):
            self._last = epoch, metrics.checked(logs, self.monitor, self.mode)
            if over:
                super().on_epoch_end(*self._last)

    def on_train_end(self, logs=None):
        """Saves the last epoch if none could be the best: that is better than no file."""
        super().on_train_end(logs)
        if self.save_best_only and self._last is not None and self._warm_up.pending:
            super().on_epoch_end(*self._last)
            self._warm_up.warn("the last epoch was saved")
