"""Labels for a part of the data."""

import numpy as np

from tfvae import arguments


def hide_labels(labels, num_labels, seed=0):
    """Returns the labels with all but `num_labels` of them -1, unknown: for a model that learns of both kinds.

    As many of each class are kept as can be, and which, the seed decides. Labels of several factors are kept or hidden
    together; a class is then a combination of them.

    Args:
        labels: [N], or [N, F] of F factors, whole numbers >= 0.
        num_labels: How many examples keep theirs.
        seed: int.

    Returns:
        int32, in the shape of the labels.

    Raises:
        ValueError: `labels` are no labels, or there are fewer than `num_labels` of them.

    >>> hide_labels([0, 1, 0, 1, 0, 0], 4).tolist()
    [-1, 1, 0, 1, -1, 0]
    """
    labels = np.asarray(labels)
    if labels.ndim not in (1, 2) or labels.dtype.kind not in "iu" or not labels.size or labels.min() < 0:
        raise arguments.invalid("labels", "whole numbers >= 0, one for each example, such as data.digits gives", labels)
    expected = f"an int in 1..{len(labels)}, the number of examples"
    num_labels = arguments.integer("num_labels", num_labels, expected, maximum=len(labels))
    shuffled = np.random.default_rng(arguments.integer("seed", seed, "an int", minimum=0)).permutation(len(labels))
    _, inverse, counts = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    grouped = shuffled[np.argsort(inverse.ravel()[shuffled], kind="stable")]
    # The how-manieth of its class each one is.
    rank = np.empty(len(labels), int)
    rank[grouped] = np.concatenate([np.arange(count) for count in counts])
    kept = shuffled[np.argsort(rank[shuffled], kind="stable")][:num_labels]
    hidden = np.full(labels.shape, -1, "int32")
    hidden[kept] = labels[kept]
    return hidden
