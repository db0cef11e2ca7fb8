"""How steps are run: many at a time, in one XLA program where that pays.

Keras calls its train function once an execution and gives it the iterator. The
one here takes a block of batches, as small as they come (uint8), and runs the
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

from tfvae import blocks, guard, xla
from tfvae.data import resident

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


@contextlib.contextmanager
def reading(model, source):
    """Has the train function read a `Resident` within, not what Keras iterates over; None changes nothing."""
    model.epochs = None if source is None else resident.Epochs(source)
    try:
        yield
    finally:
        model.epochs = None  # which would keep the data in memory


def source(model, x, steps_per_epoch=None, class_weight=None, **others):
    """Returns the `Resident` that `fit` reads in place of a dataset, or None.

    Args:
        model: The `VAE`.
        x: What `fit` was given.
        steps_per_epoch: As for `fit`; so many needn't be all of the data.
        class_weight: As for `fit`; Keras maps it over the dataset.
        **others: What else `fit` was given.
    """
    del others
    as_it_is = steps_per_epoch is None and class_weight is None
    return resident.of(x) if as_it_is and in_one_place(model) and not model.run_eagerly else None


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
        self._learns = learns
        asked = model.asked["jit_compile"]
        self._asked = None if asked == "auto" and learns else asked is True and model.jit_compile
        self.blocks = 0
        self._suits: Any = None
        # A function of its own for each instance: TensorFlow warns of retracing by the identity of what it wraps.
        self._one = tf.function(lambda batch: step(batch), autograph=False, reduce_retracing=True)
        self._program = tf.function(self._loop, autograph=False, jit_compile=True)
        self._many = tf.function(self._guarded, autograph=False)
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
            batch = blocks.bare(next(iterator))
            self._model.unpack(batch)  # labels have values here, which they haven't within the graph
            return self._one(batch)
        epochs = self._model.epochs if self._learns else None
        source = blocks.Pulled(iterator) if epochs is None else epochs.over(iterator)
        taken, wanted, ended = 0, self._model.steps_per_execution, False
        while taken < wanted and not ended:
            if self._like is None:
                odd = source.next()
                block = blocks.Block(None, 0, odd, odd is None)
            else:
                room = self._room()
                block = source.block(self._like, room, min(wanted - taken, room))
            if block.count:
                self._run_many(block)
            if block.odd is not None:
                self._run_one(block.odd)
            taken += block.count + (block.odd is not None)
            ended = block.ended
        if not taken:
            raise StopIteration
        return self._logs

    def _run_one(self, batch):
        self._logs = self._one(batch)
        if self._like is None and self._worthwhile(batch):
            self._like = tf.nest.map_structure(
                lambda leaf: None if leaf is None else tf.TensorSpec.from_tensor(leaf), batch
            )

    def _room(self):
        """Returns the most batches of a block."""
        size = sum(spec.dtype.size * spec.shape.num_elements() for spec in blocks.present(self._like))
        return max(1, min(self._model.steps_per_execution, _BLOCK_BYTES // max(1, size)))

    def _run_many(self, block):
        try:
            before, logs, good = self._many(block.batches, tf.constant(block.count), self._logs)
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
        else:
            self.blocks += 1
            if good:
                self._logs = logs
                return
            # Within the program a step with gradients that are not finite is applied: again, one by one.
            for variable, value in zip(self._variables(), before, strict=True):
                variable.assign(value)
        for number in range(block.count):
            self._logs = self._one(blocks.at(block.batches, number))

    def _guarded(self, batches, count, logs):
        """Runs a block, all in one call: by themselves the reads of a small model take as long as a step.

        Returns:
            What the variables were (shared, not copied, until they change), the
            logs, and whether no step should have been skipped.
        """
        before = [tf.convert_to_tensor(variable) for variable in self._variables()]
        skipped = tf.convert_to_tensor(self._model.skipped_steps.total)
        logs, finite = self._program(batches, count, logs)
        return before, logs, tf.logical_and(finite, tf.equal(self._model.skipped_steps.total, skipped))

    def _variables(self):
        metrics = [variable for metric in self._model.metrics for variable in metric.variables]
        moved = [*self._model.trainable_variables, *self._model.optimizer.variables, *self._model.progress.variables]
        return [*moved, *guard.state(self._model), *metrics]

    def _loop(self, block, count, logs):
        def body(number, _):
            return number + 1, self._step(blocks.at(block, number))

        with xla.program():
            logs = tf.while_loop(lambda number, _: number < count, body, (tf.constant(0), logs))[1]
        state = [*self._model.trainable_variables, *self._model.optimizer.variables]
        # An evaluation changes none of them: what isn't finite shows in its metrics alone.
        state += [] if self._learns else list(logs.values())
        tensors = [tf.convert_to_tensor(variable) for variable in state]
        return logs, guard.all_are_finite([tensor for tensor in tensors if tensor.dtype.is_floating])

    def _worthwhile(self, batch):
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
        leaves = blocks.present(batch)
        if not all(
            isinstance(leaf, tf.Tensor) and (leaf.dtype.is_integer or leaf.dtype.is_floating) for leaf in leaves
        ):
            return False
        if tf.config.list_logical_devices("GPU"):
            return keras.src.trainers.trainer.model_supports_jit(self._model)
        # Keras keeps XLA from all models under op determinism, since it doesn't know some kernels then. On a CPU its
        # programs repeat themselves to the bit, and one that it can't compile is run without.
        if not all(layer.supports_jit for layer in self._model._flatten_layers()):
            return False
        # What the graph holds, not which layers made it: a convolution may hide in a layer of the user's own.
        graph = self._one.get_concrete_function(batch).graph.as_graph_def()
        nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
        return not any(node.op.startswith(_SLOW_ON_CPU) for node in nodes)
