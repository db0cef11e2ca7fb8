"""The backend behind gRPC, by the stubs of tensorflow-serving-api, on loopback."""

import concurrent.futures
import contextlib

import grpc
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)

from tests.serving.backend import Failure


@contextlib.contextmanager
def serving(backend, port=0, credentials=None, options=()):
    """Serves a backend. Gives the port."""
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), options=options)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(_Prediction(backend), server)
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(_Models(backend), server)
    address = f"localhost:{port}"
    port = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    server.start()
    try:
        yield port
    finally:
        server.stop(0).wait()


@contextlib.contextmanager
def _statuses(context):
    try:
        yield
    except Failure as failure:
        context.abort(grpc.StatusCode[failure.code], str(failure))


def _loaded(backend, spec):
    version = spec.version.value if spec.HasField("version") else None
    label = spec.version_label if spec.HasField("version_label") else None
    return backend.loaded(spec.name, version, label)


def _proto(array):
    """A tensor value by value, as TF Serving answers; `tf.make_tensor_proto` would give it in one piece."""
    if array.dtype != "float32":
        return tf.make_tensor_proto(array)
    shape = tf.TensorShape(array.shape).as_proto()
    return tensor_pb2.TensorProto(dtype=tf.float32.as_datatype_enum, tensor_shape=shape, float_val=array.ravel())


class _Prediction(prediction_service_pb2_grpc.PredictionServiceServicer):
    def __init__(self, backend):
        self._backend = backend

    def Predict(self, request, context):
        with _statuses(context):
            number, loaded = _loaded(self._backend, request.model_spec)
            values = {name: tf.make_ndarray(proto) for name, proto in request.inputs.items()}
            name = request.model_spec.signature_name or "serving_default"
            outputs = self._backend.predict(loaded, name, values)
            response = predict_pb2.PredictResponse(outputs={key: _proto(value) for key, value in outputs.items()})
            response.model_spec.name, response.model_spec.version.value = request.model_spec.name, number
            return response

    def GetModelMetadata(self, request, context):
        with _statuses(context):
            _, loaded = _loaded(self._backend, request.model_spec)
            response = get_model_metadata_pb2.GetModelMetadataResponse(model_spec=request.model_spec)
            found = get_model_metadata_pb2.SignatureDefMap(signature_def=loaded.signatures)
            response.metadata["signature_def"].Pack(found)
            return response


class _Models(model_service_pb2_grpc.ModelServiceServicer):
    def __init__(self, backend):
        self._backend = backend

    def GetModelStatus(self, request, context):
        with _statuses(context):
            return statuses(self._backend.versions(request.model_spec.name))


def statuses(versions):
    """Returns the GetModelStatusResponse of versions that answer."""
    response = get_model_status_pb2.GetModelStatusResponse()
    for version in versions:
        response.model_version_status.add(version=version, state="AVAILABLE").status.error_code = 0
    return response
