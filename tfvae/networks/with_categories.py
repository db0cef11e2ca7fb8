"""Any network, given the rows of a table: categories as one-hot vectors, and what is missing told apart."""

from typing import Any

from keras import ops

from tfvae import arguments
from tfvae.component import Component, register
from tfvae.networks.conditional import takes_condition


def columns_size(levels):
    """Returns the number of features that `WithCategories` makes of a row.

    >>> columns_size((None, 3))
    5
    """
    return sum(2 if count is None else count for count in levels)


@register
class WithCategories(Component):
    """Passes a row to a network, each column as what its kind is; a missing cell, NaN, is 0 throughout.

    a number: [value, 1 where it is there];  a category: one-hot over its values, all 0 where it is missing

    The encoder of a model whose likelihood is `families.Columns`. For numbers it is `WithMask`.

    Args:
        network: A Keras model of `columns_size(levels)` features. One that takes a condition goes around this one.
        levels: For each column how many values it has, x = k / (levels - 1), or None for a number.

    Raises:
        ValueError: `network` can't be called or takes a condition, or `levels` is no such list.

    >>> from tfvae.networks import linear
    >>> WithCategories(linear((5,)), (None, 3))(ops.array([[0.5, 1.0], [float("nan"), 0.0]])).numpy().tolist()
    [[0.5, 1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0, 0.0]]
    """

    def __init__(self, network, levels, **kwargs):
        super().__init__(**kwargs)
        if not callable(network) or takes_condition(network):
            expected = (
                "a Keras model without a condition, such as networks.mlp_encoder((networks.columns_size(levels),))"
            )
            raise arguments.invalid("network", expected, network)
        listed = isinstance(levels, list | tuple) and levels
        if not listed or not all(
            count is None or (isinstance(count, int) and not isinstance(count, bool) and count >= 2) for count in levels
        ):
            raise arguments.invalid("levels", "None or an int >= 2 for each column, such as (None, 3)", levels)
        self.network: Any = network
        self.levels = tuple(levels)

    def call(self, x, training=None):
        """Returns the network's features for x [B, C]."""
        x = ops.cast(x, self.compute_dtype)
        there = ops.logical_not(ops.isnan(x))
        x, there = ops.where(there, x, ops.zeros_like(x)), ops.cast(there, self.compute_dtype)
        pieces = []
        for place, count in enumerate(self.levels):
            cell, known = x[:, place : place + 1], there[:, place : place + 1]
            if count is None:
                pieces += [cell, known]
            else:
                code = ops.round(cell * (count - 1))
                pieces.append(ops.cast(code == ops.arange(count, dtype=code.dtype), self.compute_dtype) * known)
        return self.network(ops.concatenate(pieces, axis=-1), training=training)
