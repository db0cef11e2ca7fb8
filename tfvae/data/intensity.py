"""What a raw value means: which one is white, as its dtype says or somebody who knows, held against the data."""

import math

import tensorflow as tf

from tfvae import arguments

_BY_DTYPE = {"bool": 1, "uint8": 255, "uint16": 65535}
_DARK = 15  # the part of white that the lightest value of a batch has at least, where nobody named white


def white(dtype, maximum=None):
    """Returns the raw value of intensity 1.

    Args:
        dtype: Of the raw values.
        maximum: The value, or None for the dtype's: 255 of uint8, 65535 of uint16, 1 of bool and of floats. Other
            integers say nothing of their range and are taken for 0..255.

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
    """Returns the dtype that an exported graph takes: pixels of uint8, where they reach."""
    return "uint8" if highest is None or (highest <= 255 and highest == int(highest)) else "float32"


def _likely(top):
    """Returns the white value that data with this largest value was likely meant to have."""
    bits = (1 << math.ceil(top).bit_length()) - 1
    return top if top & (top - 1) == 0 else bits


def _range(raw):
    """Returns (least, largest, what they are) of raw values, (0, 0, ...) where they are unknown or can't be wrong."""
    kind = "floats" if raw.dtype.is_floating else raw.dtype.name
    if raw.dtype == tf.bool or 0 in raw.shape or tf.is_symbolic_tensor(raw):
        return 0.0, 0.0, kind
    return float(tf.reduce_min(raw)), float(tf.reduce_max(raw)), kind


def bounds(name, raw, highest):
    """Refuses raw values that can't be intensities; within a graph they are unknown.

    Args:
        name: Of the step, for the error.
        raw: A tensor [B, ...] of any dtype.
        highest: The step's `maximum`, or None.

    Raises:
        ValueError: Values below 0 or above white.
    """
    low, top, kind = _range(raw)
    most = white(raw.dtype, highest)
    received = f"Received {kind} from {low:.6g} to {top:.6g}."
    if low < 0 or top > most:
        what = f"values in [0, {most}], its `maximum`" if highest is not None else "uint8 pixels 0..255"
        rest = ", uint16 in 0..65535, or floats in [0, 1]" if highest is None else ""
        fix = f"Name the value that is white: data.{name}(maximum={_likely(int(top))})" if top > most else ""
        signed = "Move them to [0, 1], or make the model of them as they are, with preprocessing=None"
        raise ValueError(f"{name} takes {what}{rest}. {received} {signed if low < 0 else fix}.")


def check(name, raw, highest):
    """Refuses a first batch of raw values that can't be intensities, or are hardly any; see `bounds`.

    Raises:
        ValueError: Likewise; or, without a `maximum`, none is more than black for integers of their dtype.
    """
    raw = tf.convert_to_tensor(raw)
    bounds(name, raw, highest)
    _, top, kind = _range(raw)
    most = white(raw.dtype, highest)
    if highest is None and not raw.dtype.is_floating and 0 < top * _DARK <= most:
        raise ValueError(
            f"{name} takes {kind} for pixels of 0..{most}, and in the first batch none is above {top:.6g}, which is "
            f"black. Name the value that is white: data.{name}(maximum={_likely(int(top))}). Where the pictures are as "
            f"dark as that, maximum={most} says so."
        )
