"""Columns of two values."""

import math

import numpy as np

from tfvae.data.columns import kind


@kind.kind
class Binary:
    """Two values, such as no and yes; a third one is refused, within a graph missing.

    Args:
        words: The two, of which the first is 0; None is learned.

    Raises:
        ValueError: There are other than two.

    >>> import numpy as np
    >>> Binary().learned(np.array([True, False, True]))
    Binary(words=(False, True))
    """

    words: tuple | None = None

    levels = 2
    ordered = True
    step = None
    unknown = math.nan
    offset, scale = 0.0, 1.0

    def __post_init__(self):
        """Checks the words."""
        if self.words is not None:
            found = kind.words("words", self.words)
            if len(found) != 2:
                raise ValueError(
                    "Invalid value for argument `words`. Expected two words. Received: "
                    f"{len(found)}. Of more, use Categorical() or Ordinal([...])."
                )
            object.__setattr__(self, "words", found)

    @property
    def named(self):
        """The two words."""
        return self.words

    def learned(self, cells):
        """Returns the column with the two words of cells, in their order."""
        if self.words is not None:
            return self
        found = {kind.key(cell): cell for cell in cells}
        if set(found) <= {"True", "False"}:
            return Binary((False, True))
        if set(found) <= {"0", "1"}:
            return Binary((0, 1))
        if len(found) != 2:
            raise ValueError(
                f"Expected two different values in a Binary column. Received: {len(found)} in the training split. Use "
                "Binary([first, second]), or Categorical()."
            )
        return Binary(tuple(np.array(found[name]).item() for name in sorted(found)))

    def numbers(self, cells):
        """Returns float64 [N], 0 or 1."""
        return kind.codes(cells, self.words, self.unknown)

    def cells(self, numbers):
        """Returns the words."""
        return kind.chosen(numbers, self.words)

    def summary(self):
        """Returns the two words."""
        return " or ".join(map(str, self.words or ()))
