"""Finds NaN and infinity in arrays before they are trained on; NaN passes where it marks what is missing."""

import numpy as np

# Bytes checked at once, so that the boolean masks of a large array don't take a quarter of its memory.
_AT_ONCE = 16 << 20
_NAMED = 5  # rows named in a message


def rows(array, missing=False):
    """Returns the positions of the examples of an array [N, ...] that hold NaN or infinity, int64.

    Args:
        array: [N, ...].
        missing: Whether NaN marks a missing entry; then only infinity counts.

    >>> rows(np.array([[0.0, 1.0], [np.nan, 1.0], [0.0, -np.inf]])).tolist()
    [1, 2]
    """
    array = np.asarray(array)
    if array.dtype.kind != "f" or not array.size:
        return np.empty(0, "int64")
    step = max(1, _AT_ONCE * len(array) // array.nbytes)
    pieces = (array[start : start + step] for start in range(0, len(array), step))
    bad = np.isinf if missing else lambda piece: ~np.isfinite(piece)
    return np.flatnonzero(np.concatenate([bad(piece).reshape(len(piece), -1).any(axis=1) for piece in pieces]))


def check(argument, array, missing=False):
    """Refuses an array with examples that are not finite, and names them.

    Args:
        argument: Its name.
        array: [N, ...].
        missing: Whether NaN marks a missing entry, and passes.

    Raises:
        ValueError: There are any.
    """
    refuse(argument, rows(array, missing), len(array), missing)


def refuse(argument, bad, count, missing=False):
    """Refuses an argument of `count` examples if there are `bad` rows; see `check`."""
    if not len(bad):
        return
    named = ", ".join(map(str, bad[:_NAMED])) + ", ..." * (len(bad) > _NAMED)
    expected, good = ("finite numbers, or NaN", "~np.isinf") if missing else ("finite numbers", "np.isfinite")
    raise ValueError(
        f"Invalid value for argument `{argument}`. Expected {expected}. Received: {kinds(missing)} in {len(bad)} of "
        f"{count} examples, at the rows {named}. Repair or leave out these rows: "
        f"{argument}[{good}({argument}).reshape(len({argument}), -1).all(axis=1)].{hint(missing)}"
    )


def kinds(missing):
    """Returns the words for what isn't allowed."""
    return "infinity" if missing else "NaN or infinity"


def hint(missing):
    """Returns what to write if NaN was meant for what is missing."""
    fix = (
        " Where NaN marks missing entries, make the model with likelihood=families.Observed(...) and "
        "encoder=networks.WithMask(...), and the dataset with missing=True."
    )
    return "" if missing else fix


def of_stream(missing):
    """Returns the fix for bad examples in a dataset: words and the expression that leaves them out."""
    good = "~tf.reduce_any(tf.math.is_inf(x))" if missing else "tf.reduce_all(tf.math.is_finite(x))"
    return f"Repair or leave out such examples: dataset.unbatch().filter(lambda x: {good}).batch(128)."


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
