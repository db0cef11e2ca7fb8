"""NumPy arrays as TensorFlow's protocol buffers, and back."""

import sys

import numpy as np

from tfvae_client import messages
from tfvae_client.signature import DTYPES, Signature, Spec, in_order

_BY_NUMBER = {number: name for name, (number, _) in DTYPES.items()}


def to_proto(array):
    """Returns an array as a TensorProto, with its values in one block of bytes."""
    if sys.byteorder == "big":
        array = array.byteswap()
    shape = messages.make("Shape", dim=[messages.make("Dim", size=side) for side in array.shape])
    return messages.make(
        "Tensor", dtype=DTYPES[array.dtype.name][0], tensor_shape=shape, tensor_content=array.tobytes()
    )


def from_proto(proto):
    """Returns the array of a TensorProto, from one block of bytes or value by value, which is TF Serving's default.

    >>> proto = messages.make("Tensor", dtype=1, float_val=[0.5])
    >>> proto.tensor_shape.dim.add(size=3)
    size: 3
    >>> from_proto(proto)  # the last value stands for all that would follow
    array([0.5, 0.5, 0.5], dtype=float32)
    """
    name = _name(proto.dtype)
    shape = [side.size for side in proto.tensor_shape.dim]
    if proto.tensor_content:
        array = np.frombuffer(proto.tensor_content, np.dtype(name).newbyteorder("<")).astype(name)
    else:
        array = np.asarray(getattr(proto, DTYPES[name][1]), name)
        missing = int(np.prod(shape)) - len(array)
        array = np.pad(array, (0, missing), "edge") if missing and len(array) else array
    return array.reshape(shape)


def signatures(proto):
    """Returns {name: `Signature`} of a SignatureDefMap."""
    return {
        entry.key: Signature(entry.key, _specs(entry.value.inputs), _specs(entry.value.outputs))
        for entry in proto.signature_def
    }


def _name(number):
    try:
        return _BY_NUMBER[number]
    except KeyError:
        raise TypeError(f"tensors of TensorFlow's type {number}, which this client doesn't read") from None


def _specs(entries):
    specs = {}
    for entry in entries:
        shape = entry.value.tensor_shape
        sides = None if shape.unknown_rank else tuple(side.size if side.size >= 0 else None for side in shape.dim)
        specs[entry.key] = Spec(_BY_NUMBER.get(entry.value.dtype, f"DataType {entry.value.dtype}"), sides)
    return in_order(specs)
