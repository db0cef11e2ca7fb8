"""One bad input, and what is said of it."""

from typing import NamedTuple


class Row(NamedTuple):
    """What is tried, and patterns that all must be found in the error's one line.

    Attributes:
        act: Does the bad thing, in an empty folder.
        said: Patterns.
        error: The error's class.
        given: Makes files before.
    """

    act: object
    said: tuple
    error: type = ValueError
    given: object = None


def row(act, *said, error=ValueError, given=None):
    return Row(act, said, error, given)
