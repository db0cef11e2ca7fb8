"""The number of the pass over the data, which shuffled datasets read.

A run resumes exactly only if the order of the data is a function of (seed,
number of the pass). `tf.data` doesn't know the number, so there is one variable
for it: a dataset reads it as a pass begins, and moves it on as it ends, so that
the next pass has another order. `VAE.fit` sets it as each epoch begins, and whatever
evaluates has it say "in the order of the input". It is one for the process, so
a dataset keeps its order through `map`, `zip` or `take`, and the model needs no
reference to the dataset. A dataset without end goes by the train steps before
the epoch in the same way.
"""

import contextlib
import functools

import keras
import tensorflow as tf

#: In place of a number: the examples come as they were given, and the number stays.
IN_ORDER = -1


@functools.cache
def variable():
    """Returns the number of the next pass, an int64 scalar variable on the CPU, where pipelines run."""
    with tf.init_scope(), tf.device("CPU:0"):
        return tf.Variable(tf.constant(0, tf.int64), trainable=False, name="tfvae_epoch")


class Passes:
    """The passes over one dataset: each reads its number as it begins, and has the next one follow as it ends.

    Several that run side by side, such as a dataset zipped with what `map` made
    of it, so have one number and one order. A pass that isn't read to its end
    is a look, and counts for nothing.
    """

    def __init__(self):
        with tf.init_scope(), tf.device("CPU:0"):
            self._number = tf.Variable(tf.constant(IN_ORDER, tf.int64), trainable=False, name="tfvae_pass")

    def begin(self):
        """Begins a pass, within a pipeline: returns its number, `IN_ORDER` or from 0 on."""
        return self._number.assign(tf.identity(variable()))

    def _end(self, _):
        number, here = tf.identity(self._number), tf.identity(variable())
        counts = tf.logical_and(number > IN_ORDER, here > IN_ORDER)
        with tf.control_dependencies([variable().assign(tf.where(counts, tf.maximum(here, number + 1), here))]):
            return tf.constant(False)

    def over(self, dataset, batches):
        """Returns the dataset of a pass, of so many batches, that knows when it is at its end."""

        def nothing(_):
            return tf.nest.map_structure(
                lambda spec: tf.zeros([size or 0 for size in spec.shape], spec.dtype), dataset.element_spec
            )

        # Whoever asks for one more batch than there is comes by here.
        end = tf.data.Dataset.range(1).filter(self._end).map(nothing)
        return dataset.concatenate(end).apply(tf.data.experimental.assert_cardinality(batches))


@contextlib.contextmanager
def at(number):
    """Has the passes that begin within be numbered from here; those after it are, as if nothing had been read."""
    before = variable().numpy()
    variable().assign(number)
    try:
        yield
    finally:
        variable().assign(before)


def in_order():
    """Has every pass that begins within read the examples in the order of the input, whatever a dataset's `shuffle`."""
    return at(IN_ORDER)


@functools.cache
def step():
    """Returns the number of train steps before the current epoch, an int64 scalar variable on the CPU."""
    with tf.init_scope(), tf.device("CPU:0"):
        return tf.Variable(tf.constant(0, tf.int64), trainable=False, name="tfvae_step")


def steps():
    """Returns a dataset of the numbers of the train steps from here on, int64, without end."""
    # The variable is read when the iteration begins, not when the dataset is made.
    here = tf.data.Dataset.range(1).flat_map(lambda _: tf.data.Dataset.range(step(), tf.int64.max))
    return here.repeat()  # which is what makes tf.data know that it has no end


class SetEpoch(keras.callbacks.Callback):
    """Tells the datasets, as each epoch begins, which one of the model's life it is.

    `VAE.fit` adds this callback, behind all others: what those read of a dataset is then no pass of the training's.

    Args:
        one_iterator: Whether one iterator goes through all epochs, as with `steps_per_epoch`. Passes then begin amid
            an epoch, and count by themselves from the first on.
    """

    def __init__(self, one_iterator=False):
        super().__init__()
        self._one_iterator = one_iterator

    def on_train_begin(self, logs=None):
        """A training begins."""
        del logs
        self._told = False

    def on_epoch_begin(self, epoch, logs=None):
        """Tells the datasets."""
        del logs
        number = self.model.progress.begin_epoch(epoch)
        step().assign(number * (self.params.get("steps") or 0))
        if not (self._one_iterator and self._told):
            variable().assign(number)
        self._told = True
