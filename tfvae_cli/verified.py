"""An export's manifest, read by the library's own code without importing the library, which would load TensorFlow."""

import functools
import importlib.util
import pathlib
from typing import Any

from tfvae_cli.problem import Problem


@functools.cache
def _manifest() -> Any:
    package = importlib.util.find_spec("tfvae")
    if package is None or package.origin is None:
        raise Problem("The package tfvae isn't installed. Install it with: pip install tfvae")
    path = pathlib.Path(package.origin).with_name("export") / "manifest.py"
    spec = importlib.util.spec_from_file_location("tfvae_cli.manifest_of_tfvae", path)
    loader = spec and spec.loader
    if spec is None or loader is None:
        raise Problem(f"{path} can't be read. Install tfvae again: pip install --force-reinstall tfvae")
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def verified(folder):
    """Returns the manifest of a folder, after verifying that its files are unchanged.

    Raises:
        FileNotFoundError: There is no manifest.
        DamagedExport: A ValueError that names the file.
    """
    return _manifest().verify(folder)
