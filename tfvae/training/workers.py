"""What Keras lacks for training with several processes, and clear errors for mistakes with a strategy's scope."""

import contextlib
import pathlib
import tempfile

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.data import from_array
from tfvae.devices import replicas
from tfvae.training import optimizers


def with_logs_of_all(make_function, step, strategy):
    """Returns Keras's train or test function for a step whose logs are scalars, the same on all replicas.

    With several workers Keras averages logs along their first axis, which a
    scalar doesn't have, and communicates with all workers for each log. So the
    logs are passed as one vector.

    Args:
        make_function: Keras's, step -> (iterator -> logs).
        step: data -> {metric: scalar}.
        strategy: The model's.
    """
    if replicas.worker(strategy)[1] == 1:
        return make_function(step)
    names = []

    def packed(data):
        logs = step(data)
        names[:] = logs
        return tf.stack([tf.cast(value, tf.float64) for value in logs.values()])[None]

    function = make_function(packed)
    return lambda iterator: dict(zip(names, tf.unstack(function(iterator)), strict=True))


@contextlib.contextmanager
def place(strategy, path):
    """Gives the chief the path itself, and each other worker one that is deleted after the block.

    The others must write, too: Keras creates a variable while saving, and within
    a scope the workers create each variable together.
    """
    if replicas.is_chief(strategy):
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        yield pathlib.Path(folder) / pathlib.Path(path).name


def refuse_strange_variables(model):
    """Refuses a model with variables from outside its strategy, such as those of a part made outside the scope.

    Raises:
        ValueError: There is one; the message names the first.
    """
    strategy = model.distribute_strategy
    for variable in [*model.variables, *optimizers.variables(model)]:
        if not strategy.extended.variable_created_in_scope(getattr(variable, "_value", variable)):
            raise ValueError(
                f"The variable {variable.path} was made outside of the scope of the strategy that the model was made "
                f"in, {type(strategy).__name__}. Make every part and the optimizer within `with strategy.scope():`, "
                "as the model."
            )


def refuse_what_keras_cannot(model):
    """Refuses what Keras would fail at under a strategy with an unhelpful error.

    Raises:
        ValueError: The model was made outside of the scope of the current
            strategy, or `compile` was given several steps per execution.
    """
    strategy = tf.distribute.get_strategy()
    if model.distribute_strategy.num_replicas_in_sync > 1 and model.steps_per_execution > 1:
        raise arguments.invalid(
            "steps_per_execution",
            "nothing or 1 under a strategy of several replicas, where Keras fails with more",
            model.steps_per_execution,
        )
    if replicas.count() > 1 and model._distribute_strategy is not strategy:
        raise ValueError(
            f"The model was made outside of the scope of this {type(strategy).__name__}, so its variables are on one "
            "device. Make, or load, and compile it within `with strategy.scope():`."
        )


def in_one_order(strategy, x, y=None, batch_size=None, **others):
    """Returns the arguments of `fit`, with a dataset in place of arrays if several workers train.

    Each worker takes its part of every batch, so all of them need the same
    batches, but Keras shuffles arrays separately in each process.

    Args:
        strategy: The model's.
        x: As for `fit`.
        y: As for `fit`.
        batch_size: As for `fit`.
        **others: The other arguments of `fit`.

    Returns:
        (x, y, batch_size, others), unchanged if there is one worker or no array.
    """
    arrays = x if isinstance(x, tuple) else (x,)
    if replicas.worker(strategy)[1] == 1 or not all(isinstance(array, np.ndarray | tf.Tensor) for array in arrays):
        return x, y, batch_size, others
    data = (x, y, others.pop("sample_weight", None))
    split = others.pop("validation_split", 0.0)
    if split and others.get("validation_data") is None:
        parts = keras.src.trainers.data_adapters.array_slicing.train_validation_split(data, split)
        data, others["validation_data"] = parts
        others.setdefault("validation_batch_size", batch_size)
    x, y, weights = data
    if isinstance(x, tuple) and y is None:  # the x of a conditional model
        x, y = x
    shuffle = bool(others.pop("shuffle", True))
    # Whether NaN is an error has been asked.
    dataset = from_array(x, y, weights, batch_size=batch_size or 32, shuffle=shuffle, missing=True)
    return dataset, None, None, others
