"""What goes wrong on the way: tried again where it may pass, and said plainly where it doesn't."""

import socket
import subprocess
import threading
import time

import numpy as np
import pytest

from tests.models import LATENT
from tests.serving.backend import Failure, failing, waiting
from tests.serving.served import MODULES
from tfvae_client import (
    Client,
    DeadlineExceeded,
    InvalidRequest,
    MessageTooLarge,
    ModelNotFound,
    Overloaded,
    Retry,
    ServingError,
    Unavailable,
)

Z = np.zeros((2, *LATENT), "float32")
QUICK = Retry(attempts=3, first=0.01)


def free_port():
    with socket.socket() as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


@pytest.mark.parametrize("code", ["UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"])
def test_a_server_that_fails_twice_is_asked_again(backend, connect, code):
    backend.before = failing(code, code)
    assert connect().decode(Z).mean.shape == (2, 8, 8, 1)
    assert len(backend.requests) == 3


@pytest.mark.parametrize(
    ("code", "error"),
    [("UNAVAILABLE", Unavailable), ("DEADLINE_EXCEEDED", DeadlineExceeded), ("RESOURCE_EXHAUSTED", Overloaded)],
)
def test_a_server_that_goes_on_failing(backend, connect, code, error):
    backend.before = failing(*[code] * 9)
    with pytest.raises(error, match=r"planted\. .*Tried 3 times"):
        connect().decode(Z)
    assert len(backend.requests) == 3


@pytest.mark.parametrize(("code", "error"), [("INVALID_ARGUMENT", InvalidRequest), ("INTERNAL", ServingError)])
def test_what_would_fail_again_is_not_tried_again(backend, connect, code, error):
    backend.before = failing(code, code)
    with pytest.raises(error, match="planted") as caught:
        connect().decode(Z)
    assert type(caught.value) is error
    assert len(backend.requests) == 1


def test_a_retry_asks_the_same_even_without_a_seed(backend, connect):
    seeds = []
    original = backend.predict

    def predict(loaded, name, values):
        seeds.append(values["seed"].tolist())
        return original(loaded, name, values)

    backend.predict, backend.before = predict, failing("UNAVAILABLE")
    try:
        connect().generate(2)
    finally:
        del backend.predict
    assert len(seeds) == 2
    assert seeds[0] == seeds[1]


def test_a_deadline_that_passes(backend, connect):
    client = connect()
    client.decode(Z)  # so that what the model says of itself is known
    backend.before = waiting(1.0)
    start = time.monotonic()
    with pytest.raises(DeadlineExceeded, match="longer deadline"):
        client.decode(Z, deadline=0.1)
    assert time.monotonic() - start < 1.0
    backend.before = lambda: None
    assert client.decode(Z).mean.shape == (2, 8, 8, 1)  # the client lives on


def test_a_try_that_hangs_costs_no_whole_deadline(backend, connect):
    client = connect(retry=QUICK._replace(each=0.3))
    client.decode(Z)
    hung = iter([1.0])
    backend.before = lambda: time.sleep(next(hung, 0.0))
    assert client.decode(Z).mean.shape == (2, 8, 8, 1)
    assert len(backend.requests) == 3


def test_a_server_that_is_down(scheme):
    with Client(f"{scheme}://localhost:{free_port()}", "digits", deadline=20.0, retry=QUICK) as client:
        with pytest.raises(Unavailable, match=r"localhost:\d+.*Start it, or correct the address.*Tried 3 times"):
            client.decode(Z)


def test_a_server_that_comes_back(scheme, backend):
    module = MODULES[scheme]
    with module.serving(backend) as port:
        client = Client(f"{scheme}://localhost:{port}", "digits", deadline=60.0, retry=QUICK)
        client.decode(Z)
    with pytest.raises(Unavailable):
        client.decode(Z)
    with module.serving(backend, port):
        patient = Client(
            f"{scheme}://localhost:{port}", "digits", deadline=60.0, retry=Retry(attempts=100, longest=0.2)
        )
        assert patient.decode(Z).mean.shape == client.decode(Z).mean.shape
    for made in (client, patient):
        made.close()


def test_a_server_that_starts_while_the_client_waits(scheme, backend):
    port = free_port()
    retry = Retry(attempts=1000, first=0.05, longest=0.1)
    with Client(f"{scheme}://localhost:{port}", "digits", deadline=60.0, retry=retry) as client:
        found = []
        thread = threading.Thread(target=lambda: found.append(client.decode(Z)))
        thread.start()
        time.sleep(0.2)
        with MODULES[scheme].serving(backend, port):
            thread.join(60)
            assert found[0].mean.shape == (2, 8, 8, 1)


