"""The messages that the client declares are those of TensorFlow and TensorFlow Serving."""

import numpy as np
import pytest
import tensorflow as tf
from google.protobuf import descriptor_pb2
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    predict_pb2,
    prediction_service_pb2,
)

from tfvae_client import messages, tensors
from tfvae_client.signature import DTYPES, NAMES

KIND = descriptor_pb2.FieldDescriptorProto
# What the client declares, and the message that it has to be.
ROOTS = {
    "PredictRequest": predict_pb2.PredictRequest,
    "PredictResponse": predict_pb2.PredictResponse,
    "MetadataRequest": get_model_metadata_pb2.GetModelMetadataRequest,
    "MetadataResponse": get_model_metadata_pb2.GetModelMetadataResponse,
    "Signatures": get_model_metadata_pb2.SignatureDefMap,
    "StatusRequest": get_model_status_pb2.GetModelStatusRequest,
    "StatusResponse": get_model_status_pb2.GetModelStatusResponse,
}


def compare(declared, real, seen):
    """Compares the fields of two descriptors, and of those that they lead to; adds what was compared to `seen`."""
    seen.add(declared.name)
    for field in declared.fields:
        other = real.fields_by_name[field.name]
        kind = KIND.TYPE_INT32 if other.type == KIND.TYPE_ENUM else other.type
        assert (field.number, field.type, field.is_repeated) == (other.number, kind, other.is_repeated), field.full_name
        if field.message_type is not None:
            compare(field.message_type, other.message_type, seen)


def test_every_field_is_that_of_the_stubs():
    seen = set()
    for name, real in ROOTS.items():
        compare(messages.make(name).DESCRIPTOR, real.DESCRIPTOR, seen)
    assert seen == set(messages.LAYOUT)


def test_the_methods_are_those_of_the_service():
    service = prediction_service_pb2.DESCRIPTOR.services_by_name["PredictionService"]
    assert service.full_name == "tensorflow.serving.PredictionService"
    assert {"Predict", "GetModelMetadata"} <= set(service.methods_by_name)


@pytest.mark.parametrize("name", DTYPES)
def test_types_have_tensorflows_numbers_and_arrays_come_back(name):
    assert DTYPES[name][0] == tf.dtypes.as_dtype(name).as_datatype_enum
    assert NAMES[types_pb2.DataType.Name(DTYPES[name][0])] == name
    array = np.arange(6).reshape(2, 3).astype(name)
    real = tf.make_tensor_proto(array)
    np.testing.assert_array_equal(
        tf.make_ndarray(type(real).FromString(tensors.to_proto(array).SerializeToString())), array
    )
    received = tensors.from_proto(messages.parse("Tensor", real.SerializeToString()))
    by_value = type(real)(dtype=real.dtype, tensor_shape=real.tensor_shape)
    getattr(by_value, DTYPES[name][1]).extend(array.ravel().tolist())
    for other in (received, tensors.from_proto(messages.parse("Tensor", by_value.SerializeToString()))):
        np.testing.assert_array_equal(other, array)
        assert other.dtype == array.dtype


def test_a_tensor_that_repeats_its_last_value():
    for array in (np.full((2, 2), 7.0, "float32"), np.zeros((0, 3), "float32"), np.float32(3)):
        real = tf.make_tensor_proto(array)
        np.testing.assert_array_equal(tensors.from_proto(messages.parse("Tensor", real.SerializeToString())), array)
    text = tf.make_tensor_proto("text")
    with pytest.raises(TypeError, match="type 7"):
        tensors.from_proto(messages.parse("Tensor", text.SerializeToString()))
