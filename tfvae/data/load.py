"""Datasets by name."""

from typing import NamedTuple

from tfvae.data import tfds_source
from tfvae.data.array import from_array
from tfvae.data.digits import LEVELS, digits


class DatasetInfo(NamedTuple):
    """What a loaded dataset holds.

    Attributes:
        name: Its name.
        split: The split that was asked for.
        num_examples: Examples in the split.
        image_shape: (height, width, channels).
        num_classes: Number of labels, or None where there are none.
        levels: Grey values of a pixel, for `Dequantize`.
    """

    name: str
    split: str
    num_examples: int
    image_shape: tuple[int, ...]
    num_classes: int | None
    levels: int


def load(name, split="train", batch_size=128, shuffle=None, seed=0, labels=False, data_dir=None):
    """Returns a dataset of raw uint8 images in batches, and what it holds.

    Args:
        name: "digits", or the name of an image dataset of TensorFlow Datasets,
            such as "mnist" or "fashion_mnist".
        split: "train", "validation" or "test" for digits; for TFDS any of its
            split expressions, such as "train[:90%]".
        batch_size: Examples a batch.
        shuffle: Whether each epoch has an order of its own. None, the default,
            shuffles splits whose name begins with "train".
        seed: Of the order.
        labels: Whether batches are (image, label), for a conditional model.
        data_dir: Where TFDS keeps its datasets; None is its default folder.

    Returns:
        dataset: `tf.data.Dataset` of [B, height, width, channels] uint8, or of
            pairs with int32 labels [B].
        info: A `DatasetInfo`.

    Raises:
        ValueError: Unknown name or split, no images or labels in the dataset, or
            it is neither prepared in `data_dir` nor could be downloaded.

    >>> dataset, info = load("digits", "train", batch_size=128)
    >>> info.num_examples, info.image_shape
    (1437, (8, 8, 1))
    """
    if shuffle is None:
        shuffle = str(split).startswith("train")
    if name == "digits":
        images, targets = digits(split)
        num_classes, levels = 10, LEVELS
    else:
        images, targets, num_classes = tfds_source.read(name, split, labels, data_dir)
        levels = 256
    dataset = from_array(images, targets if labels else None, batch_size=batch_size, shuffle=shuffle, seed=seed)
    return dataset, DatasetInfo(name, split, len(images), images.shape[1:], num_classes, levels)
