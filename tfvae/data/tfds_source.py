"""Image datasets of TensorFlow Datasets."""

import difflib
import math

import numpy as np
import tensorflow as tf

_LIMIT = 4 << 30  # bytes of pixels that are read into memory


def _builder(name, data_dir):
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=data_dir)
    except tfds.core.DatasetNotFoundError:
        known = ["digits", *tfds.list_builders(with_community_datasets=False)]
        near = difflib.get_close_matches(name, known, n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "See tfds.list_builders()."
        raise ValueError(
            "Invalid value for argument `name`. Expected digits or an image dataset of TensorFlow Datasets. "
            f"{hint} Received: name={name!r}"
        ) from None


def _prepare(builder):
    if builder.is_prepared():
        return
    try:
        builder.download_and_prepare()
    except Exception as error:
        raise ValueError(
            f"The dataset {builder.info.full_name} is not prepared in data_dir={str(builder.data_dir)!r} and could "
            f"not be downloaded ({type(error).__name__}). Prepare it from local IDX files with "
            f"scripts/prepare_tfds {builder.name} --source FOLDER --data-dir DIR, and give data_dir=DIR."
        ) from error


def _split_size(builder, split):
    try:
        return builder.info.splits[split].num_examples
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"Invalid value for argument `split`. Expected one of {', '.join(builder.info.splits)} or a slice such "
            f"as 'train[:90%]'. Received: split={split!r}"
        ) from error


def read(name, split, labels, data_dir):
    """Reads one split into memory.

    Args:
        name: Name of a TFDS dataset whose images have one size.
        split: A TFDS split expression.
        labels: Whether labels are needed.
        data_dir: Where it is prepared, or None.

    Returns:
        images: uint8 [N, height, width, channels].
        labels: int32 [N], or None.
        num_classes: int or None.

    Raises:
        ValueError: As for `tfvae.data.load`.
    """
    builder = _builder(name, data_dir)
    features = builder.info.features
    shape = getattr(features.get("image") if hasattr(features, "get") else None, "shape", None)
    if shape is None or None in shape:
        raise ValueError(
            f"The dataset {name} has no feature `image` of a fixed size (its features: {list(features or ())}). "
            "Read it with tfds.load, resize the images, and batch them with tfvae.data.from_array."
        )
    label = features.get("label")
    if labels and label is None:
        raise ValueError(f"The dataset {name} has no feature `label`. Load it with labels=False.")
    _prepare(builder)
    count = _split_size(builder, split)
    if count * math.prod(shape) > _LIMIT:
        raise ValueError(
            f"{name} {split} holds {count} images of shape {shape}, more than the {_LIMIT >> 30} GiB that are read "
            "into memory. Take a slice of the split, such as 'train[:10%]', or stream it with tfds.load(...).batch()."
        )
    wanted = {"image": True, **({"label": True} if label is not None else {})}
    import tensorflow_datasets as tfds

    read_config = tfds.ReadConfig(try_autocache=False)
    source = builder.as_dataset(
        split=split, decoders=tfds.decode.PartialDecoding(wanted), read_config=read_config, shuffle_files=False
    )
    images = np.empty((count, *shape), "uint8")
    targets = np.zeros(count, "int32")
    start = 0
    for batch in source.batch(1024).prefetch(tf.data.AUTOTUNE).as_numpy_iterator():
        stop = start + len(batch["image"])
        images[start:stop] = batch["image"]
        if label is not None:
            targets[start:stop] = batch["label"]
        start = stop
    return images, None if label is None else targets, getattr(label, "num_classes", None)
