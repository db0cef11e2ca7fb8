"""Checks of the condition, a label or other input besides x for each example, against what the networks take."""

import contextlib
import math

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.devices import xla
from tfvae.networks import takes_condition

_NAMED = 5  # rows that a message names
UNKNOWN = "a label that there is not"


def num_classes(model):
    """Returns the number of classes if the condition is a label, else None."""
    parts = (model.encoder, model.decoder, model.prior)
    return next((count for count in (getattr(part, "num_classes", None) for part in parts) if count), None)


def presence(conditional, value, count=None, x=None):
    """Refuses a condition for an unconditional model, a missing one for a conditional model, and a wrong number."""
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
    if value is None and conditional:
        raise ValueError(
            "This model is conditional: give batches of (x, condition), such as data.load(..., labels=True) makes, "
            "or the argument `condition`."
        )
    if value is not None and isinstance(count, int) and not tf.is_symbolic_tensor(value):
        given = (np.shape(value) or (1,))[0]
        if given != count or not np.shape(value):
            raise ValueError(
                f"Expected one condition for each of {count} samples. Received {given}: repeat the one that is meant, "
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
    if value is None or not model.conditional:
        return
    shape = tf.TensorShape(value.shape if hasattr(value, "shape") else np.shape(value))
    classes = num_classes(model)
    if shape.rank is not None:
        _shape(model, shape, classes)
        if isinstance(count, int) and shape[0] not in (None, count, *([1] if one_for_all else [])):
            raise ValueError(
                f"Invalid value for argument `condition`. Expected one for each of {count} examples. Received: "
                f"{shape[0]}. One for all of them is repeated: np.full({count}, label)."
            )
    if classes is not None and not tf.is_symbolic_tensor(value) and not isinstance(value, tf.TypeSpec):
        _labels(value, classes)


def _shape(model, shape, classes):
    part = next(part for part in (model.encoder, model.decoder, model.prior) if takes_condition(part))
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
            f"Invalid value for argument `condition`. Expected conditions of shape ({form}), the networks' "
            f"condition_shape. Received shape: {tuple(shape)}."
        )
    one_hot = "One-hot ones become numbers by np.argmax(labels, axis=1)"
    many = "Give one for each example, a number of its class"
    raise ValueError(
        f"Invalid value for argument `condition`. Expected labels of shape (batch,), whole numbers in "
        f"0..{classes - 1}. Received shape: {tuple(shape)}. {one_hot if inner == [classes] else many}."
    )


def _labels(value, classes):
    given = np.asarray(value)
    expected = f"labels in 0..{classes - 1}, ints"
    if given.dtype.kind not in "iuf":
        raise arguments.invalid("condition", f"{expected}, such as np.unique(labels, return_inverse=True)[1]", value)
    known = (given >= 0) & (given < classes) & (given == np.floor(given))
    if not known.all():
        rows = np.flatnonzero(~known.reshape(len(given), -1).all(axis=1))
        named = ", ".join(map(str, rows[:_NAMED])) + ", ..." * (len(rows) > _NAMED)
        others = ", ".join(str(label) for label in np.unique(given[~known])[:_NAMED])
        raise ValueError(
            f"Invalid value for argument `condition`. Expected {expected}. Received: {others} in {len(rows)} of "
            f"{len(given)}, at the rows {named}. A model of more classes is made with a larger num_classes."
        )


def _known(value, classes):
    labels = tf.reshape(value, [-1])
    known = tf.logical_and(labels >= 0, labels < classes)
    return tf.logical_and(known, tf.equal(labels, tf.floor(labels))) if labels.dtype.is_floating else known


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
    classes = None if condition is None else num_classes(model)
    if classes is None or not tf.is_symbolic_tensor(condition):
        return sample_weight
    known = _known(condition, classes)
    weights = tf.ones_like(known, tf.float32) if sample_weight is None else tf.reshape(sample_weight, [-1])
    return tf.where(known, weights, tf.constant(math.inf, weights.dtype))


def stop_at_unknown(model, condition, value):
    """Returns `value`, a batch of floats, with NaN for unknown labels; outside XLA they also raise an error."""
    classes = None if condition is None else num_classes(model)
    if classes is None or not tf.is_symbolic_tensor(condition):
        return value
    known = _known(condition, classes)
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
        classes = num_classes(model)
        if classes is None or UNKNOWN not in error.message:
            raise
        expected = f"labels in 0..{classes - 1}, ints"
        raise ValueError(
            f"Invalid value for argument `condition`. Expected {expected}. Received: others in a batch of the data. "
            "Repair or leave out these examples."
        ) from None
