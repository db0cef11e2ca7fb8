"""Arithmetic across the replicas of a distribution strategy, and which process this is.

Under `tf.distribute` a train step sees one replica's share of the batch, which
may be uneven or empty. Means over the batch are therefore sums over all
replicas divided by a count over all replicas, never means of means.

Under `MultiWorkerMirroredStrategy` several processes run the same program, each
with some of the replicas. All of them know the same weights and metrics, so one
of them, the chief, writes files.
"""

import tensorflow as tf


def count():
    """Returns the number of replicas in sync; 1 without a strategy."""
    return tf.distribute.get_strategy().num_replicas_in_sync


def replica_id():
    """Returns this replica's number; 0 without a strategy or outside a step."""
    context = tf.distribute.get_replica_context()
    return 0 if context is None or count() == 1 else context.replica_id_in_sync_group


def worker(strategy):
    """Returns this process's number among those that train together, and their count.

    Args:
        strategy: A `tf.distribute.Strategy`, such as a model's `distribute_strategy`.

    Returns:
        (number, count): The chief is number 0. (0, 1) for every single-process strategy.

    >>> worker(tf.distribute.get_strategy())
    (0, 1)
    """
    several = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
    if not (several and strategy.extended._in_multi_worker_mode()):
        return 0, 1
    resolver = strategy.cluster_resolver
    jobs = resolver.cluster_spec().as_dict()
    tasks = [(job, number) for job in ("chief", "worker") for number in range(len(jobs.get(job, ())))]
    return tasks.index((resolver.task_type, resolver.task_id)), len(tasks)


def is_chief(strategy):
    """Returns whether this process is the chief, which writes the files for all; see `worker`."""
    return worker(strategy)[0] == 0


def _alone():
    return count() == 1 or tf.distribute.get_replica_context() is None


def all_sum(value):
    """Returns the sum of `value` over the replicas; with one replica, `value` itself."""
    if _alone():
        return value
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, value)


def place(size):
    """Returns where this replica's examples stand in the batch of all replicas.

    Args:
        size: Scalar int tensor, the number of local examples.

    Returns:
        (before, total): How many examples the replicas before this one hold, and how many all of them do, scalars.
    """
    if _alone():
        return tf.zeros_like(size), size
    # In floats, as not every collective takes integers.
    mine = tf.cast(size, tf.float32) * tf.one_hot(replica_id(), count())
    sizes = tf.cast(all_sum(mine), size.dtype)
    return tf.reduce_sum(sizes[: replica_id()]), tf.reduce_sum(sizes)


def join(values, before, total):
    """Returns the values of all replicas' examples, in the replicas' order; with one replica, `values` itself.

    Each replica puts its own rows between zeros, and the sum over replicas is the whole. The gradient of such a sum is
    the sum of what all replicas ask for, so a row receives what every replica's share of the loss has to say of it.
    Unlike TensorFlow's `all_gather`, this runs eagerly in several processes, too.

    Args:
        values: [B, ...], B of each replica its own.
        before: As `place` returns it.
        total: N, likewise.

    Returns:
        [N, ...].
    """
    if _alone():
        return values
    around = [before, total - before - tf.shape(values)[0]]
    whole = all_sum(tf.pad(values, [around] + [[0, 0]] * (values.shape.rank - 1)))
    return tf.ensure_shape(whole, [None, *values.shape[1:]])


def example_weights(batch_size, sample_weight, dtype):
    """Returns each local example's share of the batch mean.

    Args:
        batch_size: Scalar int tensor, the number of local examples; may be 0.
        sample_weight: None, or [B] weights >= 0. A weight of 2 is the same as
            the example standing in the batch twice.
        dtype: Float dtype of the result.

    Returns:
        weights: [B], summing to 1 over the examples of all replicas.
        total: Scalar, the sum of the raw weights over all replicas.
    """
    if sample_weight is None:
        raw = tf.ones([batch_size], dtype)
    else:
        raw = tf.reshape(tf.cast(sample_weight, dtype), [batch_size])
    total = all_sum(tf.reduce_sum(raw))
    return tf.math.divide_no_nan(raw, total), total


def at_least_one(x, condition, sample_weight):
    """Gives an empty replica one example of weight 0; other replicas keep their batch.

    The last batch of an epoch may leave a replica without examples, and some
    kernels (oneDNN's fused convolutions) refuse an empty batch.

    Args:
        x: [B, ...].
        condition: [B, ...] or None.
        sample_weight: [B] or None.

    Returns:
        The same three; with several replicas `sample_weight` is a tensor.
    """
    if count() == 1:
        return x, condition, sample_weight
    missing = tf.maximum(1 - tf.shape(x)[0], 0)
    if sample_weight is None:
        sample_weight = tf.ones([tf.shape(x)[0]])

    def pad(value):
        value = tf.convert_to_tensor(value)
        return tf.pad(value, [[0, missing]] + [[0, 0]] * (value.shape.rank - 1))

    return pad(x), None if condition is None else pad(condition), pad(sample_weight)
