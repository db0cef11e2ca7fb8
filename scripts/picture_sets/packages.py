"""The files of a Debian package: those that are installed, or else of the package as it is downloaded."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

_PATIENCE = 600  # seconds that a download may take


@contextlib.contextmanager
def files(package, folder, suffixes):
    """Gives the files of a package as long as the block runs.

    Args:
        package: Its name.
        folder: Where its pictures or fonts are, such as "/usr/share/backgrounds".
        suffixes: Of the files that are wanted, such as (".jpg", ".png").

    Yields:
        A sorted list of `pathlib.Path`, not empty.

    Raises:
        ValueError: It isn't installed and can't be downloaded.
    """
    found = installed(package, folder, suffixes)
    if found:
        yield found
        return
    with tempfile.TemporaryDirectory(prefix="package-") as work:
        _download(package, pathlib.Path(work))
        found = _wanted(pathlib.Path(work, "package").rglob("*"), suffixes)
        if not found:
            raise ValueError(f"The Debian package {package} holds no files {', '.join(suffixes)}.")
        yield found


def _wanted(paths, suffixes):
    # A file with two names is one picture.
    return sorted(path for path in paths if path.suffix in suffixes and path.is_file() and not path.is_symlink())


def installed(package, folder, suffixes):
    """Returns the files of an installed package, [] where it isn't; arguments as for `files`."""
    if shutil.which("dpkg-query") is None:
        return []
    command = ["dpkg-query", "--listfiles", package]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return _wanted([pathlib.Path(line) for line in listed if line.startswith(f"{folder}/")], suffixes)


def _download(package, work):
    missing = [name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None]
    if missing:
        raise ValueError(
            f"The Debian package {package} is not installed, and there is no {missing[0]} to download it. Where there "
            "is Debian or Ubuntu, run this there and copy the folder that it makes."
        )
    fetch = ["apt-get", "download", package]
    if not _run(fetch, work) and not (os.geteuid() == 0 and _run(["apt-get", "update"], work) and _run(fetch, work)):
        raise ValueError(
            f"The Debian package {package} is not installed and could not be downloaded. Install it: apt-get update && "
            f"apt-get install {package}."
        )
    (archive,) = work.glob("*.deb")
    if not _run(["dpkg-deb", "-x", str(archive), "package"], work):
        raise ValueError(f"The download of the Debian package {package} is damaged. Try again.")


def _run(command, work):
    """Returns whether a program ran to its end without an error."""
    try:
        finished = subprocess.run(command, cwd=work, capture_output=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return False
    return finished.returncode == 0
