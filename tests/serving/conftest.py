"""Tiny models of digits, exported once, and servers for them."""

import contextlib

import pytest

from tests.serving import real
from tests.serving.backend import Backend
from tests.serving.served import MODULES, conditional, normal, pair, vae
from tfvae import export
from tfvae_client import Client, Retry

#: Where the tests of what is answered run: here, and on the real server where there is one.
SERVERS = ("loopback", "binary", "address")


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """{name: folder of versions}."""
    folder = tmp_path_factory.mktemp("served")
    models = {"digits": vae(), "labelled": conditional(), "pair": pair()}
    for name, model in models.items():
        model.trained = True
        export.saved_model(model, folder / name, typicality=normal() if name == "labelled" else None)
    return {name: folder / name for name in models}


@pytest.fixture(scope="session")
def _backend(exported):
    return Backend(exported, labels={"stable": 1})


@pytest.fixture
def backend(_backend):
    """What the servers on loopback ask, without what another test did to it."""
    _backend.reset()
    return _backend


@pytest.fixture(scope="session")
def _loopback(_backend):
    with contextlib.ExitStack() as stack:
        ports = {scheme: stack.enter_context(module.serving(_backend)) for scheme, module in MODULES.items()}
        yield {scheme: f"{scheme}://localhost:{port}" for scheme, port in ports.items()}


@pytest.fixture(params=MODULES)
def scheme(request):
    """How the server is asked."""
    return request.param


@pytest.fixture
def url(_loopback, backend, scheme):
    """A server on loopback that fails as the test's backend does."""
    return _loopback[scheme]


@pytest.fixture(scope="session")
def _servers(exported, _loopback):
    with contextlib.ExitStack() as stack:
        started = {"loopback": _loopback}

        def server(kind):
            if kind not in started:
                started[kind] = stack.enter_context(getattr(real, kind)(exported["digits"]))
            return started[kind]

        yield server


@pytest.fixture(params=SERVERS)
def client(request, _servers, scheme):
    """Of the model `digits`, on each server there is."""
    addresses = _servers(request.param)
    if scheme not in addresses:
        pytest.skip(f"TFVAE_SERVER has no {scheme}://")
    with Client(addresses[scheme], "digits", deadline=60.0) as made:
        yield made


@pytest.fixture
def connect(url):
    """Makes clients of the server on loopback, and closes them."""
    with contextlib.ExitStack() as stack:

        def made(model="digits", **options):
            quick = Retry(attempts=3, first=0.01)
            return stack.enter_context(Client(url, model, **{"deadline": 60.0, "retry": quick, **options}))

        yield made
