"""Finds NaN and infinity in arrays before they are trained on."""

import numpy as np

# Bytes checked at once, so that the boolean masks of a large array don't take a quarter of its memory.
_AT_ONCE = 16 << 20
_NAMED = 5  # rows named in a message


def rows(array):
    """Returns the positions of the examples of an array [N, ...] that hold NaN or infinity, int64.

    >>> rows(np.array([[0.0, 1.0], [np.nan, 1.0], [0.0, -np.inf]])).tolist()
    [1, 2]
    """
    array = np.asarray(array)
    if array.dtype.kind != "f" or not array.size:
        return np.empty(0, "int64")
    step = max(1, _AT_ONCE * len(array) // array.nbytes)
    pieces = (array[start : start + step] for start in range(0, len(array), step))
    finite = [np.isfinite(piece).reshape(len(piece), -1).all(axis=1) for piece in pieces]
    return np.flatnonzero(~np.concatenate(finite))


def check(argument, array):
    """Refuses an array with examples that are not finite, and names them.

    Raises:
        ValueError: There are any.
    """
    bad = rows(array)
    if bad.size:
        named = ", ".join(map(str, bad[:_NAMED])) + ", ..." * (bad.size > _NAMED)
        raise ValueError(
            f"Invalid value for argument `{argument}`. Expected finite numbers. Received: NaN or infinity in "
            f"{bad.size} of {len(array)} examples, at the rows {named}. Repair or leave out these rows: "
            f"{argument}[np.isfinite({argument}).reshape(len({argument}), -1).all(axis=1)]."
        )


def check_weights(weights):
    """Refuses negative sample weights, whose weighted mean would be meaningless.

    Raises:
        ValueError: There are any.
    """
    bad = np.flatnonzero(np.asarray(weights) < 0)
    if bad.size:
        raise ValueError(
            "Invalid value for argument `sample_weight`. Expected numbers >= 0: a weight of 2 is the example twice. "
            f"Received: {bad.size} of {len(weights)} below 0, at the rows {', '.join(map(str, bad[:_NAMED]))}."
        )
