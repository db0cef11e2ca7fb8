"""Writes files that users may edit, and keeps the ones that they have edited."""

import hashlib
import pathlib
import re

from tfvae.files import whole

_MARK = "Written by tfvae; an export writes it anew until you change it."
_MARKED = re.compile(rf"{re.escape(_MARK)} \[(\w+)\]")


def write(path, text, comment="# {}"):
    """Writes a text file as a whole, unless somebody has changed the existing one.

    Its first line has a hash of the rest, which reveals changes.

    Args:
        path: The file.
        text: Its content.
        comment: Format of a comment line, for the hash.

    Returns:
        Whether it was written.

    >>> import tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "models.config")
    >>> write(path, "name: 'digits'"), write(path, "name: 'letters'")
    (True, True)
    >>> _ = path.write_text(path.read_text().replace("letters", "mine"))
    >>> write(path, "name: 'digits'")
    False
    """
    path = pathlib.Path(path)
    if path.exists() and not _ours(path.read_text(errors="replace")):
        return False
    with whole.replacing(path) as temporary:
        temporary.write_text(f"{comment.format(f'{_MARK} [{_hash(text)}]')}\n{text}")
    return True


def _ours(content):
    first, _, rest = content.partition("\n")
    found = _MARKED.search(first)
    return found is not None and found[1] == _hash(rest)


def _hash(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]
