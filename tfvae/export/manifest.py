"""The manifest of a folder of exported files, and the check that they are still as written."""

import hashlib
import importlib.metadata
import json
import pathlib
import tempfile

import filelock

NAME = "manifest.json"
_PACKAGES = ("tfvae", "tensorflow", "keras", "tensorflow-probability", "ai-edge-litert")


class DamagedExport(ValueError):
    """A file of an export is missing, or differs from what was written."""


def record(folder, files, **facts):
    """Writes manifest.json, or adds to an existing one, atomically.

    It has the versions of the packages that wrote the files, the size and
    SHA-256 of each file, and any further facts:

        {"packages": {name: version},
         "files": {path: {"bytes": int, "sha256": str, fact: value}},
         fact: value}

    Args:
        folder: Where the files are.
        files: {path relative to `folder`: {fact: value}} of the files to record.
        **facts: Facts about the whole folder, of JSON types.

    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "decoder.tflite").write_bytes(b"a decoder")
    >>> record(folder, {"decoder.tflite": {"part": "decoder"}}, latent_size=2)
    >>> read(folder)["files"]["decoder.tflite"]["bytes"], read(folder)["latent_size"]
    (9, 2)
    """
    from tfvae.files import whole

    folder = pathlib.Path(folder)
    with _alone(folder):
        try:
            known = read(folder)
        except FileNotFoundError:
            known = {"files": {}}
        for path, about in files.items():
            known["files"][path] = {**_fingerprint(folder / path), **about}
        packages = {name: importlib.metadata.version(name) for name in _PACKAGES}
        known = {**known, "packages": packages, **facts}
        with whole.replacing(folder / NAME) as temporary:
            temporary.write_text(json.dumps(known, indent=1, allow_nan=False) + "\n")


def forget(folder, path):
    """Deletes a file of an export and its entry in the manifest.

    Args:
        folder: The manifest's folder.
        path: The file's path, relative to `folder`.
    """
    from tfvae.files import whole

    folder = pathlib.Path(folder)
    with _alone(folder):
        known = read(folder)
        known["files"].pop(path, None)
        with whole.replacing(folder / NAME) as temporary:
            temporary.write_text(json.dumps(known, indent=1, allow_nan=False) + "\n")
        (folder / path).unlink(missing_ok=True)


def read(folder):
    """Returns the manifest of a folder as `record` wrote it.

    Raises:
        FileNotFoundError: There is no manifest.
        DamagedExport: The manifest is not JSON of this form.
    """
    path = pathlib.Path(folder, NAME)
    try:
        known = json.loads(path.read_text())
        if not isinstance(known["files"], dict):
            raise TypeError
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedExport(f"{path} is damaged: it is not the manifest of an export. Export again.") from error
    return known


def verify(folder):
    """Checks each file of a folder's manifest against its size and hash, and returns the manifest.

    Raises:
        FileNotFoundError: There is no manifest.
        DamagedExport: A file is missing or was changed; the message names it.

    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "decoder.tflite").write_bytes(b"a decoder")
    >>> record(folder, {"decoder.tflite": {}})
    >>> _ = (folder / "decoder.tflite").write_bytes(b"a deCoder")
    >>> verify(folder)
    Traceback (most recent call last):
    ...
    tfvae.export.manifest.DamagedExport: .../decoder.tflite is damaged: its SHA-256 begins with ...
    """
    folder = pathlib.Path(folder)
    known = read(folder)
    for path, about in known["files"].items():
        if not (folder / path).is_file():
            raise DamagedExport(f"{folder / path} is missing, which {folder / NAME} lists. Export again.")
        found = _fingerprint(folder / path)
        if found["bytes"] != about["bytes"]:
            raise DamagedExport(
                f"{folder / path} is damaged: it has {found['bytes']:,} bytes, and {about['bytes']:,} were written. "
                "Export again."
            )
        if found["sha256"] != about["sha256"]:
            raise DamagedExport(
                f"{folder / path} is damaged: its SHA-256 begins with {found['sha256'][:12]}, and a file of "
                f"{about['sha256'][:12]} was written. Export again."
            )
    return known


def _fingerprint(path):
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"bytes": path.stat().st_size, "sha256": digest}


def _alone(folder):
    """Locks out other writers, so that none loses what another added. The lock is elsewhere: the folder is shipped."""
    # Named after the parent folder: each version is written under a new name, and lock files stay behind.
    name = hashlib.sha256(str(folder.resolve().parent).encode()).hexdigest()[:16]
    return filelock.FileLock(pathlib.Path(tempfile.gettempdir(), f"tfvae-{name}.lock"))
