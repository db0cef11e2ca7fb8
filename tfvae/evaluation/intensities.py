"""What is compared: pictures as intensities in [0, 1], of a model or of raw data."""

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.arguments import kinds
from tfvae.data import finite, intensity

# Rows of an array that go through a network at once.
_ROWS_AT_ONCE = 256
# What rounding in float32 may add to an intensity of 0 or 1.
_ROUNDING = 1e-4


def batches(argument, given):
    """Yields the batches of an array, or of a finite dataset; refuses anything else."""
    if hasattr(given, "shape"):
        kinds.numbers(argument, given)
        for start in range(0, len(given), _ROWS_AT_ONCE):
            yield given[start : start + _ROWS_AT_ONCE]
        return
    if not hasattr(given, "__iter__") or isinstance(given, tuple | list | str | dict):
        raise arguments.invalid(argument, "an array of pictures, or a dataset of batches", given)
    if isinstance(given, tf.data.Dataset):
        kinds.elements(argument, given)
    kinds.ends(argument, given)
    yield from given


def pictures(batch):
    """Returns x of a batch x, (x, label) or ((x, condition), label)."""
    x, _, _ = keras.utils.unpack_x_y_sample_weight(batch)
    return x[0] if isinstance(x, tuple | list) else x


def is_picture(shape):
    """Returns whether events of a shape are pictures: height, width and channels."""
    return len(shape) == 3


def of_raw(argument, raw):
    """Returns raw data as intensities, float32: pictures [B, h, w, c] divided by the white of their dtype.

    Data of any other rank has no intensities and is returned as it is.

    Raises:
        ValueError: NaN or infinity, or pictures outside of [0, white].
    """
    raw = tf.convert_to_tensor(raw)
    finite.check(argument, raw)
    if not is_picture(raw.shape[1:]):
        return tf.cast(raw, tf.float32)
    low, top, kind = intensity.extremes(raw)
    white = intensity.white(raw.dtype)
    if low < -_ROUNDING * white or top > (1 + _ROUNDING) * white:
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected pictures as uint8, uint16, or floats in [0, 1]. "
            f"Received: {kind} from {low:.6g} to {top:.6g}. Move them to [0, 1]: dataset.map(lambda x: (x - low) / "
            "(high - low)), or for an array likewise."
        )
    return tf.cast(raw, tf.float32) / white


def of_model(vae, raw):
    """Returns raw data as a model's pictures: the intensities of the expected x; of other events x itself.

    Args:
        vae: The model.
        raw: [B, *event].

    Returns:
        [B, *event], the model's float type; NaN where an entry is missing.
    """
    x = vae.preprocess(raw)  # refuses shapes and values that don't fit, also where another x is compared
    if vae.preprocessing is not None:
        x = tf.cast(vae.preprocessing.expected(raw), vae.float_dtype)
    return of_x(vae, x)


def of_x(vae, x):
    """Returns x, such as a mean of p(x|z), as intensities where it is a picture; not clipped.

    Raises:
        ValueError: The preprocessing defines no intensities.
    """
    if vae.preprocessing is None or not is_picture(vae.likelihood.event_shape):
        return x
    try:
        return vae.preprocessing.intensity(x)
    except NotImplementedError as error:
        raise ValueError(
            f"{type(vae.preprocessing).__name__} doesn't say which picture an x is. Give it a method intensity(x) "
            "that returns intensities in [0, 1]."
        ) from error


def check_of_model(vae, clean):
    """Refuses a model's pictures that are no intensities, whose peak nobody knows."""
    values = np.asarray(clean)
    low, top = float(np.fmin.reduce(values, axis=None)), float(np.fmax.reduce(values, axis=None))
    if low < -_ROUNDING or top > 1 + _ROUNDING:
        known = "no preprocessing" if vae.preprocessing is None else repr(vae.preprocessing)
        raise ValueError(
            f"The model's pictures are no intensities in [0, 1]: with {known} they range from {low:.6g} to {top:.6g}, "
            "so their peak is unknown. Make the model with a preprocessing that knows it, such as data.Rescale(), or "
            "data.Rescale(scale=1 / 127.5, offset=-1.0) for an x in [-1, 1]."
        )
