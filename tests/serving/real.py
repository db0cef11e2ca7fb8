"""TensorFlow Serving itself, where there is one: `tensorflow_model_server` on the PATH, or an address."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess

import pytest

from tfvae_client import Client, Retry

NAME = "digits"


@contextlib.contextmanager
def binary(base):
    """Serves a folder by `tensorflow_model_server`. Gives {scheme: address}."""
    program = shutil.which("tensorflow_model_server")
    if program is None:
        pytest.skip("tensorflow_model_server is not on the PATH")
    ports = {"grpc": _free_port(), "http": _free_port()}
    command = [program, f"--port={ports['grpc']}", f"--rest_api_port={ports['http']}"]
    command += [f"--model_name={NAME}", f"--model_base_path={base.absolute()}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            yield _ready({scheme: f"{scheme}://localhost:{port}" for scheme, port in ports.items()})
        finally:
            process.terminate()


@contextlib.contextmanager
def address(base):
    """Has the server at TFVAE_SERVER load a folder's versions, which it reads from TFVAE_SERVER_FOLDER."""
    found = {url.split(":")[0]: url for url in os.environ.get("TFVAE_SERVER", "").split()}
    if not found:
        pytest.skip('no server is given: TFVAE_SERVER="grpc://HOST:PORT http://HOST:PORT", its TFVAE_SERVER_FOLDER')
    folder = pathlib.Path(os.environ["TFVAE_SERVER_FOLDER"])
    taken = max([int(path.name) for path in folder.iterdir() if path.name.isdigit()], default=0)
    version = folder / str(taken + 1)
    shutil.copytree(base / "1", folder / ".new")
    (folder / ".new").rename(version)
    try:
        yield _ready(found, int(version.name))
    finally:
        shutil.rmtree(version)


def _ready(addresses, version=1):
    """Waits until the version answers."""
    for url in addresses.values():
        with Client(url, NAME, version=version, deadline=60.0, retry=Retry(1000, longest=0.5)) as client:
            assert "decode" in client.signatures
    return addresses


def _free_port():
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]
