"""The likelihood of a row of a table: a family for each column, any cell of which may be missing."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments
from tfvae.component import register
from tfvae.families import side_by_side
from tfvae.families.family import Family
from tfvae.families.observed import Observed

tfd = tfp.distributions


class OfColumns(tfd.Blockwise):
    """Independent laws of the columns over a row [C], whose log density is of the cells that are there.

    Args:
        laws: {name: its law, over events of shape (1,)}.
        levels: {name: how many values the column has, or None}.

    Attributes:
        columns: {name: its law}.
        levels: As given.
    """

    def __init__(self, laws: dict[str, Any], levels):
        self.columns, self.levels = laws, levels
        super().__init__(list(laws.values()))

    def log_probabilities(self, name):
        """Returns [..., L], the log probability of each value of a column that has L."""
        count, law = self.levels[name], self.columns[name]
        axes = [count, *[1] * law.batch_shape.rank, 1]
        values = tf.reshape(tf.range(count, dtype=law.dtype) / (count - 1), axes)
        return tf.stack(tf.unstack(law.log_prob(values), num=count), axis=-1)

    def _mean(self):
        return tf.concat([self._middle(name) for name in self.columns], axis=-1)

    def _middle(self, name):
        if self.levels[name] is None:
            return self.columns[name].mean()
        best = tf.expand_dims(tf.argmax(self.log_probabilities(name), axis=-1), -1)
        return tf.cast(best, self.dtype) / (self.levels[name] - 1)


@register
class Columns(Family):
    """p(x|z) of a row of a table, a family for each of its columns; NaN marks a cell that is missing.

    log p(x|z) = sum over the cells c that are there of log p_c(x_c|z)

    This is exact, as cells are independent given z. A column is one number of x: a family of `event_shape` (1,), such
    as `Normal`, `RoundedLogistic` for whole numbers, `Bernoulli`, `Categorical` for words and `OrderedLogistic` for
    words in an order, of which x = k / (levels - 1). The mean of such a column is its most probable value: the mean of
    the places of words in a list would be no word.

    Reference: Nazabal et al. (2020), Handling incomplete heterogeneous data using VAEs, arXiv 1807.03653, section 2.

    Args:
        families: {name: `families.Family` of event_shape (1,)}, in the order of the columns of x.

    Raises:
        ValueError: `families` is no such dict, or holds a family that `Observed` can't be of.

    >>> import math
    >>> from tfvae.families import Bernoulli, Normal
    >>> likelihood = Columns({"age": Normal((1,), scale=1.0), "smokes": Bernoulli((1,))})
    >>> law = likelihood.distribution(tf.zeros([2, 8]))
    >>> [round(float(value), 4) for value in law.log_prob([[0.0, 1.0], [math.nan, 1.0]])]
    [-1.6121, -0.6931]
    """

    takes_missing = True

    def __init__(self, families, **kwargs):
        good = isinstance(families, dict) and families and all(isinstance(each, Family) for each in families.values())
        if not good or any(each.event_shape != (1,) for each in families.values()):
            expected = "a dict of a family of event_shape (1,) for each column, such as {'age': families.Normal((1,))}"
            raise arguments.invalid("families", expected, families)
        super().__init__((len(families),), **kwargs)
        self.families = dict(families)
        self._there = [
            each if each.takes_missing else Observed(each, dtype=each.dtype_policy) for each in families.values()
        ]
        side_by_side.take_knowledge(self, self._there)
        self._levels = {name: family.levels for name, family in families.items()}

    @property
    def measure(self):
        """The measures of the families, in order."""
        return side_by_side.measure(self._there)

    def head_shapes(self):
        """Returns the parameters of every family, numbered."""
        return side_by_side.head_shapes(self._there)

    def constrain(self, raw):
        """Returns the parameters of every family, numbered."""
        return side_by_side.constrain(self._there, raw)

    def build_distribution(self, **parameters):
        """Returns the families' distributions as one over the row, whose log density is of what is there."""
        pieces = zip(self.families, self._there, side_by_side.split(self._there, parameters), strict=True)
        return OfColumns({name: family.build_distribution(**each) for name, family, each in pieces}, self._levels)

    def in_support(self, x):
        """Returns [B] bool, whether what is there of each row is in the support of its column."""
        cells = tf.split(x, len(self._there), axis=-1)
        inside = [family.in_support(cell) for family, cell in zip(self._there, cells, strict=True)]
        return tf.reduce_all(inside, axis=0)
