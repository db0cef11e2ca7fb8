"""Checks of the condition, a label or other input besides x for each example, against what the networks take."""

import contextlib
import math

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.devices import xla
from tfvae.networks.conditional import condition_optional, given, told

_NAMED = 5  # rows that a message names
UNKNOWN = "a label that there is not"


def num_classes(model):
    """Returns the number of classes if the condition is a label, else None."""
    return _first(told(model), "num_classes")


def num_values(model):
    """Returns how many values each label of a batch's condition takes: (classes,), or several; None for no labels."""
    classes = num_classes(model)
    return _first(given(model), "num_values") if classes is None else (classes,)


def _first(parts, name):
    return next((found for found in (getattr(part, name, None) for part in parts) if found), None)


def optional(model):
    """Returns whether a label may be unknown: -1 for an example, or no condition at all."""
    parts = given(model)
    return bool(parts) and all(condition_optional(part) for part in parts)


def least_label(model):
    """Returns the least label there is: -1 where a label may be unknown."""
    return -1 if optional(model) else 0


def presence(model, value, count=None, x=None, batch=False):
    """Refuses a condition for an unconditional model, a missing one for a conditional model, and a wrong number.

    Args:
        model: The model.
        value: [B, ...], or None.
        count: B, if known.
        x: The batch, for messages.
        batch: Whether the condition came with x of a dataset: then it may also be labels that a term takes.
    """
    conditional = bool(given(model) if batch else told(model))
    if value is not None and not conditional:
        shape = getattr(value, "shape", None)
        if shape is not None and len(shape) > 1 and tuple(shape[1:]) == tuple(getattr(x, "shape", ()))[1:]:
            raise ValueError(
                f"This model takes no condition, and was given a second array of x's own shape {tuple(shape)}. What a "
                "VAE reconstructs is its input, so there is no target: give x alone, fit(x), or drop the second "
                "element of a dataset by dataset.map(lambda x, *_: x)."
            )
        raise ValueError(
            f"This model takes no condition, and the batch has a second element (labels?) of shape {shape}. Drop it: "
            "dataset.map(lambda x, *_: x), or data.load(..., labels=False). To use it, wrap the networks in "
            "networks.Conditional."
        )
    if value is None and conditional and not optional(model):
        raise ValueError(
            "This model is conditional: give batches of (x, condition), such as data.load(..., labels=True) makes, "
            "or the argument `condition`."
        )
    if value is not None and isinstance(count, int) and not tf.is_symbolic_tensor(value):
        number = (np.shape(value) or (1,))[0]
        if number != count or not np.shape(value):
            raise ValueError(
                f"Expected one condition for each of {count} samples. Received {number}: repeat the one that is meant, "
                "such as condition=np.full(n, label)."
            )


def check(model, value, count=None, one_for_all=False):
    """Refuses conditions of the wrong shape or number, and labels that a network has no class for.

    Within a graph only the shape is known.

    Args:
        model: The model.
        value: [B, ...], or None.
        count: B, if known.
        one_for_all: Whether a single condition may stand for all examples.

    Raises:
        ValueError: It doesn't fit.
    """
    if value is None or not given(model):
        return
    shape = tf.TensorShape(value.shape if hasattr(value, "shape") else np.shape(value))
    values = num_values(model)
    if shape.rank is not None:
        _shape(model, shape, num_classes(model))
        if isinstance(count, int) and shape[0] not in (None, count, *([1] if one_for_all else [])):
            raise ValueError(
                f"Invalid value for argument `condition`. Expected one for each of {count} examples. Received: "
                f"{shape[0]}. One for all of them is repeated: np.full({count}, label)."
            )
    if values is not None and not tf.is_symbolic_tensor(value) and not isinstance(value, tf.TypeSpec):
        _labels(value, values, least_label(model))


