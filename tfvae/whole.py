"""A file is written whole or not at all."""

import contextlib
import os
import pathlib


@contextlib.contextmanager
def replacing(path):
    """Gives a temporary path beside `path`, which takes its place when the block ends well.

    A kill, an error or a full disk leaves the file as it was, or none.

    >>> import tempfile
    >>> target = pathlib.Path(tempfile.mkdtemp(), "notes.txt")
    >>> with replacing(target) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> target.read_text(), len(list(target.parent.iterdir()))
    ('whole', 1)
    """
    path = pathlib.Path(path)
    # The suffix stays: some writers choose a format by it.
    temporary = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
