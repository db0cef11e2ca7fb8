"""The JavaScript packages of the explorer's page: where they are, and `npm ci` with the lock file of the page."""

import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import tempfile

from tfvae_cli.problem import Problem

PAGE = pathlib.Path(__file__).with_name("explorer")
_LOCK = PAGE / "package-lock.json"
_OURS = {"@litertjs", ".bin", ".package-lock.json"}


def default_folder():
    """Returns where the packages are by default: in the user's cache, one folder for each version of the lock file."""
    version = hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:12]
    cache = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache, "tfvae", f"explorer-{version}")


def _wanted():
    """Returns {folder relative to the packages' folder: version}, from the lock file."""
    packages = json.loads(_LOCK.read_text(encoding="utf-8"))["packages"]
    return {name: about["version"] for name, about in packages.items() if name}


def missing(folder):
    """Returns the packages that a folder lacks, or has in another version."""
    lacking = []
    for name, version in _wanted().items():
        try:
            found = json.loads((folder / name / "package.json").read_text(encoding="utf-8"))["version"]
        except (OSError, ValueError, KeyError):
            found = None
        if found != version:
            lacking.append(f"{name.removeprefix('node_modules/')} {version}")
    return lacking


def check(folder, given):
    """Refuses a folder that lacks a package, and says how to install it.

    Args:
        folder: Where the packages should be.
        given: Whether the user named the folder.
    """
    lacking = missing(folder)
    if lacking:
        where = ["--packages", str(folder)] if given else []
        raise Problem(
            f"The page's packages aren't installed in {folder}: {', '.join(lacking)}. Install them once, which needs "
            f"npm and a network: {shlex.join(['tfvae', 'explore', '--install', *where])}"
        )


def install(folder):
    """Installs the packages of the lock file atomically; npm checks each against its hash.

    Raises:
        Problem: There is no npm, npm fails, or the folder holds other packages.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise Problem("npm was not found, which installs the page's packages. It comes with Node.js: nodejs.org")
    target = folder / "node_modules"
    if target.is_dir() and {entry.name for entry in target.iterdir()} - _OURS:
        raise Problem(f"{target} holds other packages, and is left as it is. Name another folder: --packages DIR.")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=folder) as work:
        for name in ("package.json", _LOCK.name):
            shutil.copy(PAGE / name, work)
        # No scripts of a package run when it is installed: the page needs only its files.
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=work, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            said = [line.removeprefix("npm error").strip() for line in done.stderr.splitlines()]
            said = [line for line in said if line and "complete log" not in line]
            raise Problem(f"npm could not install the page's packages: {' '.join(said[:3]) or 'it said nothing'}")
        if target.exists():
            target.rename(pathlib.Path(work, "replaced"))
        pathlib.Path(work, "node_modules").rename(target)


def files(folder):
    """Returns {path below node_modules: file} of everything that a page may request."""
    root = folder / "node_modules"
    kinds = (".js", ".wasm", ".map")
    return {
        path.relative_to(root).as_posix(): path
        for name in _wanted()
        for path in (folder / name).rglob("*")
        if path.suffix in kinds and path.is_file()
    }
