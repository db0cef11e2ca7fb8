"""The handwritten digits that come with scikit-learn."""

import numpy as np

_SPLIT_SEED = 0
_FRACTIONS = {"train": (0.0, 0.8), "validation": (0.8, 0.9), "test": (0.9, 1.0)}

#: Number of grey values of a pixel; 0..16 in the source, spread over 0..255 here.
LEVELS = 17


def digits(split):
    """Returns one split of 1,797 real 8x8 handwritten digits.

    Alpaydin and Kaynak (1998), Optical recognition of handwritten digits, UCI.
    The splits are 80/10/10 of one fixed permutation: disjoint, and the same in
    every run.

    Args:
        split: "train", "validation" or "test".

    Returns:
        images: uint8 [N, 8, 8, 1], 0..255.
        labels: int32 [N], 0..9.

    Raises:
        ValueError: No such split.

    >>> [len(digits(split)[0]) for split in ("train", "validation", "test")]
    [1437, 180, 180]
    """
    if split not in _FRACTIONS:
        raise ValueError(
            f"Invalid value for argument `split`. Expected one of {', '.join(_FRACTIONS)}. Received: split={split!r}"
        )
    from sklearn.datasets import load_digits

    source = load_digits()
    start, stop = (int(fraction * len(source.images)) for fraction in _FRACTIONS[split])
    chosen = np.random.default_rng(_SPLIT_SEED).permutation(len(source.images))[start:stop]
    images = np.rint(source.images[chosen] * (255 / (LEVELS - 1))).astype("uint8")
    return images[..., None], source.target[chosen].astype("int32")
