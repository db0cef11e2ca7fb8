"""The progress of a training, on a screen or in a log."""

import os
import sys

import keras
import tqdm

_SHOWN = ("elbo", "kl", "val_elbo", "val_kl", "loss", "val_loss")


class Progress(keras.callbacks.Callback):
    """One bar for the whole training, with the time left; in a log, about twenty lines.

    Args:
        epochs: Number of epochs of the whole run.
        steps: Train steps per epoch.
    """

    def __init__(self, epochs, steps):
        super().__init__()
        self.epochs, self.steps = epochs, steps
        self._screen = sys.stderr.isatty()
        self._bar = None
        self._done = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Starts the bar, for a resumed run where it resumes."""
        del logs
        if self._bar is None:
            self._bar = tqdm.tqdm(
                total=self.epochs * self.steps,
                initial=epoch * self.steps,
                unit="step",
                desc=f"epoch {epoch + 1}/{self.epochs} ",
                disable=not self._screen,
                # Some terminals report zero columns, and then tqdm would draw nothing.
                ncols=80 if self._screen and not os.get_terminal_size(sys.stderr.fileno()).columns else None,
                bar_format="{desc}{percentage:3.0f}%|{bar:24}| [{elapsed}<{remaining}]{postfix}",
            )
        self._done = 0
        self._bar.set_description_str(f"epoch {epoch + 1}/{self.epochs} ", refresh=False)

    def on_train_batch_end(self, batch, logs=None):
        """Advances the bar."""
        del logs
        if self._bar is not None:
            self._bar.update(batch + 1 - self._done)
        self._done = batch + 1

    def on_epoch_end(self, epoch, logs=None):
        """Shows the epoch's metrics, in nats."""
        shown = {name: f"{logs[name]:.2f}" for name in _SHOWN if logs and name in logs and name not in _dull(logs)}
        if self._bar is not None:
            self._bar.update(max(0, self.steps - self._done))
            self._bar.set_postfix(shown)
        if not self._screen and ((epoch + 1) % max(1, self.epochs // 20) == 0 or epoch + 1 == self.epochs):
            values = "  ".join(f"{name} {value}" for name, value in shown.items())
            print(f"epoch {epoch + 1}/{self.epochs}  {values}", file=sys.stderr, flush=True)

    def close(self):
        """Leaves the bar as it is."""
        if self._bar is not None:
            self._bar.close()


def _dull(logs):
    """Returns the metrics that add nothing to the others."""
    return ("loss", "val_loss") if "elbo" in logs else ()
