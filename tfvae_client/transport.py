"""The transport to a server, chosen by the address."""

import pathlib
import urllib.parse
from typing import NamedTuple, Protocol

import numpy as np

from tfvae_client.errors import invalid
from tfvae_client.signature import Signature, Version


class Target(NamedTuple):
    """The model that requests go to.

    Attributes:
        model: The model's name on the server.
        version: The version's number, or None for the server's latest.
        label: The server's label for a version, or None.
    """

    model: str
    version: int | None = None
    label: str | None = None


class Transport(Protocol):
    """What `Client` needs from a connection to a server; each call takes a timeout in seconds.

    All calls raise `ServingError`.
    """

    def predict(self, signature: Signature, inputs: dict[str, np.ndarray], timeout: float) -> dict[str, np.ndarray]:
        """Runs a signature. Returns {output: array}."""
        ...

    def signatures(self, timeout: float) -> dict[str, Signature]:
        """Returns the model's signatures, by name."""
        ...

    def versions(self, timeout: float) -> list[Version]:
        """Returns the versions of the model that the server knows."""
        ...

    def close(self) -> None:
        """Closes the connections."""
        ...


def _grpc(address, target, tls, ca_file):
    from tfvae_client.over_grpc import Grpc  # takes a while to import, and REST doesn't need it

    if address.path not in ("", "/"):
        raise invalid("url", "grpc://HOST:PORT without a path; the model is an argument of its own", address.geturl())
    return Grpc(f"{_host(address)}:{address.port or 8500}", address.geturl(), target, tls, ca_file)


def _rest(address, target, tls, ca_file):
    from tfvae_client.over_rest import Rest

    return Rest(address.hostname, address.port, address.path.rstrip("/"), address.geturl(), target, tls, ca_file)


_SCHEMES = {"grpc": (_grpc, False), "grpcs": (_grpc, True), "http": (_rest, False), "https": (_rest, True)}


def connect(url, target, ca_file=None) -> Transport:
    """Returns the transport for an address, without sending anything yet.

    Args:
        url: SCHEME://HOST[:PORT] with grpc, grpcs (TLS), http or https.
        target: The `Target`.
        ca_file: PEM file of certificates to trust instead of the system's, for TLS.

    Raises:
        InvalidRequest: The address or the certificate file is invalid.

    >>> connect("ftp://localhost", Target("digits"))
    Traceback (most recent call last):
    ...
    tfvae_client.errors.InvalidRequest: Invalid value for argument `url`. Expected ... Received: url='ftp://localhost'
    """
    try:
        address = urllib.parse.urlsplit(url)
        valid = address.scheme in _SCHEMES and address.hostname and address.port != 0
        valid = valid and not (address.query or address.fragment or address.username)
    except (ValueError, AttributeError, TypeError):
        valid = False
    if not valid:
        raise invalid("url", "grpc://HOST:PORT or http://HOST:PORT, with TLS grpcs:// or https://", url)
    make, tls = _SCHEMES[address.scheme]
    if ca_file is not None and not tls:
        raise invalid("ca_file", f"None for {address.scheme}://, which has no TLS", ca_file)
    if ca_file is not None and not pathlib.Path(ca_file).is_file():
        raise invalid("ca_file", "a PEM file that is there", ca_file)
    return make(address, target, tls, ca_file)


def _host(address):
    return f"[{address.hostname}]" if ":" in address.hostname else address.hostname
