"""Writes a file whole or not at all."""

import contextlib
import os
import pathlib


@contextlib.contextmanager
def replacing(path):
    """Gives a temporary path beside `path`; its file replaces `path` when the block succeeds.

    After a kill, an error or a full disk, any previous file is as it was. The
    temporary name ends as `path` does, for writers that look at the suffix.

    Raises:
        FileNotFoundError: There is no folder to write to; raised before anything is done.
        IsADirectoryError: `path` is a folder; likewise.
        OSError: The system's error if it can't write: no permission, no space.

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
    # Keeps the suffix: some writers choose a format by it.
    temporary = path.with_name(f".{os.getpid()}.tmp.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        if error.errno is None:
            raise
        # Python picks the subclass by the number, such as PermissionError; the message has the path the caller knows.
        raise OSError(error.errno, f"{os.strerror(error.errno)}; not written", str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def local(path, suffix, overwrite):
    """Gives what `replacing` does for a local file with this suffix that may be overwritten, else the path itself.

    For writers that also accept URLs and folders, and that may ask the user whether to overwrite a file.
    """
    text = str(path)
    if text.endswith(suffix) and "://" not in text and (overwrite or not pathlib.Path(text).exists()):
        with replacing(text) as temporary:
            yield temporary
    else:
        yield path
