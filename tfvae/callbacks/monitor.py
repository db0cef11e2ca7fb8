"""The metric that a callback looks at: that it is there, and what a NaN counts for."""

import math

from tfvae import arguments


def check_mode(mode):
    """Refuses a mode that there is not, which Keras would pass over with a warning."""
    if mode not in ("min", "max", "auto"):
        raise arguments.invalid("mode", "'min', 'max' or 'auto'", mode)


def validates(epoch, validation_freq):
    """Whether `fit(validation_freq=...)` validates at the end of `epoch`, counted from 0."""
    if isinstance(validation_freq, int):
        return (epoch + 1) % validation_freq == 0
    return epoch + 1 in validation_freq


def checked(logs, monitor, mode):
    """Returns `logs` with a monitored NaN made the worst value that there is.

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
