"""The JavaScript packages of the explorer's page: where they lie, and `npm ci` of the lock that ships with the page."""

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
    """Returns where the packages lie by default: in the user's cache, a folder for each version of the lock."""
    version = hashlib.sha256(_LOCK.read_bytes()).hexdigest()[:12]
    cache = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache, "tfvae", f"explorer-{version}")


def _wanted():
    """Returns {folder below the packages': version}, as the lock has it."""
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
        folder: Where the packages should lie.
        given: Whether the user named it.
    """
    lacking = missing(folder)
    if lacking:
        where = ["--packages", str(folder)] if given else []
        raise Problem(
            f"The page's packages aren't installed in {folder}: {', '.join(lacking)}. Install them once, which needs "
            f"npm and a network: {shlex.join(['tfvae', 'explore', '--install', *where])}"
        )


def install(folder):
    """Installs the packages of the lock, each checked against its hash by npm; whole or not at all.

    Raises:
        Problem: There is no npm, it fails, or the folder holds packages of somebody else.
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
        # Nothing of a package is run when it is installed: files are all that the page needs.
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
    """Returns {path below node_modules: file} of all that a page may ask for."""
    root = folder / "node_modules"
    kinds = (".js", ".wasm", ".map")
    return {
        path.relative_to(root).as_posix(): path
        for name in _wanted()
        for path in (folder / name).rglob("*")
        if path.suffix in kinds and path.is_file()
    }
