"""Skips and counts steps whose gradients are not finite, or too long, leaving everything as it was."""

import functools

import keras
import tensorflow as tf

from tfvae.devices import replicas, xla

# Skipped steps in a row that a training tolerates. Under mixed_float16 the loss scale settles within 15 of them.
PATIENCE = 20


class TrainingDiverged(RuntimeError):
    """Too many train steps in a row had gradients that were not finite, or too long."""


class SkippedSteps(keras.metrics.Metric):
    """Counts skipped steps, in this epoch and in a row, and remembers which batch was to blame.

    Every replica takes the same decision, so each keeps the same count, and
    a read takes the first replica's.

    Attributes:
        patience: How many skipped steps in a row `fit` tolerates.
        in_a_row: The current run of skipped steps, across epochs.
        bad_batch: The first batch since `reset_state` whose x held NaN or infinity, counted from 0; -1 for none.
        unknown_label: Likewise, the first batch with a label that the model has no class for.
    """

    def __init__(self, name="skipped_steps", **kwargs):
        super().__init__(name=name, **kwargs)
        self.patience = PATIENCE
        self._direction = "down"
        options = {"shape": (), "initializer": "zeros", "aggregation": "only_first_replica"}
        self.total = self.add_variable(name="total", **options)
        self.in_a_row = self.add_variable(name="in_a_row", **options)
        self.seen = self.add_variable(name="seen", **options)
        minus_one = keras.initializers.Constant(-1)
        self.bad_batch = self.add_variable(name="bad_batch", **{**options, "initializer": minus_one})
        self.unknown_label = self.add_variable(name="unknown_label", **{**options, "initializer": minus_one})

    def update_state(self, applied, finite, known):
        """Counts one step.

        Args:
            applied: Scalar bool tensor; None for an evaluation, which doesn't count towards the run.
            finite: Scalar bool tensor, whether the batch's x was finite on every replica.
            known: Scalar bool tensor, whether the model knows all of its labels, on every replica.
        """
        if applied is not None:
            skipped = tf.cast(tf.logical_not(applied), self.total.dtype)
            self.total.assign(self.total + skipped)
            self.in_a_row.assign(skipped * (self.in_a_row + 1))
        for fault, batch in ((tf.logical_not(finite), self.bad_batch), (tf.logical_not(known), self.unknown_label)):
            batch.assign(tf.where(fault & (batch < 0), self.seen, batch))
        self.seen.assign(self.seen + 1)

    def reset_state(self):
        """Starts an epoch. The run of skipped steps continues across epochs."""
        self.total.assign(0)
        self.seen.assign(0)
        self.bad_batch.assign(-1)
        self.unknown_label.assign(-1)

    def result(self):
        """Returns the number of steps skipped since `reset_state`."""
        return self.total + 0


def all_finite(values, gradients, optimizers):
    """Returns a scalar bool tensor: whether values, such as the loss, and gradients are finite on every replica.

    Within a program of many steps only the values are checked if the optimizers
    `remember`: the code that runs the program then checks the result once for
    all steps, with `all_are_finite`. Reading every gradient takes 7 % of an MLP's
    step.
    """
    later = xla.tracing() and all(map(remembers, optimizers))
    values = [*values, *([] if later else [getattr(g, "values", g) for g in gradients if g is not None])]
    return tf.equal(replicas.all_sum(tf.cast(tf.logical_not(all_are_finite(values)), tf.float32)), 0.0)


def short(updates, longest):
    """Returns a scalar bool tensor: whether the gradients of all replicas together are no longer than `longest`.

    Args:
        updates: (optimizer, gradients, variables) of each optimizer, as `apply_if` takes them.
        longest: The most that their joint Euclidean norm may be.
    """
    squares = tf.zeros([])
    for optimizer, gradients, _ in updates:
        scaled = isinstance(optimizer, keras.optimizers.LossScaleOptimizer)
        scale = tf.convert_to_tensor(optimizer.dynamic_scale) if scaled else 1.0
        for gradient in gradients:
            if gradient is not None:
                whole = replicas.all_sum(tf.cast(tf.convert_to_tensor(gradient), tf.float32)) / scale
                squares += tf.reduce_sum(whole**2)
    return tf.sqrt(squares) <= longest


def remembers(optimizer):
    """Returns whether an infinite or NaN gradient makes a variable or an optimizer slot non-finite for good."""
    return not isinstance(optimizer, keras.optimizers.LossScaleOptimizer) and optimizer.clipvalue is None


