"""Datasets of arrays in memory."""

import math
from typing import Any

import numpy as np
import tensorflow as tf

from tfvae import arguments
from tfvae.arguments import kinds
from tfvae.data import epoch, finite, memory, resident
from tfvae.data.passes import Passes
from tfvae.data.rows import Rows


def from_array(
    x,
    condition=None,
    sample_weight=None,
    *,
    batch_size=128,
    shuffle=True,
    seed=0,
    endless=False,
    drop_remainder=False,
    missing=False,
):
    """Returns a dataset of batches from arrays that are in memory.

    The order is a function of `seed` and the epoch alone, so interrupted training
    resumes on exactly the batches that it would have seen. A batch is one gather of
    whole rows at shuffled positions; no shuffle buffer is filled and no example is
    handled individually.

    Args:
        x: [N, ...] array; keep pixels as uint8. A memory-mapped one of more
            than 4 GiB stays in its file, and so do `Rows` and `Records`. Or a dict
            of them, for a model whose likelihood is `families.Modalities`.
        condition: None, or [N, ...] labels or other conditions.
        sample_weight: None, or [N] weights.
        batch_size: Examples per batch; the last batch, or the only one, is smaller where it doesn't divide N.
        shuffle: Whether each training pass has its own order. Evaluation, prediction, encoding and scoring read in the
            order of `x` all the same, so that the n-th result belongs to the n-th example.
        seed: Seed of the order.
        endless: Whether passes repeat without end, for `fit(steps_per_epoch=...)`. An
            epoch may then be a part of a pass, and resumed training reads on from its
            step: nothing before it is read again.
        drop_remainder: Whether to leave out the examples that don't fill a whole batch; with `shuffle`, different ones
            each pass.
        missing: Whether NaN in `x` marks entries that are missing, for a model whose likelihood is
            `families.Observed` or `families.Modalities`. Otherwise NaN is an error.

    Returns:
        A `tf.data.Dataset` of x, (x, condition) or (x, condition, sample_weight), x a dict if the argument is one.
        An absent condition before weights is the empty tuple.

    Raises:
        ValueError: No examples, arrays of unequal length or not of numbers, rows with
            NaN or infinity, weights that are negative or not one per example, a batch
            size that is not a positive int, or one that leaves no batch.

    >>> import numpy as np
    >>> dataset = from_array(np.arange(10, dtype="uint8")[:, None], batch_size=4, shuffle=False)
    >>> [len(batch) for batch in dataset]
    [4, 4, 2]
    """
    named = x if isinstance(x, dict) and x else {"x": x}
    arguments_of_x = [f"x[{name!r}]" if named is x else "x" for name in named]
    arrays: list[Any] = [
        _as_array(argument, value, missing) for argument, value in zip(arguments_of_x, named.values(), strict=True)
    ]
    others = {"condition": condition, "sample_weight": sample_weight}
    arrays += [_as_array(argument, value, False) for argument, value in others.items() if value is not None]
    lengths = [array.shape[0] if array.ndim else 0 for array in arrays]
    count = lengths[0]
    if len(set(lengths)) != 1 or count == 0:
        raise ValueError(
            "Expected arrays with the same, positive number of examples on their first axis. "
            f"Received shapes: {[array.shape for array in arrays]}"
        )
    if sample_weight is not None:
        finite.check_weights(arrays[-1])
        if math.prod(arrays[-1].shape) != count:
            raise ValueError(
                "Invalid value for argument `sample_weight`. Expected one weight for each example, of shape "
                f"({count},). Received shape: {arrays[-1].shape}."
            )
    batch_size = arguments.integer("batch_size", batch_size)
    if drop_remainder and batch_size > count:
        expected = f"an int in 1..{count}, the number of examples, with drop_remainder=True"
        raise arguments.invalid("batch_size", expected, batch_size)
    batch_size = min(batch_size, count)
    seed = arguments.integer("seed", seed, "an int", minimum=-(2**63), maximum=2**63 - 1)
    # Tensors made here are inputs of the pipeline, not constants in its graph, which holds 2 GiB at most.
    with tf.device("CPU:0"):
        gathers = [_gather(array) for array in arrays]
        seed = tf.constant(seed, tf.int64)
    batches = count // batch_size if drop_remainder else -(-count // batch_size)

    passes = Passes()

    def order(which):
        # A real permutation: tf.random.experimental.index_shuffle, which would need no memory for it, has only 256
        # orders, whatever the seed, and uses only 55 of them over 2,000 epochs of one seed.
        shuffled = tf.random.experimental.stateless_shuffle  # pyright: ignore[reportAttributeAccessIssue]: no stub
        return shuffled(tf.range(count), tf.stack([seed, which]))

    def batch(state, number):
        positions, done = state
        if endless:
            which, number = number // batches, number % batches
        else:
            which = tf.cond(tf.equal(number, 0), passes.begin, lambda: done)
        if shuffle:
            # `done` starts as `IN_ORDER`, so the first batch of a pass in order leaves the positions as they are.
            positions = tf.cond(tf.equal(which, done), lambda: positions, lambda: order(which))
        start = tf.cast(number, tf.int32) * batch_size
        rows = positions[start : start + batch_size]
        return (positions, which), assemble([gather(rows) for gather in gathers])

    def assemble(taken):
        taken, rest = taken[: len(named)], taken[len(named) :]
        taken = [dict(zip(named, taken, strict=True)) if named is x else taken[0], *rest]
        if sample_weight is not None and condition is None:
            return taken[0], (), taken[1]
        return taken[0] if len(taken) == 1 else tuple(taken)

    # `scan` carries the order through a pass; a nested dataset for each epoch would take 50 ms to start.
    first = (tf.range(count), tf.constant(epoch.IN_ORDER, tf.int64))
    dataset = (epoch.steps() if endless else tf.data.Dataset.range(batches)).scan(first, batch).prefetch(2)
    dataset = dataset if endless else passes.over(dataset, batches)
    options = tf.data.Options()
    # The autotuner's thread delays the end of an epoch until it next wakes up; there is nothing to tune here.
    options.autotune.enabled = False
    # Each of several workers takes its part of every batch: there are no files to shard.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    dataset = passes.watch(dataset.with_options(options))
    if not endless and all(isinstance(array, np.ndarray) for array in arrays):
        here = order if shuffle else lambda which: tf.range(count)
        incomplete = finite.rows(arrays[0]) if missing else ()
        whole = count // batch_size
        held = resident.Resident(gathers, assemble, here, batches, whole, batch_size, count, incomplete)
        resident.keep(dataset, held)
    return dataset


def _as_array(argument, value, missing):
    """Returns an argument as an array of finite numbers, or as it is if it stays in its file."""
    if isinstance(value, np.memmap) and value.nbytes > memory.LIMIT:
        return Rows(value)
    if hasattr(value, "gather") and not hasattr(value, "__array__"):
        return value
    kinds.check(argument, value)
    try:
        array = np.asarray(value)
    except ValueError as error:  # rows of unequal length
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected an array of numbers, whose rows have one shape. {error}"
        ) from error
    if array.dtype.kind in "OSUMm":
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected an array of numbers. Received: dtype {array.dtype}, "
            f"shape {array.shape}."
        )
    finite.check(argument, array, missing)
    return array


def _gather(array):
    """Returns the function from positions to rows."""
    if not isinstance(array, np.ndarray):
        return array.gather
    tensor = tf.convert_to_tensor(array)
    return lambda rows: tf.gather(tensor, rows)
