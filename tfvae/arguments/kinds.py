"""Refuses data that is neither an array of numbers nor a dataset of them, and says how to convert it."""

import types

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments

_SPARSE = tf.SparseTensor | tf.SparseTensorSpec
_RAGGED = tf.RaggedTensor | tf.RaggedTensorSpec


def plain(value):
    """Returns a pandas table as an array, and anything else as it is."""
    return value.to_numpy() if type(value).__module__.split(".")[0] == "pandas" else value


_OF_SPARSE = "data.from_sparse(x) makes a dataset of it, dense a batch at a time; x.toarray() makes all of it dense."


def _invalid(argument, expected, received, fix):
    return ValueError(f"Invalid value for argument `{argument}`. Expected {expected}. Received: {received}. {fix}")


def check(argument, value):
    """Refuses a dictionary, a sparse or a ragged array; the error says how to make an array of it.

    Args:
        argument: Its name, for the error.
        value: Anything; a tensor's specification counts as the tensor.

    Raises:
        ValueError: It is one of these.

    >>> check("x", tf.ragged.constant([[1.0], [2.0, 3.0]]))
    Traceback (most recent call last):
    ValueError: Invalid value for argument `x`. Expected an array of numbers, whose rows have one shape. Received: a \
ragged tensor of shape (2, None). Pad it: x.to_tensor(), or for a dataset dataset.map(lambda x: x.to_tensor()).
    """
    expected = "a dense array of numbers"
    if isinstance(value, dict):
        names = ", ".join(map(repr, value))
        key = "image" if "image" in value else next(iter(value), "image")
        pair = f"lambda e: (e[{key!r}], e['label'])"
        fix = f"Take what is meant: dataset.map(lambda e: e[{key!r}]), or with labels dataset.map({pair})."
        raise _invalid(argument, "an array of numbers", f"a dict of {arguments.shortened(names)}", fix)
    if isinstance(value, _SPARSE):
        fix = "Make it dense: tf.sparse.to_dense(x), or for a dataset dataset.map(tf.sparse.to_dense)."
        raise _invalid(argument, expected, f"a sparse tensor of shape {tuple(value.shape)}", fix)
    if isinstance(value, _RAGGED):
        fix = "Pad it: x.to_tensor(), or for a dataset dataset.map(lambda x: x.to_tensor())."
        received = f"a ragged tensor of shape {tuple(value.shape)}"
        raise _invalid(argument, "an array of numbers, whose rows have one shape", received, fix)
    if type(value).__module__.startswith("scipy.sparse"):
        received = f"a sparse {type(value).__name__} of SciPy, of shape {value.shape}"
        raise _invalid(argument, expected, received, _OF_SPARSE)


def source(argument, value):
    """Refuses data that Keras's `fit` can't read batches from, or would misread.

    Args:
        argument: Its name, for the error.
        value: What was given for images, labels or weights; None passes.

    Raises:
        ValueError: It is not an array of numbers or, for the images, a dataset, generator or `PyDataset`.
    """
    if value is None:
        return
    check(argument, value)
    if isinstance(value, list | tuple):
        fix = f"Make an array of it: np.asarray({argument}). Labels go apart: fit(x, y)."
        raise _invalid(argument, "an array", f"a {type(value).__name__} of {len(value)}", fix)
    array = hasattr(value, "shape") and hasattr(value, "dtype")
    if array and len(value.shape):
        numbers(argument, value)
    elif array or isinstance(value, str | bytes | int | float | np.generic):
        raise arguments.invalid(argument, "images, an array or a tf.data.Dataset, such as data.load(name)[0]", value)


def numbers(argument, value):
    """Refuses an array, or its specification, that holds text or objects."""
    dtype = value.dtype
    kind = np.dtype(dtype.as_numpy_dtype if isinstance(dtype, tf.DType) else dtype).kind
    if kind in "OSUMm":
        text = "Text is none: give words numbers, and decode files, as with tf.io.decode_png."
        raise _invalid(argument, "an array of numbers", f"dtype {kind} ({dtype}), shape {tuple(value.shape)}", text)


def elements(argument, dataset, named=False):
    """Refuses, unread, a dataset whose elements aren't x, (x, condition) or (x, condition, sample_weight).

    Args:
        argument: Its name, for the error.
        dataset: A `tf.data.Dataset`.
        named: Whether x may be a dict, which the model then looks at.

    Raises:
        ValueError: They are something else; the message says what to map over the dataset.
    """
    spec = dataset.element_spec
    found = spec if isinstance(spec, tuple | list) else (spec,)
    if len(found) > 3:
        fix = "Drop what is too much: dataset.map(lambda x, y, *_: (x, y))."
        raise _invalid(argument, "batches x, (x, condition) or (x, condition, sample_weight)", f"{len(found)}", fix)
    for place, element in enumerate(found):
        if named and not place and isinstance(element, dict):
            continue
        for leaf in element if isinstance(element, tuple | list) else (element,):
            check(argument, leaf)
            if isinstance(leaf, tf.TensorSpec):
                numbers(argument, leaf)


def is_generator(value):
    """Returns whether `value` can be read only once."""
    return isinstance(value, types.GeneratorType)


def endless(data):
    """Returns whether data is known to have no end.

    To tf.data, the result of `filter` and the like has an unknown length. It is
    endless if the dataset it is made from is.

    >>> numbers = tf.data.Dataset.range(3)
    >>> [endless(each) for each in (numbers, numbers.repeat(), numbers.repeat().batch(2), numbers.repeat().take(5))]
    [False, True, True, False]
    """
    if isinstance(data, keras.utils.PyDataset):
        return data.num_batches is None
    if not isinstance(data, tf.data.Dataset):
        return False
    length = int(data.cardinality())
    if length != tf.data.UNKNOWN_CARDINALITY:
        return length == tf.data.INFINITE_CARDINALITY
    inputs = data._inputs()
    return len(inputs) == 1 and "Take" not in type(data).__name__ and endless(inputs[0])


def ends(argument, data, steps=None):
    """Refuses endless data.

    Args:
        argument: Its name, for the error.
        data: Anything.
        steps: Name of the argument that would limit it, or None.

    Raises:
        ValueError: It is endless.
    """
    if endless(data):
        fix = f"Say how many batches are meant: `{steps}`" if steps else "Take a part of it"
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected data with an end. Received: a "
            f"{type(data).__name__} without one. {fix}, or {argument}.take(n), or make it without repeat() and "
            "endless=True."
        )
