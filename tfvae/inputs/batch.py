"""What a batch is made of: x, (x, condition) or (x, condition, sample_weight)."""

import keras
import numpy as np
import tensorflow as tf

from tfvae.arguments import kinds
from tfvae.inputs import conditions, form


def unpack(data, model):
    """Returns (x, condition, sample_weight), with None for what is absent.

    Args:
        data: A batch as a dataset gives it. () or an array of shape [B, 0] in
            the condition's place, before sample weights, means no condition. The
            pair may also be Keras's x, as `predict((x, condition))` makes it.
        model: The model, which may take a condition.

    Raises:
        ValueError: A condition for an unconditional model, or none for a conditional one; a dictionary, sparse or
            ragged tensors; weights other than one for each example.
    """
    x, condition, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    if model.labelled and isinstance(x, tuple | list) and len(x) == 2 and condition is None:
        x, condition = x
    if isinstance(condition, tuple) or 0 in getattr(condition, "shape", ())[1:]:
        condition = None
    conditions.presence(model, condition, x=x, batch=True)
    x = form.of(model).read("x", x)
    for argument, value in (("condition", condition), ("sample_weight", sample_weight)):
        kinds.check(argument, value)
    weights(sample_weight)
    return x, condition, sample_weight


def weights(value):
    """Refuses sample weights other than one for each example, such as a mask of pixels."""
    shape = tf.TensorShape(getattr(value, "shape", ()))
    if (
        value is not None
        and shape.rank is not None
        and (not shape.rank or not shape[1:].is_compatible_with([1] * (shape.rank - 1)))
    ):
        raise ValueError(
            "Invalid value for argument `sample_weight`. Expected one weight for each example, of shape (batch,). "
            f"Received shape: {tuple(shape)}. Weights within an example, such as a mask of pixels, have no place in "
            "log p(x): fill what is masked, or weigh whole examples, sample_weight.reshape(len(x), -1).mean(axis=1)."
        )


def keep_weights(x, y, sample_weight):
    """Returns `y`, or an empty one for arrays with weights but no y: Keras silently drops weights without y."""
    alone = y is None and sample_weight is not None and hasattr(x, "shape")
    return np.empty((len(x), 0), "float32") if alone else y
