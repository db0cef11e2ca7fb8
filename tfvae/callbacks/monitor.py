"""Checks of the metric that a callback monitors: that it exists, and how NaN counts."""

import math

from tfvae import arguments


def check_mode(mode):
    """Refuses an unknown mode, for which Keras would only warn."""
    if mode not in ("min", "max", "auto"):
        raise arguments.invalid("mode", "'min', 'max' or 'auto'", mode)


def validates(epoch, validation_freq):
    """Returns whether `fit(validation_freq=...)` validates at the end of `epoch`, counted from 0."""
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    return epoch + 1 in validation_freq


def checked(logs, monitor, mode):
    """Returns `logs` with NaN of the monitored metric replaced by the worst possible value.

    Keras takes the first value as the best without comparing it, and no later
    one is better than NaN.

    Raises:
        ValueError: The metric is not in the logs.
    """
    logs = dict(logs or {})
    if monitor not in logs:
        without = monitor.startswith("val_") and not any(name.startswith("val_") for name in logs)
        fix = (
            "There was no validation: give validation_data to `fit`, and where it has a `validation_freq` give the "
            "same to this callback"
            if without
            else "Monitor one of them"
        )
        raise ValueError(
            f"Invalid value for argument `monitor`. Expected a metric of the epoch's logs: {', '.join(sorted(logs))}. "
            f"Received: monitor={monitor!r}. {fix}."
        )
    if math.isnan(logs[monitor]):
        logs[monitor] = -math.inf if mode == "max" else math.inf
    return logs
