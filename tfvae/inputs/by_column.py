"""x as a model is given it, where it is rows of a table: a dict of columns, read into numbers here, and given back."""

import numpy as np
import tensorflow as tf

from tfvae.arguments import kinds
from tfvae.data import cells


class ByColumn:
    """An x that is {name: cells} or a DataFrame outside, or rows [B, C] of numbers, and these rows inside.

    Args:
        model: A `LatentVariableModel` whose preprocessing knows columns.
    """

    named = True  # whether x may be a dict

    def __init__(self, model):
        self._step = model.preprocessing
        self._dtype = model.float_dtype

    def read(self, argument, x):
        """Returns a raw batch as rows [B, C], float64 where it is a dict.

        Args:
            argument: Its name, for errors.
            x: {name: [B] cells}, of which some may be left out, a DataFrame, or [B, C].

        Raises:
            ValueError: Another column than the table's, columns of unequal length, or cells of another kind.
        """
        if isinstance(x, dict) and x and all(tf.is_tensor(each) for each in x.values()):
            return self._in_graph(argument, x)
        if isinstance(x, dict) or cells.is_frame(x):
            if isinstance(x, dict):
                self._step.known(argument, x)
            return self._step.rows(argument, cells.of(x))
        kinds.check(argument, x)
        return x

    def _in_graph(self, argument, x):
        self._step.known(argument, {name: np.empty(each.shape[0] or 0) for name, each in x.items()})
        first = next(iter(x.values()))
        gone = tf.fill(tf.shape(first)[:1], tf.constant(np.nan, tf.float64))
        found = [self._step.numbers(name, x[name]) if name in x else gone for name in self._step.columns]
        return tf.stack(found, axis=1)

    def gathered(self, argument, x):
        """Returns a dict of columns or a DataFrame as rows in memory, and anything else as it is."""
        return self.read(argument, x) if isinstance(x, dict) or cells.is_frame(x) else x

    def spec(self, argument, spec):
        """Returns the shape of rows for the x of a dataset's batches."""
        if isinstance(spec, dict):
            self._step.known(argument, {name: () for name in spec})
            return tf.TensorSpec([None, len(self._step.columns)], self._dtype)
        kinds.check(argument, spec)
        return tf.nest.flatten(spec)[0]

    def log_jacobian(self, x):
        """Returns what turns the sum of the log densities of a batch into those in the columns' units, in nats.

        Args:
            x: [B, C] as `preprocess` returns it; only cells that are there count.
        """
        return float(np.sum(~np.isnan(x) * self._step.log_jacobians()))

    def shown(self, x):
        """Returns {name: [...]} in the columns' dtypes for x [..., C]; within a graph numbers, of words the codes."""
        if not tf.is_symbolic_tensor(x):
            return self._step.cells(x)
        return dict(zip(self._step.columns, tf.unstack(self._step.raw(x), axis=-1), strict=True))

    def predicted(self, found):
        """Returns columns in their own dtypes, of what `shown` gave within the graph of `predict`."""
        return {name: self._step.columns[name].cells(numbers) for name, numbers in found.items()}
