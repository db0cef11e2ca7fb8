"""Parses the values on a command line, with one line for each error."""

import argparse
import sys

from tfvae_cli import problem


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def __init__(self, *arguments, **options):
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(*arguments, **options)

    def error(self, message):
        """Ends the program with the message."""
        message = " ".join(message.split()).rstrip(".")
        print(f"{self.prog}: error: {message}. See {self.prog} --help.", file=sys.stderr)
        raise SystemExit(2)

    def _check_value(self, action, value):
        # As argparse does, but with suggestions of similar names.
        if action.choices is not None and value not in action.choices:
            what = (action.option_strings or [str(action.metavar).lower()])[-1].lstrip("-")
            raise argparse.ArgumentError(None, problem.unknown(what, value, action.choices))


def count(text):
    """Reads a number of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number of 1 or more, received {text!r}.")
    return int(text)


def port(text):
    """Reads a TCP port; 0 means any free port."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to 65535, received {text!r}.")
    return int(text)


def seed(text):
    """Reads a 32-bit integer."""
    if not text.removeprefix("-").isdecimal() or abs(int(text)) >= 2**31:
        raise argparse.ArgumentTypeError(f"expected a whole number of 32 bits, received {text!r}.")
    return int(text)


def number(text):
    """Reads a number of 0 or more."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number of 0 or more, received {text!r}.")
    return number


def size(text):
    """Reads a height and a width, or one number for both."""
    height, _, width = text.partition("x")
    try:
        return [count(height), count(width or height)]
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"expected HEIGHTxWIDTH, such as 64x64, received {text!r}.") from None


def label(text):
    """Reads a label."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a label, such as 3, received {text!r}.")
    return int(text)
