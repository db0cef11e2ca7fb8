"""The backend behind HTTP, in the formats of TensorFlow Serving's REST API, on loopback."""

import contextlib
import http.server
import json
import re
import socket
import ssl
import threading

import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow_serving.apis import get_model_metadata_pb2

from tests.serving.backend import Failure
from tests.serving.grpc_server import statuses

STATUS = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
PATH = re.compile(r"/v1/models/([^/:]+)(?:/versions/(\d+)|/labels/([^/:]+))?(:predict|/metadata|)")


@contextlib.contextmanager
def serving(backend, port=0, certificate=None):
    """Serves a backend. Gives the port."""

    class Handler(_Handler):
        served, connections = backend, []

    server = http.server.ThreadingHTTPServer(("localhost", port), Handler)
    server.daemon_threads = True  # a connection that is kept open has a thread that waits
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        for connection in Handler.connections:  # which clients keep, and a server that is down has none
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


def decimals(array):
    """Returns an array as TF Serving writes it: six digits of a float, or nine where six are not the same float32."""
    if array.ndim:
        return "[" + ", ".join(map(decimals, array)) + "]"
    if array.dtype.kind != "f":
        return str(array)
    text = f"{array:.6g}"
    text = text if array.dtype.type(text) == array else f"{array:.{9 if array.dtype == 'float32' else 17}g}"
    return text if re.search("[.e]", text) else f"{text}.0"


def plain(message):
    """Returns a protocol buffer as TF Serving's JSON has it."""
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served, connections = None, []

    def setup(self):
        super().setup()
        self.connections.append(self.connection)

    def do_GET(self):
        self._answer(None)

    def do_POST(self):
        self._answer(self.rfile.read(int(self.headers["Content-Length"])))

    def log_message(self, *_):
        pass

    def _answer(self, content):
        try:
            status, text = 200, self._text(content)
        except Failure as failure:
            status, text = STATUS[failure.code], json.dumps({"error": str(failure)})
        body = text.encode()
        with contextlib.suppress(ConnectionError):  # a client whose deadline has passed is gone
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _text(self, content):
        found = PATH.fullmatch(self.path)
        if not found:
            raise Failure("INVALID_ARGUMENT", f"Malformed request: {self.command} {self.path}")
        model, version, label, what = found.groups()
        if not what:
            return json.dumps(plain(statuses(self.served.versions(model))))
        number, loaded = self.served.loaded(model, None if version is None else int(version), label)
        if what == "/metadata":
            signatures = get_model_metadata_pb2.SignatureDefMap(signature_def=loaded.signatures)
            spec = {"name": model, "signature_name": "", "version": str(number)}
            return json.dumps({"model_spec": spec, "metadata": {"signature_def": plain(signatures)}})
        request = json.loads(content)
        name = request.get("signature_name", "serving_default")
        specs = loaded.signatures[name].inputs
        values = {
            key: np.asarray(value, tf.dtypes.as_dtype(specs[key].dtype).as_numpy_dtype)
            for key, value in request["inputs"].items()
        }
        outputs = {key: decimals(value) for key, value in self.served.predict(loaded, name, values).items()}
        if len(outputs) == 1:
            return f'{{"outputs": {next(iter(outputs.values()))}}}'
        return '{"outputs": {' + ", ".join(f'"{key}": {text}' for key, text in outputs.items()) + "}}"
