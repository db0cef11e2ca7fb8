"""How far a model's training has come: counts of its own, which outlive an optimizer."""

import keras
import tensorflow as tf


class Progress:
    """Train steps and epochs over the whole life of a model.

    Schedules follow `steps`, and not the optimizer's: `compile` with another
    optimizer would begin a warm-up again. Datasets follow `epochs`, so that a
    second `fit` reads its data in an order of its own. Both are in the model's
    files, as the state of its random streams is; they are no weights.

    Attributes:
        steps: Train steps that were applied, an int64 variable; batches whose gradients are accumulated are one step.
        epochs: Epochs of `fit` that were begun, an int64 variable.
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
        """Counts train steps, a scalar integer tensor."""
        self.steps.assign(self.steps + tf.cast(steps, "int64"))

    def begin_epoch(self, epoch):
        """Counts an epoch.

        Args:
            epoch: Its number in this `fit`, from 0. A training that goes on at a later epoch, with a model that
                doesn't know of those before, has begun as many.

        Returns:
            The number of the epoch in the life of the model, from 0.
        """
        number = max(epoch, int(keras.ops.convert_to_numpy(self.epochs)))
        self.epochs.assign(number + 1)
        return number
