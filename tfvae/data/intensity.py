"""What a raw value means: which one is white, by its dtype or an argument, checked against the data."""

import math

import numpy as np
import tensorflow as tf

from tfvae import arguments

_BY_DTYPE = {"bool": 1, "uint8": 255, "uint16": 65535}
_DARK = 15  # the lightest value of a batch must exceed this part (1/15) of white, unless `maximum` names white


def white(dtype, maximum=None):
    """Returns the raw value of intensity 1.

    Args:
        dtype: Of the raw values.
        maximum: The value, or None for the dtype's: 255 for uint8, 65535 for uint16, 1 for bool and floats. Other
            integers don't imply a range and are taken to be 0..255.

    >>> white("uint16"), white("float32"), white("uint16", maximum=4095)
    (65535, 1, 4095)
    """
    dtype = tf.as_dtype(dtype)
    return maximum if maximum is not None else 1 if dtype.is_floating else _BY_DTYPE.get(dtype.name, 255)


def maximum(value):
    """Returns the argument `maximum` of a preprocessing step, None or a positive number."""
    if value is not None and arguments.number("maximum", value, "a positive number, or None", minimum=0) == 0:
        raise arguments.invalid("maximum", "a positive number, or None", value)
    return value


def served_dtype(highest):
    """Returns the dtype that an exported graph takes: uint8 pixels where their range suffices."""
    return "uint8" if highest is None or (highest <= 255 and highest == int(highest)) else "float32"


def _likely(top):
    """Returns the white value that data with this largest value was likely meant to have."""
    bits = (1 << math.ceil(top).bit_length()) - 1
    return top if top & (top - 1) == 0 else bits


def extremes(raw):
    """Returns (smallest, largest, kind) of raw values but NaN, (0, 0, ...) where they are unknown or can't be wrong."""
    kind = "floats" if raw.dtype.is_floating else raw.dtype.name
    if raw.dtype == tf.bool or 0 in raw.shape or tf.is_symbolic_tensor(raw):
        return 0.0, 0.0, kind
    values = np.asarray(raw)
    # NaN, which marks what is missing, must not hide the others.
    return float(np.fmin.reduce(values, axis=None)), float(np.fmax.reduce(values, axis=None)), kind


def bounds(name, raw, highest):
    """Refuses raw values that can't be intensities; within a graph, where they are unknown, it refuses nothing.

    Args:
        name: The step's name, for the error.
        raw: A tensor [B, ...] of any dtype.
        highest: The step's `maximum`, or None.

    Raises:
        ValueError: Values below 0 or above white.
    """
    low, top, kind = extremes(raw)
    most = white(raw.dtype, highest)
    received = f"Received {kind} from {low:.6g} to {top:.6g}."
    if low < 0 or top > most:
        what = f"values in [0, {most}], its `maximum`" if highest is not None else "uint8 pixels 0..255"
        rest = ", uint16 in 0..65535, or floats in [0, 1]" if highest is None else ""
        fix = f"Name the value that is white: data.{name}(maximum={_likely(int(top))})" if top > most else ""
        signed = "Move them to [0, 1], or make the model of them as they are, with preprocessing=None"
        raise ValueError(f"{name} takes {what}{rest}. {received} {signed if low < 0 else fix}.")


def check(name, raw, highest):
    """Refuses a first batch of raw values that can't be intensities, or are all nearly black; see `bounds`.

    Raises:
        ValueError: As for `bounds`; or, without a `maximum`, integers that are all nearly black for their dtype.
    """
    raw = tf.convert_to_tensor(raw)
    bounds(name, raw, highest)
    _, top, kind = extremes(raw)
    most = white(raw.dtype, highest)
    if highest is None and not raw.dtype.is_floating and 0 < top * _DARK <= most:
        raise ValueError(
            f"{name} takes {kind} for pixels of 0..{most}, and in the first batch none is above {top:.6g}, which is "
            f"black. Name the value that is white: data.{name}(maximum={_likely(int(top))}). Where the pictures are as "
            f"dark as that, maximum={most} says so."
        )
