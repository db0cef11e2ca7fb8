"""A model's own counts of train steps and epochs, which outlive an optimizer."""

import keras
import tensorflow as tf


class Progress:
    """Train steps and epochs over the whole life of a model.

    Schedules follow `steps`, not the optimizer's iterations: `compile` with
    another optimizer would restart a warm-up. Datasets follow `epochs`, so that a
    second `fit` reads its data in a different order. Both are stored in the model's
    files, like the state of its random streams, but they are not weights.

    Attributes:
        steps: Train steps applied, an int64 variable; batches whose gradients are accumulated count as one step.
        epochs: Epochs of `fit` begun, an int64 variable.
    """

    def __init__(self):
        # Every replica takes the same decisions, so each keeps the same counts.
        options = {
            "shape": (),
            "initializer": "zeros",
            "dtype": "int64",
            "trainable": False,
            "aggregation": "only_first_replica",
        }
        self.steps = keras.Variable(name="train_steps", **options)
        self.epochs = keras.Variable(name="train_epochs", **options)

    @property
    def variables(self):
        """The two counts."""
        return [self.steps, self.epochs]

    def advance(self, steps):
        """Adds `steps`, a scalar integer tensor, to the count of train steps."""
        self.steps.assign(self.steps + tf.cast(steps, "int64"))

    def begin_epoch(self, epoch):
        """Counts an epoch.

        Args:
            epoch: Its number in this `fit`, from 0. If a training continues at a later epoch with a model that has
                no record of the earlier ones, they count as begun.

        Returns:
            The number of the epoch in the life of the model, from 0.
        """
        number = max(epoch, int(keras.ops.convert_to_numpy(self.epochs)))
        self.epochs.assign(number + 1)
        return number