def all_are_finite(tensors):
    """Returns a scalar bool tensor: whether all values of all tensors are finite."""
    return tf.reduce_all([tf.reduce_all(tf.math.is_finite(_collapsed(tensor))) for tensor in tensors])


def _collapsed(value):
    """Returns fewer numbers that are finite if and only if all of `value` are, since 0 * inf and 0 * NaN are NaN.

    A product with zeros reads a matrix at memory bandwidth, and a reduction of booleans doesn't: 0.4 ms of processor
    time instead of 0.8 ms for 800,000 gradients, where a whole step takes 4.8 ms.
    """
    if value.shape.rank is None or value.shape.rank < 2 or value.shape[-1] is None:
        return value
    return tf.linalg.matvec(tf.reshape(value, [-1, value.shape[-1]]), tf.zeros([value.shape[-1]], value.dtype))


def state(model):
    """Returns the variables that a step of `model` changes without a gradient.

    They are moving averages of batch normalisation, random streams (including the model's own) and metrics of layers.
    The optimizer's variables change with the gradients, and the model's step counts follow the guard's decision.
    """
    moved = {id(variable) for variable in [*model.trainable_variables, *model.progress.variables]}
    metrics = [variable for layer in model._flatten_layers(include_self=False) for variable in _of_metrics(layer)]
    return [variable for variable in [*model.variables, *metrics] if id(variable) not in moved]


def _of_metrics(layer):
    return [variable for metric in getattr(layer, "_metrics", ()) for variable in metric.variables]


def read(variables):
    """Returns the current values of variables, for `_put_back`; shared, not copied, until one changes."""
    # Within a program there is nothing to read: the code that runs it undoes all of it.
    return [] if xla.tracing() else [tf.convert_to_tensor(variable) for variable in variables]


def _put_back(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return tf.no_op()


def apply_if(applied, updates, moved, before, finite=None):
    """Applies the gradients if `applied` is true; otherwise leaves everything as it was before the step.

    Args:
        applied: Scalar bool tensor, the same on all replicas.
        updates: (optimizer, gradients, variables) of each optimizer.
        moved: Variables that the step has already changed, as `state` returns them.
        before: Their previous values, as `read` returned them.
        finite: Scalar bool tensor, if a step may fail for another reason than numbers that are not finite.
    """
    if not updates:
        return
    # An optimizer that scales the loss mustn't learn of a step that is left out for its length.
    long = None if finite is None or xla.tracing() else tf.logical_and(finite, tf.logical_not(applied))
    plain = []
    for update in updates:
        optimizer, gradients, variables = update
        if not isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
            plain.append(update)
            continue
        # It skips steps itself, and lowers its scale when it does, but checks only the first replica.
        poison = tf.where(applied, 0.0, float("nan"))
        poisoned = [None if g is None else g + tf.cast(poison, g.dtype) for g in gradients]
        if long is None:
            optimizer.apply(poisoned, variables)
        else:
            _either(long, lambda _: tf.no_op(), functools.partial(_apply, optimizer, variables), poisoned)

    def apply(gradients, before):
        del before
        for (optimizer, _, variables), mine in zip(plain, gradients, strict=True):
            optimizer.apply(mine, variables)
        return tf.no_op()

    found = [gradients for _, gradients, _ in plain]
    if xla.tracing():
        # The code that runs the program undoes it if a step should not have been applied. A branch here would make XLA
        # copy every variable in each step, a quarter of an MLP's time.
        apply(found, before)
    elif plain or before:
        _either(applied, apply, lambda gradients, before: _put_back(moved, before), found, before)


def _apply(optimizer, variables, gradients):
    optimizer.apply(gradients, variables)
    return tf.no_op()


def _either(applied, yes, no, *values):
    """Runs `yes(*values)` or `no(*values)`, the same one on all replicas."""
    if tf.__internal__.distribute.strategy_supports_no_merge_call():
        tf.cond(applied, lambda: yes(*values), lambda: no(*values))
        return

    def across_replicas(strategy, applied, *values):
        # An optimizer merges replicas, which is not allowed in a branch within one replica, so branch across replicas.
        first = strategy.experimental_local_results(applied)[0]

        def every_replica(function):
            strategy.extended.call_for_each_replica(function, args=values)

        tf.cond(first, lambda: every_replica(yes), lambda: every_replica(no))

    tf.distribute.get_replica_context().merge_call(across_replicas, args=(applied, *values))
