"""How steps are run: many at a time, in one XLA program where that pays.

Keras calls its train function once per execution and gives it the iterator. The
one here takes a block of raw batches, still in their compact dtype (uint8), and
runs the model's own step over the block in one compiled loop. The first batch of
each epoch, and any batch of another shape, such as the last, runs by itself in a
plain graph. So the first step doesn't wait for a compiler, and nothing is
compiled for a single batch. How a batch is run follows from its place in the
epoch alone, so a resumed training runs it the same way.
"""

import contextlib
import warnings
from typing import Any

import keras
import tensorflow as tf

from tfvae.data import blocks, resident
from tfvae.devices import xla
from tfvae.training import guard, optimizers

# Train steps in a whole `fit`. Compiling costs 2 to 3 s on two cores, and saves a dense model 2 to 5 ms per step.
_WORTH_COMPILING = 1000
# On a CPU, XLA's own convolutions are many times slower than oneDNN's: more than 6 minutes per epoch instead of 36 s.
_SLOW_ON_CPU = ("Conv", "DepthwiseConv", "_FusedConv")
# Most bytes of raw batches in one block.
_BLOCK_BYTES = 64 << 20


def in_one_place(model):
    """Returns whether one device trains the model, without a distribution strategy."""
    return model._distribute_strategy is None and not tf.distribute.has_strategy()


@contextlib.contextmanager
def executing(model, steps):
    """Runs `steps` steps per execution within the block, unless `compile` was given a number."""
    before = model.steps_per_execution
    if model.asked["steps_per_execution"] == "auto" and in_one_place(model):
        model.steps_per_execution = steps
    try:
        yield
    finally:
        model.steps_per_execution = before


@contextlib.contextmanager
def reading(model, source):
    """Within, the train function reads `source`, a `Resident`, in place of Keras's iterator; None changes nothing."""
    model.epochs = None if source is None else resident.Epochs(source)
    try:
        yield
    finally:
        model.epochs = None  # a reference would keep the data in memory


def source(model, x, steps_per_epoch=None, class_weight=None, **others):
    """Returns the `Resident` that `fit` reads in place of a dataset, or None.

    Args:
        model: The `VAE`.
        x: What `fit` was given.
        steps_per_epoch: As for `fit`; an epoch of that many steps needn't cover all of the data.
        class_weight: As for `fit`; Keras maps it over the dataset.
        **others: The other arguments of `fit`.
    """
    del others
    as_it_is = steps_per_epoch is None and class_weight is None
    return resident.of(x) if as_it_is and in_one_place(model) and not model.run_eagerly else None


class Steps:
    """A train or test function as Keras calls it: iterator -> logs, running `model.steps_per_execution` steps.

    Args:
        model: The `VAE`.
        step: Its `train_step` or `test_step`, data -> logs.
        learns: Whether the step trains. If it does and `compile` was not told
            whether to use XLA, the length of the training and the step's graph
            decide. XLA draws other noise, and `evaluate` must repeat its numbers.

    Attributes:
        blocks: Number of blocks that XLA has run so far.
    """

    def __init__(self, model, step, learns):
        self._model = model
        self._step = step
        self._learns = learns
        asked = model.asked["jit_compile"]
        self._asked = None if asked == "auto" and learns else asked is True and model.jit_compile
        self.blocks = 0
        self._suits: Any = None
        # A separate function for each instance: TensorFlow's retracing warning goes by the identity of what it wraps.
        self._one = tf.function(lambda batch: step(batch), autograph=False, reduce_retracing=True)
        self._program = tf.function(self._loop, autograph=False, jit_compile=True)
        self._many = tf.function(self._guarded, autograph=False)
        self.begin()

    def begin(self):
        """Begins an epoch."""
        self._like: Any = None
        self._logs: Any = None

    def __call__(self, iterator):
        """Runs one execution; it has fewer steps if the data ends.

        Raises:
            StopIteration: There is no batch left.
        """
        if not isinstance(iterator, tf.data.Iterator):  # train_on_batch passes a generator of one batch
            batch = blocks.bare(next(iterator))
            self._model.unpack(batch)  # checks labels, whose values are known here but not within the graph
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
        """Returns the most batches that a block may hold."""
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
            # The program applies steps whose gradients are not finite: undo the block and run it one by one.
            for variable, value in zip(self._variables(), before, strict=True):
                variable.assign(value)
        for number in range(block.count):
            self._logs = self._one(blocks.at(block.batches, number))

    def _guarded(self, batches, count, logs):
        """Runs a block in one call: reading a small model's variables separately takes as long as a step.

        Returns:
            The variables' previous values (shared, not copied, until they change),
            the logs, and whether no step should have been skipped.
        """
        before = [tf.convert_to_tensor(variable) for variable in self._variables()]
        skipped = tf.convert_to_tensor(self._model.skipped_steps.total)
        logs, finite = self._program(batches, count, logs)
        return before, logs, tf.logical_and(finite, tf.equal(self._model.skipped_steps.total, skipped))

    def _variables(self):
        metrics = [variable for metric in self._model.metrics for variable in metric.variables]
        moved = [*self._model.trainable_variables, *optimizers.variables(self._model), *self._model.progress.variables]
        return [*moved, *guard.state(self._model), *metrics]

    def _loop(self, block, count, logs):
        def body(number, _):
            return number + 1, self._step(blocks.at(block, number))

        with xla.program():
            logs = tf.while_loop(lambda number, _: number < count, body, (tf.constant(0), logs))[1]
        state = [*self._model.trainable_variables, *optimizers.variables(self._model)]
        # An evaluation changes none of them: values that aren't finite show only in its metrics.
        state += [] if self._learns else list(logs.values())
        tensors = [tf.convert_to_tensor(variable) for variable in state]
        return logs, guard.all_are_finite([tensor for tensor in tensors if tensor.dtype.is_floating])

    def _worthwhile(self, batch):
        if self._asked is not None:
            return self._asked
        if self._model.steps_per_execution == 1:
            return False  # each batch is watched: a block would be one batch, at twice the cost of a step
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
        # Under op determinism Keras disables XLA for all models, since XLA then lacks some kernels. On a CPU, XLA's
        # programs are bitwise repeatable, and a step that it can't compile is run without it.
        if not all(layer.supports_jit for layer in self._model._flatten_layers()):
            return False
        # Looks at the graph, not at the layers: a convolution may hide in a layer of the user's own.
        graph = self._one.get_concrete_function(batch).graph.as_graph_def()
        nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
        return not any(node.op.startswith(_SLOW_ON_CPU) for node in nodes)
