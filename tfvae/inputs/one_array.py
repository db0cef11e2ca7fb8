"""x as a model is given it, where it is one array."""

import numpy as np
import tensorflow as tf

from tfvae.arguments import kinds


class OneArray:
    """An x that is inside what it is outside.

    Args:
        model: A `LatentVariableModel`.
    """

    named = False  # whether x may be a dict

    def __init__(self, model):
        self._model = model

    def read(self, argument, x):
        """Returns raw x as one array, refusing what is none."""
        kinds.check(argument, x)
        return x

    def gathered(self, argument, x):
        """Returns x of `fit` and the like as one array, where it is one in memory; all else as it is."""
        del argument
        return kinds.plain(x)

    def spec(self, argument, spec):
        """Returns the shape of x of a dataset's batches."""
        kinds.check(argument, spec)
        return tf.nest.flatten(spec)[0]

    def log_jacobian(self, x):
        """Returns what turns the sum of the log densities of a batch into those of raw data, in nats.

        Args:
            x: [B, ...] as `preprocess` returns it; where entries are missing, only those that are there count.
        """
        step, likelihood = self._model.preprocessing, self._model.likelihood
        if step is None or likelihood.discrete:
            return 0.0  # a probability is the same in any unit of x
        share = np.mean(~np.isnan(x)) if likelihood.takes_missing else 1.0
        return len(x) * float(share) * step.log_jacobian(likelihood.event_shape)

    def shown(self, x):
        """Returns x as it is given back."""
        return x

    def predicted(self, found):
        """Returns what `predict` found, as it is given back."""
        return found
