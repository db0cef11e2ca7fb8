"""Converts arguments to arrays of a signature's shapes and types, or raises an error that names the argument."""

import math
import numbers
import secrets
from typing import Any

import numpy as np

from tfvae_client.errors import InvalidRequest, invalid


def arrays(signature, given):
    """Returns {name: array} of a signature's types, from the given arguments.

    Args:
        signature: The `Signature`.
        given: {name: array-like, or None if left out}.

    Raises:
        InvalidRequest: An argument is missing, unknown or not finite, has the wrong shape or type, or the
            arguments differ in their number of rows.

    >>> from tfvae_client.signature import Signature, Spec
    >>> decode = Signature("decode", {"latent": Spec("float32", (None, 2))}, {})
    >>> arrays(decode, {"latent": [[0.5, 1.0]], "condition": None})
    {'latent': array([[0.5, 1. ]], dtype=float32)}
    >>> arrays(decode, {"latent": [0.5, 1.0]})
    Traceback (most recent call last):
    ...
    tfvae_client.errors.InvalidRequest: Invalid value for argument `latent`. Expected float32 [n, 2]. Received
    shape: (2,)
    """
    given = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if name not in signature.inputs:
            raise InvalidRequest(
                f"The served model's {signature.name} takes no `{name}`, only {', '.join(signature.inputs)}. "
                "Leave it out."
            )
    for name, spec in signature.inputs.items():
        if name not in given:
            raise InvalidRequest(f"The served model's {signature.name} needs `{name}`, {spec}. Give it.")
    found = {name: _array(name, given[name], spec) for name, spec in signature.inputs.items()}
    counts = {name: len(found[name]) for name, spec in signature.inputs.items() if spec.shape and spec.shape[0] is None}
    if len(set(counts.values())) > 1:
        one, *others = (f"`{name}` has {count}" for name, count in counts.items())
        raise InvalidRequest(f"Expected as many rows in each argument. Received: {one}, {', '.join(others)}")
    return found


def _array(name, value, spec):
    try:
        array = np.asarray(value)
    except ValueError:  # rows of several lengths
        raise invalid(name, f"an array, {spec}", value) from None
    if spec.shape is not None:
        sides = zip(spec.shape, array.shape, strict=False)
        if array.ndim != len(spec.shape) or any(side not in (None, received) for side, received in sides):
            raise InvalidRequest(f"Invalid value for argument `{name}`. Expected {spec}. Received shape: {array.shape}")
        if not array.size:
            raise InvalidRequest(f"Invalid value for argument `{name}`. Expected 1 row or more. Received: none")
    if not _fits(array, np.dtype(spec.dtype)):
        fix = " Raw pixels are whole numbers 0..255: astype('uint8')." if spec.dtype == "uint8" else ""
        raise InvalidRequest(
            f"Invalid value for argument `{name}`. Expected {spec}.{fix} Received dtype: {array.dtype}"
        )
    if array.dtype.kind == "f":
        # NaN in x may mark what is missing; the served graph knows whether the model takes it, and refuses it if not.
        of_x = name.split("_")[0] == "x"  # or x_NAME, a modality
        bad, kinds = (np.isinf(array), "infinity") if of_x else (~np.isfinite(array), "NaN or infinity")
        if bad.any():
            wrong = np.argwhere(bad)[:, :1].ravel()
            rows = f" in row {wrong[0]}" if len(wrong) else ""
            raise InvalidRequest(
                f"Invalid value for argument `{name}`. Expected finite numbers. Received: {kinds}{rows}"
            )
    return np.ascontiguousarray(array, spec.dtype).reshape(array.shape)


def _fits(array, dtype):
    """Returns whether a cast preserves an array's values: floats may be rounded, integers may not."""
    if array.dtype.kind not in "biuf" or (array.dtype.kind == "b") != (dtype.kind == "b"):
        return False
    if dtype.kind == "f":
        # Bytes are pixels 0..255, and a model that takes floats expects a different range.
        return array.dtype != np.uint8
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        return array.dtype.kind in "iu" and limits.min <= array.min() and array.max() <= limits.max
    return True


def pieces(arrays, size):
    """Yields arrays of at most `size` rows each.

    >>> [part["x"].tolist() for part in pieces({"x": np.arange(5)}, 2)]
    [[0, 1], [2, 3], [4]]
    """
    for start in range(0, max(map(len, arrays.values())), size):
        yield {name: array[start : start + size] for name, array in arrays.items()}


def _is_real(value: Any):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def count(name, value):
    """Returns a value as an int, if it is a whole number of 1 or more.

    Raises:
        InvalidRequest: It is anything else.
    """
    if not _is_real(value) or not 1 <= value < 2**31 or value != value // 1:
        raise invalid(name, "a whole number of 1 or more", value)
    return int(value)


def number(name, value, expected="a finite number of 0 or more", above=False):
    """Returns a value as a float, if it is a finite number of 0 or more, or above 0 if `above`.

    Raises:
        InvalidRequest: It is anything else.
    """
    if not _is_real(value) or not math.isfinite(value) or value < 0 or (above and value == 0):
        raise invalid(name, expected, value)
    return float(value)


def seed(value):
    """Returns a seed as int32[2], the same as in `vae.sample`; a fresh one for None.

    Raises:
        InvalidRequest: It is neither an int, a pair of ints, nor None.

    >>> seed(3)
    array([3, 0], dtype=int32)
    """
    if value is None:
        # Drawn here and not by the server, so that a retry after a failure gets the same answer.
        value = secrets.randbits(62)
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return np.array([int(value) & 0x7FFFFFFF, int(value) >> 31 & 0x7FFFFFFF], "int32")
    pair = np.asarray(value)
    if pair.shape != (2,) or not _fits(pair, np.dtype("int32")):
        raise invalid("seed", "an int, two ints of 32 bits, or None", value)
    return pair.astype("int32")
