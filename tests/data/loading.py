"""Whole splits, as arrays."""

import numpy as np

from tfvae import data


def load(path, split="all", **options):
    """Returns all images of a split, and labels or None, as arrays."""
    options = {"batch_size": 1, "shuffle": False, **options}
    dataset, info = data.load(path, split, **options)
    if options.get("labels"):
        images, labels = (np.concatenate(column) for column in zip(*dataset.as_numpy_iterator(), strict=True))
    else:
        images, labels = np.concatenate([*dataset.as_numpy_iterator()]), None
    assert len(images) == info.num_examples
    assert images.shape[1:] == info.image_shape
    return images, labels, info
