"""How well clusters agree with classes that are known."""

import numpy as np
from scipy import optimize

from tfvae import arguments


def clustering_accuracy(labels, clusters):
    """Returns the share of examples whose cluster is the one of their class, under the best pairing of the two.

    max over one-to-one maps m of 1/N sum_n [labels_n = m(clusters_n)]

    The map is found by the Hungarian method, `scipy.optimize.linear_sum_assignment`. With more clusters than classes
    some clusters have no class, and all of theirs count as wrong. Reference: Xie, Girshick and Farhadi (2016),
    Unsupervised deep embedding for clustering analysis, arXiv 1511.06335.

    Args:
        labels: [N], whole numbers >= 0.
        clusters: [N], likewise, such as np.argmax(latent.class_probabilities(vae, x), axis=1).

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: They are no such numbers, or not as many.

    >>> clustering_accuracy([0, 0, 1, 1], [3, 3, 0, 3])
    0.75
    """
    pair = {"labels": np.asarray(labels), "clusters": np.asarray(clusters)}
    for name, values in pair.items():
        whole = values.ndim == 1 and len(values) and values.dtype.kind in "iu" and values.min() >= 0
        if not whole or values.shape != pair["labels"].shape:
            expected = f"whole numbers >= 0, one for each of {len(pair['labels'])} examples"
            raise arguments.invalid(name, expected, values)
    table = np.zeros([values.max() + 1 for values in pair.values()])
    np.add.at(table, tuple(pair.values()), 1)
    rows, columns = optimize.linear_sum_assignment(table, maximize=True)
    return float(table[rows, columns].sum() / len(pair["labels"]))
