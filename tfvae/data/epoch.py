"""The number of the current pass over the data, which shuffled datasets read.

A run resumes exactly only if the order of the data is a function of (seed,
number of the pass). `tf.data` doesn't know the number, so one variable holds it: a
dataset reads it as a pass begins, and advances it as the pass ends, so that the next
pass has another order. `VAE.fit` sets it as each epoch begins, and evaluation sets it
to mean "in the order of the input". There is one variable per process, so a dataset
keeps its order through `map`, `zip` or `take`, and the model needs no reference to the
dataset. An endless dataset uses the number of train steps before the epoch in the same
way.
"""

import contextlib
import functools

import keras
import tensorflow as tf

#: In place of a number: the examples come as they were given, and the number doesn't advance.
IN_ORDER = -1


@functools.cache
def variable():
    """Returns the number of the next pass, an int64 scalar variable on the CPU, where pipelines run."""
    with tf.init_scope(), tf.device("CPU:0"):
        return tf.Variable(tf.constant(0, tf.int64), trainable=False, name="tfvae_epoch")


class Passes:
    """The passes over one dataset: each reads its number as it begins, and advances it as it ends.

    Passes that run side by side, such as a dataset zipped with a `map` of it, thus
    share one number and one order. A pass that isn't read to its end is a peek, and
    doesn't count.
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
        """Returns the dataset of a pass of `batches` batches, which advances the number at its end."""

        def nothing(_):
            return tf.nest.map_structure(
                lambda spec: tf.zeros([size or 0 for size in spec.shape], spec.dtype), dataset.element_spec
            )

        # Reached by whoever asks for one more batch than there is.
        end = tf.data.Dataset.range(1).filter(self._end).map(nothing)
        return dataset.concatenate(end).apply(tf.data.experimental.assert_cardinality(batches))


@contextlib.contextmanager
def at(number):
    """Numbers the passes that begin within from `number` on; later ones are numbered as if nothing had been read."""
    before = variable().numpy()
    variable().assign(number)
    try:
        yield
    finally:
        variable().assign(before)


def in_order():
    """Makes every pass that begins within read the examples in the order of the input, whatever the `shuffle`."""
    return at(IN_ORDER)


@functools.cache
def step():
    """Returns the number of train steps before the current epoch, an int64 scalar variable on the CPU."""
    with tf.init_scope(), tf.device("CPU:0"):
        return tf.Variable(tf.constant(0, tf.int64), trainable=False, name="tfvae_step")


def steps():
    """Returns an endless dataset of the numbers of the train steps from here on, int64."""
    # The variable is read when the iteration begins, not when the dataset is made.
    here = tf.data.Dataset.range(1).flat_map(lambda _: tf.data.Dataset.range(step(), tf.int64.max))
    return here.repeat()  # tells tf.data that it is endless


class SetEpoch(keras.callbacks.Callback):
    """Tells the datasets, as each epoch begins, its number over the model's lifetime.

    `VAE.fit` adds this callback after all others: what those read from a dataset then doesn't count as a training pass.

    Args:
        one_iterator: Whether one iterator goes through all epochs, as with `steps_per_epoch`. Passes then begin
            mid-epoch, and count themselves from the first on.
    """

    def __init__(self, one_iterator=False):
        super().__init__()
        self._one_iterator = one_iterator

    def on_train_begin(self, logs=None):
        """Forgets what the datasets were told in an earlier training."""
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
