"""The transport over REST, which needs only Python's standard library."""

import collections
import http.client
import json
import ssl
import time
import urllib.parse

import numpy as np

from tfvae_client import errors
from tfvae_client.signature import NAMES, Signature, Spec, Version, in_order

# The gRPC status for each HTTP status: errors are looked up by gRPC's names.
_CODES = {
    400: "INVALID_ARGUMENT",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    429: "RESOURCE_EXHAUSTED",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_PIECE = 1 << 20


class Rest:
    """A `Transport` over HTTP connections that are kept open, one for each concurrent request.

    JSON writes floats as decimals, here with enough digits to restore the same float32 or float64.

    Args:
        host: Name or address.
        port: Number, or None for HTTP's default.
        prefix: Path before /v1, "" for none.
        url: The address as it was given, for messages.
        model: The `Target`.
        tls: Whether it is https.
        ca_file: PEM file of certificates to trust, or None.
    """

    def __init__(self, host, port, prefix, url, model, tls, ca_file):
        self._url = url
        self._idle = collections.deque()
        if tls:
            context = ssl.create_default_context(cafile=ca_file)
            self._connect = lambda timeout: http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
        else:
            self._connect = lambda timeout: http.client.HTTPConnection(host, port, timeout=timeout)
        name, version, label = model
        self._name = f"{prefix}/v1/models/{urllib.parse.quote(name, safe='')}"
        self._model = self._name + (f"/versions/{version}" if version is not None else "")
        self._model += f"/labels/{urllib.parse.quote(label, safe='')}" if label is not None else ""

    def predict(self, signature, inputs, timeout):
        """See `Transport`."""
        values = {name: array.tolist() for name, array in inputs.items()}
        body = json.dumps({"signature_name": signature.name, "inputs": values})
        answer = self._ask("POST", f"{self._model}:predict", body, timeout)
        specs = signature.outputs
        try:
            outputs = answer["outputs"]
            if len(specs) == 1:  # in this case, TF Serving leaves the name out
                outputs = {next(iter(specs)): outputs}
            return {name: np.asarray(outputs[name], spec.dtype) for name, spec in specs.items()}
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error

    def signatures(self, timeout):
        """See `Transport`."""
        answer = self._ask("GET", f"{self._model}/metadata", None, timeout)
        try:
            found = answer["metadata"]["signature_def"]["signature_def"]
            return {
                name: Signature(name, _specs(about.get("inputs", {})), _specs(about.get("outputs", {})))
                for name, about in found.items()
            }
        except (KeyError, TypeError, AttributeError) as error:
            raise self._strange() from error

    def versions(self, timeout):
        """See `Transport`."""
        answer = self._ask("GET", self._name, None, timeout)
        try:
            return [
                Version(int(entry["version"]), entry["state"], entry.get("status", {}).get("error_message", ""))
                for entry in answer["model_version_status"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise self._strange() from error

    def close(self):
        """See `Transport`."""
        while self._idle:
            self._idle.pop().close()

    def _ask(self, method, path, body, timeout):
        """Returns the JSON of the answer."""
        ends = time.monotonic() + timeout
        try:
            status, content = self._answer(method, path, body, ends)
        except TimeoutError as error:
            raise errors.from_code("DEADLINE_EXCEEDED", f"no answer in {timeout:.3g} s", self._url) from error
        except (OSError, http.client.IncompleteRead) as error:
            raise errors.from_code("UNAVAILABLE", str(error) or type(error).__name__, self._url) from error
        except http.client.HTTPException as error:
            raise errors.ServingError(f"{self._url} doesn't speak HTTP. Is this its port for gRPC?") from error
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if status != 200:
            said = answer.get("error") if isinstance(answer, dict) else None
            said = said or content[:200].decode(errors="replace")
            if status == 413:
                raise errors.from_code("RESOURCE_EXHAUSTED", f"too large a request ({said})", self._url)
            raise errors.from_code(_CODES.get(status, f"HTTP status {status}"), str(said), self._url)
        if not isinstance(answer, dict):
            raise self._strange()
        return answer

    def _answer(self, method, path, body, ends):
        """Returns (status, content)."""
        while True:
            try:
                connection, kept = self._idle.pop(), True
            except IndexError:
                connection, kept = self._connect(_left(ends)), False
            try:
                connection.timeout = _left(ends)
                if connection.sock is not None:
                    connection.sock.settimeout(connection.timeout)
                connection.request(method, path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                content = _read(answer, connection, ends)
            except ConnectionError:
                connection.close()
                if kept:  # the server has closed it in the meantime, which is not a failure
                    continue
                raise
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
            return answer.status, content

    def _strange(self):
        return errors.ServingError(f"{self._url} doesn't answer as TensorFlow Serving does. Is it one?")


def _left(ends):
    return max(ends - time.monotonic(), 1e-3)


def _read(answer, connection, ends):
    """Returns the body. A socket's timeout covers one piece, the deadline covers all of them."""
    pieces = []
    while piece := answer.read1(_PIECE):
        pieces.append(piece)
        if time.monotonic() > ends:
            raise TimeoutError
        if connection.sock is not None:
            connection.sock.settimeout(_left(ends))
    if answer.length:
        raise ConnectionError(f"the answer lacks its last {answer.length:,} bytes")
    answer.close()  # the connection stays open for the next request
    return b"".join(pieces)


def _specs(entries):
    specs = {}
    for name, about in entries.items():
        shape = about["tensor_shape"]
        sides = tuple(None if int(side["size"]) < 0 else int(side["size"]) for side in shape.get("dim", []))
        specs[name] = Spec(NAMES.get(about["dtype"], str(about["dtype"])), None if shape.get("unknown_rank") else sides)
    return in_order(specs)
