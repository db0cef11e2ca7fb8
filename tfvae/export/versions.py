"""Publishes a version of a served model atomically, by a rename."""

import contextlib
import errno
import os
import pathlib
import shutil
import socket
import tempfile

import tensorflow as tf

# TensorFlow's errors for the system's errors when a file can't be written.
_SYSTEM_ERRORS = {
    tf.errors.ResourceExhaustedError: errno.ENOSPC,
    tf.errors.OutOfRangeError: errno.EFBIG,
    tf.errors.PermissionDeniedError: errno.EACCES,
}


def publish(base, write):
    """Makes the next version from what `write` writes, and returns its path.

    A server that polls `base` ignores the folder while it is being written, as
    its name is not a number. If anything fails, nothing is left behind. Leftovers
    of killed exporters are removed.

    Args:
        base: Folder of the versions; created if it doesn't exist.
        write: Takes the folder to write to.

    Raises:
        OSError: The system can't write; the error names `base`.

    >>> base = pathlib.Path(tempfile.mkdtemp())
    >>> publish(base, lambda folder: (folder / "saved_model.pb").write_bytes(b"a model")).name
    '1'
    """
    base = pathlib.Path(base)
    with _named(base):
        fresh = not base.exists()
        base.mkdir(parents=True, exist_ok=True)
        try:
            _sweep(base)
            work = pathlib.Path(tempfile.mkdtemp(prefix=f"{_prefix()}{os.getpid()}-", dir=base))
            try:
                write(work)
                work.chmod(0o755)  # mkdtemp's folder is private, and a server may run as another user
                return rename(work, base)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        finally:
            if fresh:
                with contextlib.suppress(OSError):  # not empty: all went well, or another exporter is at work
                    base.rmdir()


def rename(work, base):
    """Makes `work` the next version of `base`, even if others do the same concurrently; returns its new path."""
    while True:
        target = base / str(max(numbers(base), default=0) + 1)
        try:
            return work.rename(target)
        except OSError:
            # Another exporter took this version. It is never empty, so the rename couldn't replace it.
            if not target.exists():
                raise


def numbers(base):
    """Returns the version numbers in a folder."""
    return [int(path.name) for path in base.iterdir() if path.name.isdecimal()]


def _prefix():
    return f".export-{socket.gethostname()}-"


def _sweep(base):
    """Removes folders left by exporters on this machine that no longer run: SIGKILL leaves no chance to clean up."""
    if os.name != "posix":
        return  # elsewhere, checking for a process with os.kill may end it
    for path in base.glob(f"{_prefix()}*"):
        number = path.name.removeprefix(_prefix()).split("-")[0]
        if number.isdecimal() and not _runs(int(number)):
            shutil.rmtree(path, ignore_errors=True)


def _runs(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@contextlib.contextmanager
def _named(base):
    """Raises the system's errors with the path that the caller knows."""
    try:
        yield
    except tuple(_SYSTEM_ERRORS) as error:
        number = _SYSTEM_ERRORS[type(error)]
        raise OSError(number, f"{os.strerror(number)}; no version was written", str(base)) from error
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, f"{os.strerror(error.errno)}; no version was written", str(base)) from error
