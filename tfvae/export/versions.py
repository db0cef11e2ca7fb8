"""A version of a served model appears whole, by a rename, or not at all."""

import contextlib
import errno
import os
import pathlib
import shutil
import socket
import tempfile

import tensorflow as tf

# TensorFlow's words for what the system says where a file can't be written.
_SYSTEM_ERRORS = {
    tf.errors.ResourceExhaustedError: errno.ENOSPC,
    tf.errors.OutOfRangeError: errno.EFBIG,
    tf.errors.PermissionDeniedError: errno.EACCES,
}


def publish(base, write):
    """Makes the next version of what `write` writes, and returns its path.

    A server that polls `base` takes no notice of the folder while it is written:
    its name is no number. Where anything fails nothing is left. What exporters
    left that were killed is removed.

    Args:
        base: Folder of the versions; made where there is none.
        write: Takes the folder to write to.

    Raises:
        OSError: What the system says where it can't write; names `base`.

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
                work.chmod(0o755)  # mkdtemp's folder is its owner's alone, and a server may be somebody else
                return rename(work, base)
            finally:
                shutil.rmtree(work, ignore_errors=True)
        finally:
            if fresh:
                with contextlib.suppress(OSError):  # it isn't empty: all went well, or another exporter is at work
                    base.rmdir()


def rename(work, base):
    """Makes `work` the next version of `base`, whoever else does the same at this moment; returns its new path."""
    while True:
        target = base / str(max(numbers(base), default=0) + 1)
        try:
            return work.rename(target)
        except OSError:
            # Another exporter took this version; it is never empty, so a rename can't replace it.
            if not target.exists():
                raise


def numbers(base):
    """Returns the version numbers in a folder."""
    return [int(path.name) for path in base.iterdir() if path.name.isdecimal()]


def _prefix():
    return f".export-{socket.gethostname()}-"


def _sweep(base):
    """Removes the folders of exporters of this machine that are no more: SIGKILL lets nobody clean up."""
    if os.name != "posix":
        return  # nowhere else may a process be asked for without harm
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
    """Errors of the system, by the name that the caller knows."""
    try:
        yield
    except tuple(_SYSTEM_ERRORS) as error:
        number = _SYSTEM_ERRORS[type(error)]
        raise OSError(number, f"{os.strerror(number)}; no version was written", str(base)) from error
    except OSError as error:
        if error.errno is None:
            raise
        raise OSError(error.errno, f"{os.strerror(error.errno)}; no version was written", str(base)) from error
