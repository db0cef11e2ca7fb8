"""How steps are run: many at a time, in one XLA program where that pays.

Keras calls its train function once an execution and gives it the iterator. The
one here pulls a block of batches, as small as they come (uint8), and runs the
model's own step over the block in one compiled loop. The first batch of each
epoch, and any batch of another shape, such as the last, runs by itself in a
plain graph. So the first step doesn't wait for a compiler, nothing is compiled
for a single batch, and how a batch is run follows from its place in the epoch,
which is what a resumed training repeats.
"""

import contextlib
import warnings
from typing import Any

import keras
import tensorflow as tf

from tfvae import guard, xla

# Train steps in a whole `fit`. Compiling costs 2 to 3 s on two cores, and saves 2 to 5 ms a step of a dense model.
_WORTH_COMPILING = 1000
# On a CPU XLA's own convolutions take many times as long as oneDNN's: more than 6 minutes an epoch instead of 36 s.
_SLOW_ON_CPU = ("Conv", "DepthwiseConv", "_FusedConv")
# Of raw batches that wait in one block.
_BLOCK_BYTES = 64 << 20


def in_one_place(model):
    """Returns whether one device trains the model, without a distribution strategy."""
    return model._distribute_strategy is None and not tf.distribute.has_strategy()


@contextlib.contextmanager
def executing(model, steps):
    """Takes so many steps an execution within, unless `compile` was given a number."""
    before = model.steps_per_execution
    if model.asked["steps_per_execution"] == "auto" and in_one_place(model):
        model.steps_per_execution = steps
    try:
        yield
    finally:
        model.steps_per_execution = before


