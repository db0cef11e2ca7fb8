"""A file is written whole or not at all."""

import contextlib
import os
import pathlib


@contextlib.contextmanager
def replacing(path):
    """Gives a temporary path beside `path`, which takes its place when the block ends well.

    A kill, an error or a full disk leaves the file as it was, or none. The
    temporary name ends as `path` does, for writers that look at the suffix.

    Raises:
        FileNotFoundError: There is no folder to write to; before anything is done.
        IsADirectoryError: `path` is a folder; likewise.
        OSError: What the system says where it can't write: no permission, no space.

    >>> import tempfile
    >>> target = pathlib.Path(tempfile.mkdtemp(), "notes.txt")
    >>> with replacing(target) as temporary:
    ...     _ = temporary.write_text("whole")
    >>> target.read_text(), len(list(target.parent.iterdir()))
    ('whole', 1)
    """
    path = pathlib.Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"Expected the path of a file to write. Received: {path}, which is a folder.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent} to write {path.name} to. Make it first.")
    # The suffix stays: some writers choose a format by it.
    temporary = path.with_name(f".{os.getpid()}.tmp.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if error.errno is None:
            raise
        # Of the kind that the number stands for, such as PermissionError, and with the name that the caller knows.
        raise OSError(error.errno, f"{os.strerror(error.errno)}; not written", str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def local(path, suffix, overwrite):
    """Gives what `replacing` does for a local file of this suffix that may be overwritten, else the path itself.

    For writers that also take addresses, folders, and a user who answers whether a file may be overwritten.
    """
    text = str(path)
    if text.endswith(suffix) and "://" not in text and (overwrite or not pathlib.Path(text).exists()):
        with replacing(text) as temporary:
            yield temporary
    else:
        yield path