def test_a_model_that_is_not_there(connect):
    with pytest.raises(ModelNotFound, match=r"serves no model 'digist'.*Correct the name"):
        connect("digist").decode(Z)


@pytest.mark.parametrize("call", [lambda client: client.decode(Z), lambda client: client.signatures])
def test_a_version_that_is_not_there(connect, call):
    with pytest.raises(ModelNotFound, match=r"no version 9 of the model 'digits'\. It serves: 1"):
        call(connect(version=9))


def test_a_label_that_is_not_there(connect):
    with pytest.raises(InvalidRequest, match="label: canary"):
        connect(label="canary").decode(Z)


def test_a_signature_that_is_not_there(backend, connect, monkeypatch):
    loaded = backend.loaded("digits")[1]
    less = {name: found for name, found in loaded.signatures.items() if name not in ("decode", "score")}
    monkeypatch.setitem(backend._models["digits"], 1, loaded._replace(signatures=less))
    with pytest.raises(InvalidRequest, match=r"no signature 'decode'\. It has: encode, .*generate.*Export it anew"):
        connect().decode(Z)


def test_what_the_graph_refuses_is_said_without_the_graph(backend, connect):
    def refuse():
        raise Failure("INVALID_ARGUMENT", "count must be 1..4096\n\t [[{{node Assert}}]]\n\t [[other]]")

    backend.before = refuse
    with pytest.raises(InvalidRequest, match=r"localhost:\d+: count must be 1\.\.4096\.$"):
        connect().generate(5000)


def test_a_model_that_changed_is_asked_for_anew(backend, connect, monkeypatch):
    client = connect()
    client.decode(Z)
    labelled = backend.loaded("labelled")[1]
    monkeypatch.setitem(backend._models["digits"], 2, labelled)  # as where a server loads a newer version
    with pytest.raises(InvalidRequest, match="condition"):
        client.decode(Z)
    assert client.decode(Z, [1, 2]).mean.shape == (2, 8, 8, 1)


def test_a_message_that_is_too_large_for_the_server(backend):
    with MODULES["grpc"].serving(backend, options=[("grpc.max_receive_message_length", 1000)]) as port:
        with Client(f"grpc://localhost:{port}", "digits", retry=QUICK, batch_size=100) as client:
            with pytest.raises(MessageTooLarge, match=r"larger than max.*smaller batch_size"):
                client.decode(np.zeros((100, *LATENT), "float32"))
    assert backend.requests == []


def test_the_other_port(backend):
    """REST's port asked by gRPC, and the other way round."""
    with MODULES["grpc"].serving(backend) as port, Client(f"http://localhost:{port}", "digits", retry=QUICK) as client:
        with pytest.raises(ServingError, match=r"port for gRPC|not there|Start it"):
            client.versions()
    with MODULES["http"].serving(backend) as port, Client(f"grpc://localhost:{port}", "digits", retry=QUICK) as client:
        with pytest.raises(ServingError, match=f"localhost:{port}"):
            client.versions()


def test_a_closed_client(connect):
    client = connect()
    client.decode(Z)
    client.close()
    client.close()
    with pytest.raises(ServingError, match=r"Client\(.*\) is closed"):
        client.decode(Z)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """(certificate, key) of localhost, files."""
    folder = tmp_path_factory.mktemp("tls")
    made = str(folder / "certificate.pem"), str(folder / "key.pem")
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    try:
        subprocess.run([*command, "-out", made[0], "-keyout", made[1]], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl, which makes the certificate, is not there")
    return made


def test_tls(scheme, backend, certificate):
    import grpc

    with open(certificate[0], "rb") as public, open(certificate[1], "rb") as private:
        pair = (private.read(), public.read())
    options = {"grpc": {"credentials": grpc.ssl_server_credentials([pair])}, "http": {"certificate": certificate}}
    with MODULES[scheme].serving(backend, **options[scheme]) as port:
        url = f"{scheme}s://localhost:{port}"
        with Client(url, "digits", ca_file=certificate[0], deadline=60.0) as client:
            assert client.decode(Z).mean.shape == (2, 8, 8, 1)
        with Client(url, "digits", retry=Retry(attempts=1)) as client:  # nobody vouches for the certificate
            with pytest.raises(Unavailable, match=r"(?i)certificate|ssl|handshake"):
                client.decode(Z)
