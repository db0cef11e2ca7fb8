"""The transport over gRPC."""

import operator
import pathlib

import grpc

from tfvae_client import errors, messages, tensors
from tfvae_client.signature import Version

_STATES = {0: "UNKNOWN", 10: "START", 20: "LOADING", 30: "AVAILABLE", 40: "UNLOADING", 50: "END"}
_OPTIONS = [
    # gRPC's default of 4 MiB is only a dozen photographs. The server reports what is too large.
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
    # The client does its own retries. A channel that backs off for a minute would make them useless.
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
]
_SERVICE = "/tensorflow.serving"


class Grpc:
    """A `Transport` over one channel, which threads may share.

    Args:
        target: host:port.
        url: The address as it was given, for messages.
        model: The `Target`.
        tls: Whether the channel is encrypted.
        ca_file: PEM file of certificates to trust, or None.
    """

    def __init__(self, target, url, model, tls, ca_file):
        self._url, self._model = url, model
        if tls:
            trusted = None if ca_file is None else pathlib.Path(ca_file).read_bytes()
            self._channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(trusted), _OPTIONS)
        else:
            self._channel = grpc.insecure_channel(target, _OPTIONS)

    def predict(self, signature, inputs, timeout):
        """See `Transport`."""
        named = [messages.make("NamedTensor", key=key, value=tensors.to_proto(array)) for key, array in inputs.items()]
        request = messages.make("PredictRequest", model_spec=self._spec(signature.name), inputs=named)
        answer = self._call("PredictionService/Predict", request, "PredictResponse", timeout)
        try:
            return {entry.key: tensors.from_proto(entry.value) for entry in answer.outputs}
        except (TypeError, ValueError) as error:
            raise errors.ServingError(f"{self._url} answered with {error}.") from error

    def signatures(self, timeout):
        """See `Transport`."""
        request = messages.make("MetadataRequest", model_spec=self._spec(), metadata_field=["signature_def"])
        answer = self._call("PredictionService/GetModelMetadata", request, "MetadataResponse", timeout)
        found = {entry.key: entry.value.value for entry in answer.metadata}
        return tensors.signatures(messages.parse("Signatures", found["signature_def"]))

    def versions(self, timeout):
        """See `Transport`."""
        request = messages.make("StatusRequest", model_spec=messages.make("ModelSpec", name=self._model.model))
        answer = self._call("ModelService/GetModelStatus", request, "StatusResponse", timeout)
        return [
            Version(entry.version, _STATES.get(entry.state, str(entry.state)), entry.status.error_message)
            for entry in answer.model_version_status
        ]

    def close(self):
        """See `Transport`."""
        self._channel.close()

    def _spec(self, signature=""):
        model, version, label = self._model
        choice = {} if version is None else {"version": messages.make("Number", value=version)}
        choice |= {} if label is None else {"version_label": label}
        return messages.make("ModelSpec", name=model, signature_name=signature, **choice)

    def _call(self, method, request, answer, timeout):
        call = self._channel.unary_unary(
            f"{_SERVICE}.{method}",
            request_serializer=operator.methodcaller("SerializeToString"),
            response_deserializer=lambda content: messages.parse(answer, content),
        )
        try:
            return call(request, timeout=timeout)
        except grpc.RpcError as error:
            # A failed call has a status, too, which the type RpcError doesn't declare.
            code, details = error.code(), error.details()  # pyright: ignore[reportAttributeAccessIssue]
            raise errors.from_code(code.name, details or "", self._url) from error
