"""Error messages for people, in one line."""

import difflib
import errno
import logging
import sys
import warnings

# What to do about errors of the operating system.
_FIXES = {
    errno.ENOSPC: "Make room, or write elsewhere: --output another",
    errno.EDQUOT: "Make room, or write elsewhere: --output another",
    errno.EACCES: "Ask its owner, or take another",
    errno.EPERM: "Ask its owner, or take another",
    errno.EROFS: "Write elsewhere: --output another",
}


class Problem(Exception):  # not always an error of the user's
    """A problem that the user can fix. Its message is all that they need to see."""


def unknown(what, name, known):
    """Returns the message for a name that isn't one of `known`, with similar names.

    >>> unknown("recipe", "betavae", ["vae", "beta_vae", "iwae"])
    "Unknown recipe 'betavae'. Did you mean beta_vae or vae? Expected one of: vae, beta_vae, iwae."
    """
    known = list(map(str, known))
    spelt = {entry.lower(): entry for entry in known}
    near = [spelt[entry] for entry in difflib.get_close_matches(str(name).lower(), spelt, n=2)]
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"Unknown {what} {name!r}.{hint} Expected one of: {', '.join(known)}."


def one_line(error):
    r"""Returns an exception's message as one line that ends the command.

    >>> one_line(ValueError("Invalid value.\n  Expected 1."))
    'Invalid value. Expected 1.'
    >>> one_line(KeyError("x"))
    "KeyError: 'x'"
    >>> one_line(OSError(errno.ENOSPC, "No space left on device", "model.keras"))
    'No space left on device: model.keras. Make room, or write elsewhere: --output another.'
    """
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
        text += f". {_FIXES[error.errno]}." if error.errno in _FIXES else ""
    spoken = (Problem, ValueError, OSError, RuntimeError)
    return text if text and isinstance(error, spoken) else f"{type(error).__name__}: {text}".rstrip(": ")


def speak_plainly():
    """Shows each of Python's warnings as one line, without the source code that raised it."""

    def show(message, category, filename, lineno, file=None, line=None):
        del category, filename, lineno, file, line
        print(f"tfvae: warning: {' '.join(str(message).split())}", file=sys.stderr)

    warnings.showwarning = show
    warnings.simplefilter("ignore", DeprecationWarning)
    logging.getLogger("tensorflow").setLevel("ERROR")
