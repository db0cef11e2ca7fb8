"""Checks of argument values and names, and the errors for those that are not valid."""

import contextlib
import difflib
import math
import numbers
import re
from typing import Any

import tensorflow as tf

_LONGEST = 300  # characters that a message quotes


def shortened(text):
    """Returns a text as one line, cut to a length that fits a message."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def one_line(error):
    """Returns an error's message as one line; of a long Keras message, only the part that says what happened."""
    text = re.sub(r"\x1b\[\d*m", "", str(error)).rsplit("Exception encountered:", 1)[-1]
    text = re.sub(r"Exception encountered when calling .*", "", text).split("Arguments received by")[0]
    return shortened(text)


@contextlib.contextmanager
def explained(words):
    """Turns any error within the block, such as one of a user's network, into a `ValueError` that `words` begin.

    >>> with explained("The encoder can't be called. It says:"):
    ...     int("x")
    Traceback (most recent call last):
    ValueError: The encoder can't be called. It says: invalid literal for int() with base 10: 'x'
    """
    try:
        yield
    except Exception as error:
        raise ValueError(f"{words} {one_line(error)}") from error


def invalid(argument, expected, received):
    """Returns the error for a value that is not valid for an argument.

    >>> invalid("n", "a positive int", "3")
    ValueError("Invalid value for argument `n`. Expected a positive int. Received: n='3'")
    """
    quoted = shortened(repr(received))
    return ValueError(f"Invalid value for argument `{argument}`. Expected {expected}. Received: {argument}={quoted}")


def _plain(value) -> Any:
    """Returns a scalar array as a Python number, and anything else as it is."""
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def _is_real(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def integer(argument, value, expected="a positive int", minimum=1, maximum=math.inf) -> int:
    """Returns `value` as an int.

    Args:
        argument: Name of the argument, for the error.
        value: What was given; 5.0 is 5.
        expected: What the error says was expected.
        minimum: Least value.
        maximum: Greatest value.

    Raises:
        ValueError: It is not a whole number, or out of range.
    """
    value = _plain(value)
    if not _is_real(value) or not minimum <= value <= maximum or value != math.floor(value):
        raise invalid(argument, expected, value)
    return int(value)


def number(argument, value, expected="a finite number", minimum=-math.inf, maximum=math.inf) -> Any:
    """Returns `value`, a finite number from `minimum` to `maximum`.

    Raises:
        ValueError: It is something else.
    """
    value = _plain(value)
    if not _is_real(value) or not math.isfinite(value) or not minimum <= value <= maximum:
        raise invalid(argument, expected, value)
    return value


def keywords(callee, given, known):
    """Refuses unknown keyword arguments; the error names the closest known one.

    Args:
        callee: What was called, for the error.
        given: The names that were given.
        known: The valid names.

    Raises:
        TypeError: A name is unknown, as Python raises for a function.

    >>> keywords("KL", ["free_bit"], ["weight", "free_bits"])
    Traceback (most recent call last):
    TypeError: KL got an unexpected argument `free_bit`. Did you mean `free_bits`? Expected: weight, free_bits.
    """
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            raise TypeError(f"{callee} got an unexpected argument `{name}`.{hint} Expected: {', '.join(known)}.")


def known(check, argument, value, *expected, **bounds):
    """Returns `check(argument, value, ...)` for a value that isn't a tensor; returns a tensor as it is."""
    return value if tf.is_tensor(value) else check(argument, value, *expected, **bounds)
