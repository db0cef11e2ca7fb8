"""Columns of categories without an order."""

import numpy as np

from tfvae.data.columns import kind

#: The word of all categories that the training split doesn't have.
OTHER = "<other>"
_SHOWN = 5  # words in a summary


@kind.kind
class Categorical:
    """Categories without an order, such as a town. Those that the training split doesn't have are one more, `OTHER`.

    x = code / (levels - 1),  code 0 for `OTHER`, then the words in their order

    Args:
        words: The categories; None is learned.

    >>> import numpy as np
    >>> column = Categorical().learned(np.array(["b", "a", "b"], object))
    >>> column, column.numbers(["b", "z", None]).tolist()
    (Categorical(words=('a', 'b')), [2.0, 0.0, nan])
    """

    words: tuple | None = None

    ordered = False
    step = None
    unknown = 0.0
    offset = 0.0

    def __post_init__(self):
        """Checks the words."""
        if self.words is not None:
            object.__setattr__(self, "words", kind.words("words", self.words, least=1))

    @property
    def named(self):
        """`OTHER`, and the words."""
        return None if self.words is None else (OTHER, *self.words)

    @property
    def levels(self):
        """One more than there are words."""
        return None if self.words is None else 1 + len(self.words)

    @property
    def scale(self):
        """The highest code, at which x is 1."""
        return None if self.words is None else float(len(self.words))

    def learned(self, cells):
        """Returns the column with the categories of cells, in their order."""
        if self.words is not None:
            return self
        found = {kind.key(cell): np.array(cell).item() for cell in cells}
        if not found:
            raise ValueError("Expected a word or more in a Categorical column. Received: none in the training split.")
        try:
            return Categorical(tuple(sorted(found.values())))
        except TypeError:  # words and numbers
            return Categorical(tuple(found[name] for name in sorted(found)))

    def numbers(self, cells):
        """Returns float64 [N], the codes."""
        return kind.codes(cells, self.named, self.unknown)

    def cells(self, numbers):
        """Returns the words."""
        return kind.chosen(numbers, self.named)

    def summary(self):
        """Returns the number of words, and the first."""
        words = self.words or ()
        return f"{len(words)}: {', '.join(map(str, words[:_SHOWN]))}{', ...' * (len(words) > _SHOWN)}"
