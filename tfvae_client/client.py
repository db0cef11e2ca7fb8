"""The client, which calls a served model's functions on NumPy arrays."""

import contextlib
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tfvae_client import functions, inputs, modalities, retry
from tfvae_client.errors import InvalidRequest, ModelNotFound, ServingError, invalid
from tfvae_client.functions import Moments
from tfvae_client.signature import Signature, Version
from tfvae_client.transport import Target, connect

#: x as one array, or as {modality: array}.
X = npt.ArrayLike | Mapping[str, npt.ArrayLike]


class Client:
    """A model that TensorFlow Serving serves.

    The result of a call depends only on its arguments, so a call is retried after a transient failure (no server, no
    answer in time, a busy server). Arguments are checked against the model's signatures, which are fetched once.
    Threads may share a client. Close it with `close`, or use it as a context manager.

    Of a model of several modalities, such as an image and its label, `x` is a dict of arrays of floats, {"image": ...,
    "label": ...}, and so is what is returned for it. One that is left out is absent in all rows; where some rows lack
    it, all its entries are NaN there.

    Args:
        url: The server: grpc://HOST:PORT or http://HOST:PORT, with TLS grpcs:// or https://.
        model: The model's name on the server.
        version: The version's number; by default the server's latest.
        label: The server's label for a version, instead of its number.
        deadline: Seconds that a request may take, including retries; each call can override it.
        retry: The `Retry`: how many attempts, and the waits between them.
        batch_size: Rows per request. `decode`, `encode` and `reconstruct` split larger inputs into several requests,
            as their results don't depend on it. Functions that draw noise draw it for all rows at once.
        ca_file: PEM file of certificates to trust in place of the system's, for TLS.

    Raises:
        InvalidRequest: An argument is invalid; also a ValueError.

    Calls raise `InvalidRequest`, `ModelNotFound`, `Unavailable`, `DeadlineExceeded`, `Overloaded`, or another
    `ServingError`.

    >>> client = Client("grpc://localhost:8500", model="digits", deadline=2.0)
    >>> client
    Client('grpc://localhost:8500', model='digits')
    >>> images = client.generate(16, seed=0)  # doctest: +SKIP
    >>> means, stddevs = client.encode(x)  # doctest: +SKIP
    >>> client.close()
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        version: int | None = None,
        label: str | None = None,
        deadline: float = 10.0,
        retry: retry.Retry = retry.Retry(),  # noqa: B008 (a tuple)
        batch_size: int = 64,
        ca_file: str | None = None,
    ):
        if not isinstance(model, str) or not model or "/" in model:
            raise invalid("model", "the name of a model", model)
        if version is not None:
            version = inputs.count("version", version)
        if label is not None and (version is not None or not isinstance(label, str) or not label):
            raise invalid("label", "a name, or None where there is a `version`", label)
        self._url, self._target = url, Target(model, version, label)
        self._deadline = inputs.number("deadline", deadline, "a number of seconds above 0", above=True)
        inputs.count("retry.attempts", retry.attempts)
        self._retry = retry
        self._batch_size = inputs.count("batch_size", batch_size)
        self._lock = threading.Lock()
        self._signatures: dict[str, Signature] | None = None
        self._closed = False
        self._transport = connect(url, self._target, ca_file)

    def decode(
        self, latent: npt.ArrayLike, condition: npt.ArrayLike | None = None, *, deadline: float | None = None
    ) -> Moments:
        """Returns mean and stddev of p(x|z) [B, ...] for latents z [B, ...]."""
        return Moments(**self._call("decode", {"latent": latent, "condition": condition}, deadline, pieces=True))

    def encode(self, x: X, condition: npt.ArrayLike | None = None, *, deadline: float | None = None) -> Moments:
        """Returns mean and stddev of q(z|x) [B, ...] for raw pixels x [B, ...]."""
        return Moments(**self._call("encode", {"x": x, "condition": condition}, deadline, pieces=True))

    def encode_sample(
        self,
        x: X,
        seed: npt.ArrayLike | None = None,
        condition: npt.ArrayLike | None = None,
        *,
        deadline: float | None = None,
    ) -> np.ndarray:
        """Returns a draw from q(z|x) [B, ...] for raw pixels x [B, ...]; the same for the same seed and x."""
        given = {"x": x, "seed": inputs.seed(seed), "condition": condition}
        return self._call("encode_sample", given, deadline)["latent"]

    def reconstruct(self, x: X, condition: npt.ArrayLike | None = None, *, deadline: float | None = None) -> Any:
        """Returns the mean of p(x|z) at the mean of q(z|x), for raw pixels x [B, ...]."""
        return self._call("reconstruct", {"x": x, "condition": condition}, deadline, pieces=True)["mean"]

    def generate(
        self,
        count: int,
        temperature: float = 1.0,
        seed: npt.ArrayLike | None = None,
        condition: npt.ArrayLike | None = None,
        *,
        deadline: float | None = None,
    ) -> Any:
        """Returns new x, means of p(x|z) for z drawn from the prior.

        Args:
            count: How many, up to the served model's limit.
            temperature: Spread of z around the prior's mean.
            seed: An int, which gives the same result as in `vae.sample`; two ints; or None for new draws each time.
            condition: [count, ...], for a conditional model.
            deadline: Seconds, in place of the client's deadline.
        """
        count = inputs.count("count", count)
        if condition is not None and len(np.atleast_1d(condition)) != count:
            raise invalid("condition", f"{count} rows, as many as `count`", condition)
        given = {
            "seed": inputs.seed(seed),
            "count": count,
            "temperature": inputs.number("temperature", temperature),
            "condition": condition,
        }
        return self._call("generate", given, deadline)["mean"]

    def score(
        self,
        x: X,
        num_samples: int = 100,
        seed: npt.ArrayLike | None = None,
        condition: npt.ArrayLike | None = None,
        *,
        deadline: float | None = None,
    ) -> np.ndarray:
        """Returns the importance-weighted estimate of log p(x) [B] in nats, from `num_samples` draws of z per x."""
        num_samples = inputs.count("num_samples", num_samples)
        given = {"x": x, "num_samples": num_samples, "seed": inputs.seed(seed), "condition": condition}
        return self._call("score", given, deadline)["log_likelihood"]

    def p_values(
        self,
        x: X,
        seed: npt.ArrayLike | None = None,
        condition: npt.ArrayLike | None = None,
        *,
        deadline: float | None = None,
    ) -> np.ndarray:
        """Returns p-values [B] of x being like the model's data: ranks among the held-out data of the export.

        At most a share a of such data has a p-value of a or less. Each is by as many draws of z as these were scored
        with, so `score` with that `num_samples` and the same seed gives the log p(x) that is ranked.
        """
        functions.check_ranked(functions.signature(self._served(deadline), "score", self._who()), self._who())
        # The draws that are asked for are those of log p(x), which isn't needed.
        given = {"x": x, "num_samples": 1, "seed": inputs.seed(seed), "condition": condition}
        return self._call("score", given, deadline)["p_value"]

    @property
    def signatures(self) -> dict[str, Signature]:
        """The model's signatures, by name."""
        return dict(self._served(None))

    def versions(self, *, deadline: float | None = None) -> list[Version]:
        """Returns the model's versions that the server knows, with their states."""
        return sorted(self._ask(self._transport.versions, deadline))

    def close(self) -> None:
        """Closes the connections. Closing again does nothing."""
        self._closed = True
        self._transport.close()

    def __enter__(self):
        """Returns the client."""
        return self

    def __exit__(self, *_):
        """Closes the connections."""
        self.close()

    def __repr__(self):
        """Returns the call that makes this client."""
        return f"Client({self._url!r}, model={self._target.model!r})"

    def _call(self, name, given, deadline, pieces=False):
        """Runs a signature. Returns {output: array}."""
        signature = functions.signature(self._served(deadline), name, self._who())
        arrays = inputs.arrays(signature, modalities.inputs(signature, given))

        def ask(part):
            return self._ask(lambda timeout: self._transport.predict(signature, part, timeout), deadline)

        answers = [ask(part) for part in inputs.pieces(arrays, self._batch_size)] if pieces else [ask(arrays)]
        return modalities.outputs(_joined(answers) if pieces else answers[0])

    def _who(self):
        return f"The model {self._target.model!r} of {self._url}"

    def _served(self, deadline):
        with self._lock:
            if self._signatures is None:
                found = self._ask(self._transport.signatures, deadline)
                # Names that begin with "__" are TensorFlow's own.
                self._signatures = {name: found[name] for name in sorted(found) if not name.startswith("__")}
            return self._signatures

    def _ask(self, attempt, deadline):
        if self._closed:
            raise ServingError(f"{self!r} is closed. Make another.")
        seconds = self._deadline
        if deadline is not None:
            seconds = inputs.number("deadline", deadline, "a number of seconds above 0", above=True)
        try:
            return retry.run(attempt, self._retry, seconds)
        except ModelNotFound as error:
            self._signatures = None
            raise ModelNotFound(self._missing(error, seconds)) from error
        except InvalidRequest:
            self._signatures = None  # another version may be served by now
            raise

    def _missing(self, error, seconds):
        """Returns the message for a model that isn't there, with the versions that the server does have."""
        model, version, label = self._target
        found = ""
        with contextlib.suppress(ServingError):
            versions = self._transport.versions(seconds)
            found = ", ".join(str(entry.number) for entry in versions if entry.state == "AVAILABLE")
        if not found:
            return (
                f"{self._url} serves no model {model!r}. Correct the name, or add it to the server's models. ({error})"
            )
        wanted = f"version {version}" if version is not None else f"label {label!r}" if label else "such version"
        return f"{self._url} has no {wanted} of the model {model!r}. It serves: {found}."


def _joined(answers):
    return {name: np.concatenate([answer[name] for answer in answers]) for name in answers[0]}
