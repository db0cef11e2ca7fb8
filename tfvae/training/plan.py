"""How many steps a training will have, and how often it calls its callbacks."""

import math

import keras
import tensorflow as tf

# Executions per epoch: how often a progress bar moves. Each costs 5 ms, as much as two steps of an MLP; a
# convolutional step takes longer than that.
_EXECUTIONS = 4
_WITH_CONVOLUTIONS = 20
# Most steps per execution, so that the progress bar of a long epoch moves, too.
_MOST = 128
# Steps per execution when the length of an epoch is unknown.
_UNKNOWN = 16


def epoch_steps(x, batch_size=None, steps_per_epoch=None, validation_split=0.0):
    """Returns the steps per epoch of Keras's `fit`, or None if that is unknown until the epoch ends."""
    if steps_per_epoch:
        return steps_per_epoch
    if isinstance(x, tf.data.Dataset):
        steps = int(x.cardinality())
        return steps if steps >= 0 else None
    if isinstance(x, keras.utils.PyDataset):
        return x.num_batches
    leaves = tf.nest.flatten(x)
    if not leaves or not hasattr(leaves[0], "shape"):
        return None
    return math.ceil(leaves[0].shape[0] * (1.0 - (validation_split or 0.0)) / (batch_size or 32))


def steps_per_execution(model, steps, fixed, callbacks):
    """Returns how many steps Keras runs between two calls of the callbacks.

    Args:
        model: The Keras model. The steps of one with convolutions are slow.
        steps: Steps per epoch, or None.
        fixed: Whether `fit` was given steps_per_epoch. Keras then runs a multiple of steps_per_execution, so the
            result has to divide it.
        callbacks: The user's callbacks.
    """
    if any(map(_watches_batches, callbacks)):
        return 1
    if steps is None:
        return _UNKNOWN
    convolutions = any("Conv" in type(layer).__name__ for layer in model._flatten_layers())
    most = min(max(1, steps // (_WITH_CONVOLUTIONS if convolutions else _EXECUTIONS)), _MOST)
    return max(number for number in range(1, most + 1) if steps % number == 0) if fixed else most


def _watches_batches(callback):
    """Returns whether a callback needs to see single batches. Those of Keras and tfvae accept several at once."""
    hooks = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
    modules = [getattr(getattr(callback, hook, None), "__module__", "keras") or "" for hook in hooks]
    return any(module.split(".")[0] not in ("keras", "tfvae", "tfvae_cli") for module in modules)