class Steps:
    """A train or test function as Keras calls it: iterator -> logs, after `model.steps_per_execution` steps.

    Args:
        model: The `VAE`.
        step: Its `train_step` or `test_step`, data -> logs.
        learns: Whether XLA may be chosen, by the length of the training and by
            what the step's graph holds, where `compile` was told neither. Its
            noise is another, and `evaluate` repeats its numbers.

    Attributes:
        blocks: How many were run by XLA so far.
    """

    def __init__(self, model, step, learns):
        self._model = model
        self._step = step
        asked = model.asked["jit_compile"]
        self._asked = None if asked == "auto" and learns else asked is True and model.jit_compile
        self.blocks = 0
        self._suits: Any = None
        # A function of its own for each instance: TensorFlow warns of retracing by the identity of what it wraps.
        self._one = tf.function(lambda batch: step(batch), autograph=False, reduce_retracing=True)
        self._pull = tf.function(_pull, autograph=False)
        # One call for all: by themselves the reads of a small model take as long as a step.
        self._read = tf.function(lambda: [tf.convert_to_tensor(v) for v in self._variables()], autograph=False)
        self._many = tf.function(self._loop, autograph=False, jit_compile=True)
        self.begin()

    def begin(self):
        """An epoch begins."""
        self._like: Any = None
        self._logs: Any = None

    def __call__(self, iterator):
        """Takes steps, fewer where the data ends.

        Raises:
            StopIteration: There is no batch left.
        """
        if not isinstance(iterator, tf.data.Iterator):  # train_on_batch hands over a generator of one batch
            return self._one(_bare(next(iterator)))
        taken, wanted, ended = 0, self._model.steps_per_execution, False
        while taken < wanted and not ended:
            if self._like is None:
                count, batch = 0, next(iterator, None)
                ended = batch is None
            else:
                count, batch, ended = self._run_block(iterator, wanted - taken)
            if batch is not None:
                self._run_one(_bare(batch), iterator)
                count += 1
            taken += count
        if not taken:
            raise StopIteration
        return self._logs

    def _run_one(self, batch, iterator):
        self._logs = self._one(batch)
        if self._like is None and self._worthwhile(batch, iterator):
            self._like = tf.nest.map_structure(
                lambda leaf: None if leaf is None else tf.TensorSpec.from_tensor(leaf), batch
            )

    def _run_block(self, iterator, limit):
        """Runs up to `limit` batches like the first.

        Returns:
            How many, a batch unlike them or None, and whether the data ended.
        """
        specs = _present(self._like)
        size = sum(spec.dtype.size * spec.shape.num_elements() for spec in specs)
        room = max(1, min(self._model.steps_per_execution, _BLOCK_BYTES // max(1, size)))
        like = tuple((spec.dtype.name, *spec.shape) for spec in specs)
        stacks, count, odd, ended = self._pull(iterator, like, room, tf.constant(min(limit, room)))
        if int(count):
            rest = iter(stacks)
            block = tf.nest.map_structure(lambda spec: None if spec is None else next(rest), self._like)
            self._run_many(block, count)
        return int(count), odd.get_value() if bool(odd.has_value()) else None, bool(ended)

    def _run_many(self, block, count):
        before = self._read()  # shared, not copied, until they change
        skipped = float(self._model.skipped_steps.total)
        try:
            logs, finite = self._many(block, count, self._logs)
            self.blocks += 1
            if finite and float(self._model.skipped_steps.total) == skipped:
                self._logs = logs
                return
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError) as error:
            if self._asked is not None:
                raise
            self._suits, self._like = False, None
            warnings.warn(
                "XLA can't compile this model's train step, so it runs without. compile(jit_compile=False) asks for "
                f"that from the start. XLA says: {error.message.splitlines()[0]}",
                UserWarning,
                stacklevel=2,
            )
        # Within the program a step with gradients that are not finite is applied: again, one by one.
        for variable, value in zip(self._variables(), before, strict=True):
            variable.assign(value)
        for number in range(int(count)):
            self._logs = self._one(_at(block, number))

    def _variables(self):
        metrics = [variable for metric in self._model.metrics for variable in metric.variables]
        return [*self._model.variables, *self._model.optimizer.variables, *metrics]

    def _loop(self, block, count, logs):
        def body(number, _):
            return number + 1, self._step(_at(block, number))

        with xla.program():
            logs = tf.while_loop(lambda number, _: number < count, body, (tf.constant(0), logs))[1]
        state = [*self._model.trainable_variables, *self._model.optimizer.variables]
        tensors = [tf.convert_to_tensor(variable) for variable in state]
        return logs, guard.all_are_finite([tensor for tensor in tensors if tensor.dtype.is_floating])

    def _worthwhile(self, batch, iterator):
        specs = tf.nest.flatten(iterator.element_spec)
        if any(isinstance(spec, tf.TensorSpec) and spec.shape.rank is None for spec in specs):
            return False
        if self._asked is not None:
            return self._asked
        if self._model.steps_per_execution == 1:
            return False  # where each batch is watched, a block is one batch, and its work is twice the step's
        planned = self._model.planned_steps
        if planned is not None and planned < _WORTH_COMPILING:
            return False
        if self._suits is None:
            self._suits = self._suitable(batch)
        return self._suits

    def _suitable(self, batch):
        """Returns whether XLA can run the step, and runs it faster than TensorFlow's kernels."""
        leaves = _present(batch)
        if not all(
            isinstance(leaf, tf.Tensor) and (leaf.dtype.is_integer or leaf.dtype.is_floating) for leaf in leaves
        ):
            return False
        if not keras.src.trainers.trainer.model_supports_jit(self._model):
            return False
        if tf.config.list_logical_devices("GPU"):
            return True
        # What the graph holds, not which layers made it: a convolution may hide in a layer of the user's own.
        graph = self._one.get_concrete_function(batch).graph.as_graph_def()
        nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
        return not any(node.op.startswith(_SLOW_ON_CPU) for node in nodes)


def _bare(batch):
    """Returns a batch with None for the empty Optionals that stand in Keras's own datasets."""
    absent = tf.experimental.Optional
    return tf.nest.map_structure(lambda leaf: None if isinstance(leaf, absent) else leaf, batch)


def _at(block, number):
    return tf.nest.map_structure(lambda values: None if values is None else values[number], block)


def _present(batch):
    return [leaf for leaf in tf.nest.flatten(batch) if leaf is not None]


def _pull(iterator, like, room, limit):
    """Takes batches until `limit`, the end of the data or one that is not like the others.

    Args:
        iterator: A `tf.data.Iterator`.
        like: (dtype, *shape) of each tensor of a batch.
        room: int, the size of the block, whether or not it is filled: XLA compiles for one shape.
        limit: Scalar int tensor, up to `room`.

    Returns:
        [room, *shape] tensors, the number of batches in them, an Optional of
        the batch that is unlike the others, and whether the data ended.
    """
    nothing = tf.experimental.Optional.empty(iterator.element_spec)  # pyright: ignore[reportAttributeAccessIssue]: no stub
    arrays = [tf.TensorArray(dtype, room, element_shape=shape) for dtype, *shape in like]

    def alike(batch):
        shapes = [tf.equal(tf.shape(leaf), shape) for leaf, (_, *shape) in zip(_present(batch), like, strict=True)]
        return tf.reduce_all(tf.concat(shapes, 0))

    def take(count, going, odd, arrays):
        del going, odd
        batch = iterator.get_next_as_optional()

        def write():
            leaves = _present(_bare(batch.get_value()))
            return [
                array.write(count, tf.ensure_shape(leaf, shape))
                for array, leaf, (_, *shape) in zip(arrays, leaves, like, strict=True)
            ]

        fits = tf.cond(batch.has_value(), lambda: alike(_bare(batch.get_value())), lambda: False)
        arrays = tf.cond(fits, write, lambda: arrays)
        return count + tf.cast(fits, tf.int32), fits, tf.cond(fits, lambda: nothing, lambda: batch), arrays

    count, going, odd, arrays = tf.while_loop(
        lambda count, going, *_: tf.logical_and(going, count < limit),
        take,
        (tf.constant(0), tf.constant(True), nothing, arrays),
    )
    ended = tf.logical_not(tf.logical_or(going, odd.has_value()))
    return [array.stack() for array in arrays], count, odd, ended
