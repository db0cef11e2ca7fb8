"""What a batch is made of: x, (x, condition) or (x, condition, sample_weight)."""

import keras
import numpy as np

from tfvae import checks


def unpack(data, conditional):
    """Returns (x, condition, sample_weight), None for what is absent.

    Args:
        data: A batch as a dataset gives it. () and an array of shape [B, 0]
            stand for no condition, before sample weights. The pair may also be
            the x of Keras, as `predict((x, condition))` makes it.
        conditional: Whether the model takes a condition.

    Raises:
        ValueError: A condition for an unconditional model, or none for a conditional one.
    """
    x, condition, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
    if conditional and isinstance(x, tuple | list) and len(x) == 2 and condition is None:
        x, condition = x
    if isinstance(condition, tuple) or 0 in getattr(condition, "shape", ())[1:]:
        condition = None
    checks.condition(conditional, condition)
    return x, condition, sample_weight


def keep_weights(x, y, sample_weight):
    """Returns `y`, or an empty one for arrays with weights alone: Keras drops weights without y, and says nothing."""
    alone = y is None and sample_weight is not None and hasattr(x, "shape")
    return np.empty((len(x), 0), "float32") if alone else y
