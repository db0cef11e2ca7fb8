"""What an argument must be, and the one form of the error where it is not."""

import difflib
import math
import numbers
import re
from typing import Any

_LONGEST = 300  # characters of what a message quotes


def shortened(text):
    """Returns a text in one line, and no longer than a message can bear."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def one_line(error):
    """Returns what an error says, as one line; of Keras's long ones the part that says what happened."""
    text = re.sub(r"\x1b\[\d*m", "", str(error)).rsplit("Exception encountered:", 1)[-1]
    text = re.sub(r"Exception encountered when calling .*", "", text).split("Arguments received by")[0]
    return shortened(text)


def invalid(argument, expected, received):
    """Returns the error for a value that an argument can't have.

    >>> invalid("n", "a positive int", "3")
    ValueError("Invalid value for argument `n`. Expected a positive int. Received: n='3'")
    """
    quoted = shortened(repr(received))
    return ValueError(f"Invalid value for argument `{argument}`. Expected {expected}. Received: {argument}={quoted}")


def _plain(value) -> Any:
    """Returns an array of no axes as the number in it."""
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
        ValueError: It is no whole number, or out of range.
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
    """Refuses keyword arguments that there are not, with the nearest that there are.

    Args:
        callee: What was called, for the error.
        given: The names that were given.
        known: The names that there are.

    Raises:
        TypeError: As Python does for a function.

    >>> keywords("KL", ["free_bit"], ["weight", "free_bits"])
    Traceback (most recent call last):
    TypeError: KL got an unexpected argument `free_bit`. Did you mean `free_bits`? Expected: weight, free_bits.
    """
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean `{near[0]}`?" if near else ""
            raise TypeError(f"{callee} got an unexpected argument `{name}`.{hint} Expected: {', '.join(known)}.")
