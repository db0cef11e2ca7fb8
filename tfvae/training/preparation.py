"""Prepares the arguments of `fit` and `evaluate` before Keras sees them."""

import tensorflow as tf

from tfvae.arguments import kinds
from tfvae.inputs import batch, datasets
from tfvae.training import changes, workers


def for_fit(vae, x, y, batch_size, epochs, callbacks, others):
    """Refuses what can't be trained on, and returns the arguments for Keras's `fit`.

    Args:
        vae: The model.
        x: As for `fit`, like all that follow.
        y: The condition.
        batch_size: Batch size for arrays.
        epochs: Number of epochs.
        callbacks: The user's callbacks.
        others: {name: value} of the other arguments.

    Returns:
        (x, y, batch_size, others).

    Raises:
        ValueError: Data that is empty, doesn't fit the model, or is not finite; arguments that are not valid numbers.
    """
    _ready(vae)
    x, y, others = datasets.gathered(vae, x), kinds.plain(y), dict(others)
    datasets.fit_arguments(vae, x, y, batch_size, epochs, callbacks, others)
    x = datasets.first_batch(vae, x, y, others.get("sample_weight"), batch_size)
    if others.get("validation_data") is not None:
        given = others["validation_data"]
        others["validation_data"] = datasets.validation(vae, given, others.get("validation_steps"))
    x, y, batch_size, others = workers.in_one_order(vae.distribute_strategy, x, y, batch_size, **others)
    y = batch.keep_weights(x, y, others.get("sample_weight"))
    validation = others.get("validation_data")
    if isinstance(validation, tuple) and len(validation) == 3:
        others["validation_data"] = (validation[0], batch.keep_weights(*validation), validation[2])
    if isinstance(x, tf.data.Dataset):
        others.setdefault("shuffle", False)  # Keras's default warns that it can't shuffle a dataset
    return x, y, batch_size, others


def for_evaluate(vae, x, y, sample_weight, steps):
    """Refuses what can't be evaluated, and returns (x, y) for Keras's `evaluate`. Errors as for `for_fit`."""
    _ready(vae)
    x, y = datasets.gathered(vae, x), kinds.plain(y)
    datasets.evaluated(vae, x, y, sample_weight, steps)
    return x, batch.keep_weights(x, y, sample_weight)


def _ready(vae):
    workers.refuse_what_keras_cannot(vae)
    changes.follow(vae)
