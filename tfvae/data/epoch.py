"""The epoch that shuffled datasets read.

A run resumes exactly only if the order of the data is a function of (seed,
epoch). `tf.data` doesn't know the epoch, so there is one variable for it: a
dataset's shuffle reads it, and `VAE.fit` sets it as each epoch begins. It is
one for the process, so a dataset keeps its order through `map`, `zip` or
`take`, and the model needs no reference to the dataset. A dataset without end
goes by the train steps before the epoch in the same way.
"""

import functools

import keras
import tensorflow as tf


@functools.cache
def variable():
    """Returns the process's epoch, an int64 scalar variable on the CPU, where pipelines run."""
    with tf.init_scope(), tf.device("CPU:0"):
        return tf.Variable(tf.constant(0, tf.int64), trainable=False, name="tfvae_epoch")


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
    """Sets the epoch as it begins. `VAE.fit` adds this callback by itself."""

    def on_epoch_begin(self, epoch, logs=None):
        """Tells the datasets."""
        del logs
        variable().assign(epoch)
        step().assign(epoch * (self.params.get("steps") or 0))
