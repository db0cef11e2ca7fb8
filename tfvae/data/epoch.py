"""The number of the current pass over the data, which shuffled datasets read.

A run resumes exactly only if the order of the data is a function of (seed,
number of the pass). `tf.data` doesn't know the number, so one variable holds it: a
dataset reads it as a pass begins, and advances it as the pass ends (`passes`), so that
the next pass has another order. `VAE.fit` sets it as each epoch begins, and evaluation sets it
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


# Renewed when the number is set, not advanced: a pass that began before it doesn't advance it any more.
_setting = [object()]


def setting():
    """Returns an object that stands for the last time when the number was set, for comparing with `is`."""
    return _setting[0]


def set_to(number):
    """Sets the number of the next pass."""
    variable().assign(number)
    _setting[0] = object()


@contextlib.contextmanager
def at(number):
    """Numbers the passes that begin within from `number` on; later ones are numbered as if nothing had been read."""
    before = variable().numpy(), setting()
    set_to(number)
    try:
        yield
    finally:
        variable().assign(before[0])
        _setting[0] = before[1]


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
            set_to(number)
        self._told = True
