"""Pictures that are nearly the same: they belong to one split, or held-out figures would be of what was trained on."""

import numpy as np

_SIDE = 16  # of the thumbnails that are compared


def groups(keys, thumbnails=None, below=0.0):
    """Returns the number of each picture's group, [N], counted from 0 in the order of their first pictures.

    Two pictures are in one group if they have a key in common, or if their thumbnails are close, or if a third picture
    is in a group with both.

    Args:
        keys: For each picture a collection of hashable keys.
        thumbnails: uint8 [N, side, side, channels], or None.
        below: Root mean squared difference, in grey levels, below which two thumbnails are close.

    >>> groups([["a"], ["b"], ["b", "c"], ["c", "d"], ["e"]]).tolist()
    [0, 1, 1, 1, 2]
    """
    root = list(range(len(keys)))

    def find(number):
        while root[number] != number:
            root[number] = root[root[number]]
            number = root[number]
        return number

    def join(one, two):
        one, two = sorted((find(one), find(two)))
        root[two] = one

    first = {}
    for number, own in enumerate(keys):
        for key in own:
            join(number, first.setdefault(key, number))
    for one, two in () if thumbnails is None else close(thumbnails, below):
        join(one, two)
    # The root of a group is its first picture.
    return np.unique([find(number) for number in root], return_inverse=True)[1]


def close(thumbnails, below):
    """Returns the pairs (i, j), i > j, of thumbnails whose root mean squared difference is below a bound."""
    flat = np.asarray(thumbnails, "float32").reshape(len(thumbnails), -1)
    norms = np.sum(flat**2, axis=1)
    pairs = []
    for start in range(0, len(flat), 1000):  # all distances at once would take 4 N^2 bytes
        rows = flat[start : start + 1000]
        squared = norms[start : start + 1000, None] + norms - 2 * rows @ flat.T
        one, two = np.nonzero(squared < below**2 * flat.shape[1])
        pairs += [(start + i, j) for i, j in zip(one.tolist(), two.tolist(), strict=True) if start + i > j]
    return pairs


def thumbnail(image):
    """Returns a `PIL.Image` as uint8 [16, 16, 3], its sides distorted."""
    from PIL import Image

    return np.asarray(image.convert("RGB").resize((_SIDE, _SIDE), Image.Resampling.BOX, reducing_gap=2))
