"""The passes over one dataset: each reads its number as it begins, and advances it as it ends.

Passes that run side by side, such as a dataset zipped with a `map` of it, thus share
one number and one order. A pass ends when its last batch has been read, or when its
iterator is dropped before.

The first end is seen within the pipeline. The second isn't: of all of `tf.data` only
`GeneratorDataset` runs something when an iterator is destroyed, and its kernel sets
the memory allocator of the process such that a train step on a CPU takes 1.7 times as
long (dense 28 ms -> 48, convolutional 126 ms -> 219). So the iterator in Python is watched: that of the
dataset, and that of what its own methods make of it (`map`, `take`, `prefetch`, ...).
What `tf.data.Dataset.zip` and the like make of several datasets counts at its end.
"""

import functools
import weakref

import tensorflow as tf

from tfvae.data import epoch

#: The methods of a dataset that make another of it alone, with at most one pass over it in a pass over that.
ALONE = (
    *("apply", "batch", "enumerate", "filter", "map", "padded_batch", "prefetch", "rebatch"),
    *("shard", "skip", "take", "take_while", "unbatch", "with_options"),
)


class Passes:
    """The passes over one dataset."""

    def __init__(self):
        with tf.init_scope(), tf.device("CPU:0"):
            self._number = tf.Variable(tf.constant(epoch.IN_ORDER, tf.int64), trainable=False, name="tfvae_pass")

    def begin(self):
        """Begins a pass, within a pipeline: returns its number, `IN_ORDER` or from 0 on."""
        return self._number.assign(tf.identity(epoch.variable()))

    def _end(self):
        number, here = tf.identity(self._number), tf.identity(epoch.variable())
        counts = tf.logical_and(number > epoch.IN_ORDER, here > epoch.IN_ORDER)
        return epoch.variable().assign(tf.where(counts, tf.maximum(here, number + 1), here))

    def over(self, dataset, batches):
        """Returns the dataset of a pass of `batches` batches, which advances the number at its end."""

        def end(_):
            with tf.control_dependencies([self._end()]):
                return tf.constant(False)

        def nothing(_):
            return tf.nest.map_structure(
                lambda spec: tf.zeros([size or 0 for size in spec.shape], spec.dtype), dataset.element_spec
            )

        # Reached by whoever asks for one more batch than there is.
        last = tf.data.Dataset.range(1).filter(end).map(nothing)
        return dataset.concatenate(last).apply(tf.data.experimental.assert_cardinality(batches))

    def watch(self, dataset):
        """Returns the dataset itself, the passes over which end when its iterator is dropped, too."""
        dataset.__class__ = _watched(type(dataset))
        dataset.passes = self
        return dataset

    def watch_iterator(self, iterator):
        """Ends the pass of an iterator when that is dropped, unless the number has been set since."""
        weakref.finalize(iterator, self._drop, epoch.setting()).atexit = False

    def _drop(self, setting):
        if setting is epoch.setting():
            with tf.init_scope():  # an iterator may be dropped while something is traced
                self._end()


@functools.cache
def _watched(kind):
    """Returns the class of a dataset with its iterators watched, and those of the datasets that are made of it."""

    def __iter__(self):
        iterator = kind.__iter__(self)
        if tf.executing_eagerly():
            self.passes.watch_iterator(iterator)
        return iterator

    def making(name):
        method = getattr(kind, name)

        @functools.wraps(method)
        def make(self, *arguments, **named):
            made = method(self, *arguments, **named)
            # `apply` may also return a dataset that stands for another, or no dataset at all.
            return self.passes.watch(made) if type(made).__iter__ is tf.data.Dataset.__iter__ else made

        return make

    return type(kind.__name__, (kind,), {"__iter__": __iter__, **{name: making(name) for name in ALONE}})