def _shape(model, shape, classes):
    part = given(model)[0]
    expected = tuple(part.condition_shape)
    if not shape.rank:
        raise ValueError(
            "Invalid value for argument `condition`. Expected one for each example, on the first axis. Received: one "
            "number. Repeat it: np.full(n, label)."
        )
    inner = shape[1:]
    if not inner.is_fully_defined() or math.prod(inner) == math.prod(expected):
        return
    if classes is None:
        form = ", ".join(["batch", *map(str, expected)])
        raise ValueError(
            f"Invalid value for argument `condition`. Expected conditions of shape ({form}), the "
            f"condition_shape of {type(part).__name__}. Received shape: {tuple(shape)}."
        )
    one_hot = "One-hot ones become numbers by np.argmax(labels, axis=1)"
    many = "Give one for each example, a number of its class"
    raise ValueError(
        f"Invalid value for argument `condition`. Expected labels of shape (batch,), whole numbers in "
        f"0..{classes - 1}. Received shape: {tuple(shape)}. {one_hot if inner == [classes] else many}."
    )


def _labels(value, values, least):
    labels = np.asarray(value)
    expected = _expected(values, least)
    if labels.dtype.kind not in "iuf":
        raise arguments.invalid("condition", f"{expected}, such as np.unique(labels, return_inverse=True)[1]", value)
    known = (labels >= least) & (labels < np.array(values)) & (labels == np.floor(labels))
    if not known.all():
        rows = np.flatnonzero(~known.reshape(len(labels), -1).all(axis=1))
        named = ", ".join(map(str, rows[:_NAMED])) + ", ..." * (len(rows) > _NAMED)
        others = ", ".join(str(label) for label in np.unique(labels[~known])[:_NAMED])
        more = "classes is made with a larger num_classes" if len(values) == 1 else "values has a larger num_values"
        raise ValueError(
            f"Invalid value for argument `condition`. Expected {expected}. Received: {others} in {len(rows)} of "
            f"{len(labels)}, at the rows {named}. A model of more {more}."
        )


def _expected(values, least):
    """Returns which labels there are, for messages."""
    last = ", ".join(str(count - 1) for count in values)
    last = last if len(values) == 1 else f"({last})"
    return f"labels in 0..{last}, ints{', or -1 for one that is unknown' if least < 0 else ''}"


def expected(model):
    """Returns which labels a batch may have, for messages."""
    return _expected(num_values(model), least_label(model))


def _known(value, values, least):
    labels = tf.reshape(value, [-1, len(values)])
    known = tf.logical_and(labels >= least, labels < tf.constant(values, labels.dtype))
    known = tf.logical_and(known, tf.equal(labels, tf.floor(labels))) if labels.dtype.is_floating else known
    return tf.reduce_all(known, axis=-1)


def weigh_unknown(model, condition, sample_weight):
    """Returns weights that are infinite for unknown labels, so that `guard` skips the step on every replica.

    Within a graph no check sees the labels, a program of many steps can't stop,
    and a replica that stops leaves the others waiting. The sum of the weights,
    infinite on all replicas alike, tells what was wrong.

    Args:
        model: The model.
        condition: [B] or None.
        sample_weight: [B] or None.
    """
    values = None if condition is None else num_values(model)
    if values is None or not tf.is_symbolic_tensor(condition):
        return sample_weight
    known = _known(condition, values, least_label(model))
    weights = tf.ones_like(known, tf.float32) if sample_weight is None else tf.reshape(sample_weight, [-1])
    return tf.where(known, weights, tf.constant(math.inf, weights.dtype))


def stop_at_unknown(model, condition, value):
    """Returns `value`, a batch of floats, with NaN for unknown labels; outside XLA they also raise an error."""
    values = None if condition is None else num_values(model)
    if values is None or not tf.is_symbolic_tensor(condition):
        return value
    known = _known(condition, values, least_label(model))
    with tf.control_dependencies([] if xla.tracing() else [tf.debugging.Assert(tf.reduce_all(known), [UNKNOWN])]):
        rows = tf.reshape(tf.where(known, 0.0, math.nan), [-1, *[1] * (value.shape.rank - 1)])
        return value + tf.cast(rows, value.dtype)


@contextlib.contextmanager
def in_words(model):
    """Replaces TensorFlow's error with a clear one if `stop_at_unknown` stopped in the block.

    Raises:
        ValueError: It stopped.
    """
    try:
        yield
    except tf.errors.InvalidArgumentError as error:
        if num_values(model) is None or UNKNOWN not in error.message:
            raise
        raise ValueError(
            f"Invalid value for argument `condition`. Expected {expected(model)}. Received: others in a batch of the "
            "data. Repair or leave out these examples."
        ) from None
