"""The protocol buffers of TensorFlow Serving's API that the client uses.

The stubs of tensorflow-serving-api import TensorFlow for its `tensor.proto`,
which takes ten seconds. The wire format has only the numbers and types of a
message's fields, so the messages are declared here, in a separate descriptor pool
that conflicts with no other. A test compares each with the stubs. Enums are int32,
maps are repeated pairs, and an Any is its type and bytes: the same on the wire.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_PACKAGE = "tfvae.serving"

#: {message: {field: its type and number}}.
LAYOUT = {
    # tensorflow/core/framework
    "Dim": {"size": "int64 1"},
    "Shape": {"dim": "repeated Dim 2", "unknown_rank": "bool 3"},
    "Tensor": {
        "dtype": "int32 1",
        "tensor_shape": "Shape 2",
        "tensor_content": "bytes 4",
        "float_val": "repeated float 5",
        "double_val": "repeated double 6",
        "int_val": "repeated int32 7",
        "int64_val": "repeated int64 10",
        "bool_val": "repeated bool 11",
        "uint32_val": "repeated uint32 16",
        "uint64_val": "repeated uint64 17",
    },
    # tensorflow/core/protobuf/meta_graph.proto
    "TensorInfo": {"dtype": "int32 2", "tensor_shape": "Shape 3"},
    "NamedInfo": {"key": "string 1", "value": "TensorInfo 2"},
    "Signature": {"inputs": "repeated NamedInfo 1", "outputs": "repeated NamedInfo 2"},
    # tensorflow_serving/apis
    "Number": {"value": "int64 1"},
    "ModelSpec": {"name": "string 1", "version": "Number 2", "signature_name": "string 3", "version_label": "string 4"},
    "NamedTensor": {"key": "string 1", "value": "Tensor 2"},
    "PredictRequest": {"model_spec": "ModelSpec 1", "inputs": "repeated NamedTensor 2"},
    "PredictResponse": {"outputs": "repeated NamedTensor 1"},
    "MetadataRequest": {"model_spec": "ModelSpec 1", "metadata_field": "repeated string 2"},
    "Any": {"type_url": "string 1", "value": "bytes 2"},
    "NamedAny": {"key": "string 1", "value": "Any 2"},
    "MetadataResponse": {"metadata": "repeated NamedAny 2"},
    "NamedSignature": {"key": "string 1", "value": "Signature 2"},
    "Signatures": {"signature_def": "repeated NamedSignature 1"},
    "StatusRequest": {"model_spec": "ModelSpec 1"},
    "Failure": {"error_code": "int32 1", "error_message": "string 2"},
    "VersionStatus": {"version": "int64 1", "state": "int32 2", "status": "Failure 3"},
    "StatusResponse": {"model_version_status": "repeated VersionStatus 1"},
}


def _declare():
    kind = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="tfvae_client.proto", package=_PACKAGE, syntax="proto3")
    for message, fields in LAYOUT.items():
        declared = file.message_type.add(name=message)
        for name, text in fields.items():
            *repeated, scalar, number = text.split()
            field = declared.field.add(name=name, number=int(number))
            field.label = kind.LABEL_REPEATED if repeated else kind.LABEL_OPTIONAL
            if scalar in LAYOUT:
                field.type, field.type_name = kind.TYPE_MESSAGE, f".{_PACKAGE}.{scalar}"
            else:
                field.type = kind.Type.Value(f"TYPE_{scalar.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in LAYOUT}


_CLASSES = _declare()


def make(message, **fields) -> Any:
    r"""Returns a message.

    >>> make("ModelSpec", name="digits").SerializeToString()
    b'\n\x06digits'
    """
    return _CLASSES[message](**fields)


def parse(message, content) -> Any:
    """Parses bytes to a message."""
    return _CLASSES[message].FromString(content)
