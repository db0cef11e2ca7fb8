"""The batches of a dataset that is in memory, many of them with one gather.

`fit` reads a dataset of `from_array` this way, not through its `tf.data` pipeline,
which hands over one batch after another: of an MLP's epoch of 1.2 s, the pipeline takes
0.11 s, iterators included, and this 0.02 s.
"""

import weakref

import tensorflow as tf

from tfvae.data import epoch
from tfvae.data.blocks import Block

_OF = weakref.WeakKeyDictionary()


class Resident:
    """The parts of `from_array`'s pipeline.

    Args:
        gathers: For each array, rows [B] -> the array's rows, a tensor.
        assemble: The outputs of `gathers` -> a batch.
        order: epoch -> [N] positions.
        steps: Batches per epoch.
        whole: How many of them have B examples; the last may be smaller.
        batch_size: B.
        count: N.
        incomplete: Positions of the examples in which entries are missing.
    """

    def __init__(self, gathers, assemble, order, steps, whole, batch_size, count, incomplete):
        self.gathers = gathers
        self.assemble = assemble
        self.order = order
        self.batch_size = batch_size
        self.count = count
        self.incomplete = incomplete
        self.whole = whole
        self.steps = steps

    def numbers(self):
        """Returns a dataset with as many elements as there are batches, whose iterators cost nothing."""
        dataset, options = tf.data.Dataset.range(self.steps), tf.data.Options()
        options.autotune.enabled = False
        return dataset.with_options(options)


class Epoch:
    """One epoch of a `Resident`: the one that is current when this is made."""

    def __init__(self, resident):
        self._resident = resident
        self._number = 0
        self._positions = resident.order(epoch.variable())

    def _read(self, batches):
        start = self._number * self._resident.batch_size
        self._number += batches
        rows = self._positions[start : start + batches * self._resident.batch_size]
        return [gather(rows) for gather in self._resident.gathers]

    def next(self):
        """Returns the next batch, or None at the end."""
        return self._resident.assemble(self._read(1)) if self._number < self._resident.steps else None

    def block(self, like, room, limit):
        """Returns a `Block`, as `blocks.Pulled.block` does."""
        count = max(0, min(limit, self._resident.whole - self._number))
        if not count:
            odd = self.next()
            return Block(None, 0, odd, odd is None)
        size = self._resident.batch_size
        stacks = [tf.reshape(value, [count, size, *value.shape[1:]]) for value in self._read(count)]
        if count < room:
            stacks = [tf.pad(stack, [[0, room - count]] + [[0, 0]] * (stack.shape.rank - 1)) for stack in stacks]
        return Block(self._resident.assemble(stacks), count, None, False)


class Epochs:
    """An `Epoch` for each iterator over a `Resident`'s numbers, as Keras makes one for each of its epochs."""

    def __init__(self, resident):
        self._resident = resident
        self._iterator = self._epoch = None

    def over(self, iterator):
        """Returns the `Epoch` of an iterator, at the place where it was left."""
        if iterator is not self._iterator:
            self._iterator, self._epoch = iterator, Epoch(self._resident)
        return self._epoch


def keep(dataset, resident):
    """Remembers what a dataset is made of."""
    _OF[dataset] = resident


def of(dataset):
    """Returns the `Resident` of a dataset, or None: the results of `map`, `take` and the like have none."""
    return _OF.get(dataset) if isinstance(dataset, tf.data.Dataset) else None
