"""Columns of values in an order."""

import math

from tfvae.data.columns import kind


@kind.kind
class Ordinal:
    """Values in an order, without distances, such as grades; another one is refused, within a graph missing.

    x = k / (levels - 1) for the k-th word

    Args:
        words: All values, the lowest first.

    Raises:
        ValueError: There are fewer than two, or one twice.

    >>> Ordinal(["low", "middle", "high"]).numbers(["high", "low", None]).tolist()
    [2.0, 0.0, nan]
    """

    words: tuple

    ordered = True
    step = None
    unknown = math.nan
    offset = 0.0

    def __post_init__(self):
        """Checks the words."""
        object.__setattr__(self, "words", kind.words("words", self.words))

    @property
    def named(self):
        """The words."""
        return self.words

    @property
    def levels(self):
        """How many words there are."""
        return len(self.words)

    @property
    def scale(self):
        """The highest code, at which x is 1."""
        return float(len(self.words) - 1)

    def learned(self, cells):
        """Returns the column: the words are given."""
        del cells
        return self

    def numbers(self, cells):
        """Returns float64 [N], the place in the order."""
        return kind.codes(cells, self.words, self.unknown)

    def cells(self, numbers):
        """Returns the words."""
        return kind.chosen(numbers, self.words)

    def summary(self):
        """Returns the words in their order."""
        return " < ".join(map(str, self.words))
