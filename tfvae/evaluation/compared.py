"""What is compared of data and of samples: features, read batch by batch, and the pictures that a model draws."""

import numpy as np
import tensorflow as tf

from tfvae import random
from tfvae.data import epoch
from tfvae.evaluation import intensities
from tfvae.inputs import models

# Samples decoded at once.
_DRAWN_AT_ONCE = 128


def order(count, seed):
    """Returns a random order of so many rows."""
    return np.argsort(random.uniform([count], seed, "float64").numpy(), kind="stable")


def read(argument, given, extract, model, bar):
    """Returns the features [N, D] of the images, and the conditions [N, ...] or None.

    Args:
        argument: Name of the argument, for the error.
        given: An array, or a finite dataset of batches as for `fit`.
        extract: float32 [B, ...] -> float64 [B, D], such as `features.of(network)`.
        model: A `VAE` whose preprocessing says what the pictures are; None for raw ones.
        bar: A progress bar of batches.

    Raises:
        ValueError: No images, or values that are no intensities.
    """
    found, conditions = [], []
    with epoch.in_order():
        for batch in intensities.batches(argument, given):
            if model is None:
                x = intensities.of_raw(argument, intensities.pictures(batch))
            else:
                raw, condition, _ = model.unpack(batch if model.conditional else intensities.pictures(batch))
                conditions += [] if condition is None else [np.asarray(condition)]
                x = intensities.of_model(model, raw)
                if intensities.is_picture(x.shape[1:]):
                    intensities.check_of_model(model, x)
            found.append(extract(tf.cast(x, tf.float32)))
            bar.add(1)
    if not found:
        raise ValueError(f"Invalid value for argument `{argument}`. Expected images. Received none.")
    return np.concatenate(found), np.concatenate(conditions) if conditions else None


def usable(model):
    """Refuses a model whose samples are no arrays of one kind; warns of one that is untrained.

    Raises:
        ValueError: A model of several modalities, or of a table.
    """
    models.usable(model)
    models.of_one_array(model, "A comparison of samples", "Give samples of one modality, an array, and data like them.")
    if getattr(model.preprocessing, "columns", None) is not None:
        raise ValueError(
            "A comparison of samples is for a model whose x is one array, and this model's is a row of a table, of "
            "columns of several kinds. Give its columns of numbers as arrays, samples and data."
        )


def drawn(model, count, conditions, mean, seed):
    """Yields a model's samples in batches, float32 [B, *event]; of pictures their intensities, clipped.

    Args:
        model: The `VAE`.
        count: How many in all.
        conditions: [count, ...], or None of a model that takes none.
        mean: Whether they are means of p(x|z) rather than draws from it.
        seed: int32[2].
    """
    for start in range(0, count, _DRAWN_AT_ONCE):
        size = min(_DRAWN_AT_ONCE, count - start)
        given = None if conditions is None else conditions[start : start + size]
        x = intensities.of_x(model, model.sample(size, given, mean=mean, seed=random.fold(seed, start)))
        if intensities.is_picture(x.shape[1:]):
            x = tf.clip_by_value(x, 0.0, 1.0)
        yield tf.cast(x, tf.float32)
