"""`tfvae explore`: the latent space of an exported decoder, in a browser."""

import errno
import os
import re
import sys
import webbrowser

from tfvae_cli import packages, page
from tfvae_cli.problem import Problem
from tfvae_cli.verified import verified

_DATA = "explorer.json"


def explore(options):
    """Serves the page until Ctrl-C. Returns the exit status."""
    if options.export is None and not options.install:
        raise Problem("Name an export, such as tfvae explore saved_models/digits. Make one with tfvae export RUN.")
    given = options.packages is not None
    folder = options.packages if given else packages.default_folder()
    if options.export is not None:
        _exported(options.export)  # refuses a bad export before installing anything
    if options.install and packages.missing(folder):
        packages.install(folder)
        print(f"{folder}  the page's packages", flush=True)
    if options.export is None:
        return 0
    packages.check(folder, given)
    with _server(options.port, files(options.export, folder)) as server:
        print(f"{server.address}  the explorer of {options.export}; Ctrl-C ends it", flush=True)
        if options.open if options.open is not None else _has_browser():
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def files(exported, installed):
    """Returns {address: file} of everything that a browser may request.

    Args:
        exported: Folder that `tfvae export` wrote.
        installed: Folder of the page's packages.
    """
    page_files = {f"/{path.name}": path for path in packages.PAGE.iterdir() if path.suffix in (".html", ".css", ".js")}
    of_packages = {f"/packages/{name}": path for name, path in packages.files(installed).items()}
    return _exported(exported) | page_files | of_packages | {"/": packages.PAGE / "index.html"}


def _exported(path):
    """Returns {address: file} of an export, after verifying that its files are unchanged.

    Args:
        path: The folder that `tfvae export` wrote, or the folder litert in it.
    """
    again = "tfvae export RUN"
    if not path.is_dir():
        raise Problem(f"There is no export {path}. Make one with {again}.")
    folder = path / "litert" if (path / "litert").is_dir() else path
    try:
        written = verified(folder)["files"]
    except FileNotFoundError:
        if any(folder.glob("decoder*.tflite")):
            raise Problem(f"{folder} has no manifest.json: an older tfvae wrote it. Export again: {again}") from None
        raise Problem(f"{path} has no decoder for LiteRT. Make one with {again}.") from None
    decoders = [name for name in written if re.fullmatch(r"decoder.*\.tflite", name)]
    if not decoders:
        raise Problem(f"{folder} has no decoder for LiteRT. Make one with {again}.")
    if _DATA not in written:
        raise Problem(
            f"{folder} has no {_DATA}: it was exported without its dataset. Export again where that can be read: "
            f"{again} --dataset NAME"
        )
    return {f"/export/{name}": folder / name for name in [*decoders, _DATA, "manifest.json"]}


def _server(port, files):
    try:
        return page.Server(port, files)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        why = "is taken" if error.errno == errno.EADDRINUSE else "is not for you"
        raise Problem(f"Port {port} {why}. Take another, or any that is free: --port 0") from error


def _has_browser():
    """Returns whether opening a browser would show a window; in a bare terminal, a text browser might take it over."""
    windows = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(windows) and sys.stdout.isatty()
