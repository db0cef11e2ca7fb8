"""Image datasets of TensorFlow Datasets."""

import concurrent.futures
import difflib
import itertools
import math
import os
import pathlib
import re
import urllib.error
import urllib.request

import numpy as np
import tensorflow as tf

from tfvae.data import memory, resizing

_PATIENCE = 10  # seconds that a host may take to answer
_AT_ONCE = 1024  # examples that are read at once
_OF_FACTOR = "label_"  # begins the names of labels, where an image has several


def builder(name, data_dir, others=()):
    """Returns the TFDS builder of a dataset.

    Args:
        name: Its name.
        data_dir: Where it is or will be prepared, or None.
        others: Names that the caller knows besides those of TFDS, for the error.

    Raises:
        ValueError: TFDS has no dataset of this name.
    """
    import tensorflow_datasets as tfds

    try:
        return tfds.builder(name, data_dir=None if data_dir is None else str(data_dir))
    except ValueError:
        known = tfds.list_builders(with_community_datasets=False)
        if re.split("[/:]", name)[0] in known:
            raise  # its version or configuration doesn't exist, and TFDS says so
        near = difflib.get_close_matches(name, [*others, *known], n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else "See tfds.list_builders()."
        raise ValueError(
            f"Invalid value for argument `name`. Expected {''.join(f'{other}, ' for other in others)}an image "
            f"dataset of TensorFlow Datasets{' or the path of images' * bool(others)}. {hint} Received: name={name!r}"
        ) from None


def known(name):
    """Returns whether TFDS itself has a dataset of this name."""
    import tensorflow_datasets as tfds

    return name in tfds.list_builders(with_community_datasets=False)


def prepared(data_dir):
    """Returns {name: folder} of TFDS's datasets that are prepared in a folder, or None for its default one."""
    import tensorflow_datasets as tfds

    folder = pathlib.Path(data_dir or os.environ.get("TFDS_DATA_DIR", "~/tensorflow_datasets")).expanduser()
    known = set(tfds.list_builders(with_community_datasets=False)) if folder.is_dir() else set()
    return {name: folder for name in sorted(known) if any(folder.glob(f"{name}/**/dataset_info.json"))}


def three_splits(name, data_dir, others=()):
    """Returns {"train", "validation", "test": TFDS's split expression}, disjoint.

    Args:
        name: Name of a TFDS dataset, with a split "train" at least.
        data_dir: Where it is prepared, or None.
        others: As for `builder`.
    """
    source = builder(name, data_dir, others)
    _prepare(source)
    found = {split: split for split in ("train", "validation", "test") if split in source.info.splits}
    if "train" not in found:
        raise ValueError(f"The dataset {name} has no split 'train'. Name its splits: {', '.join(source.info.splits)}.")
    missing = [split for split in ("validation", "test") if split not in found]
    for number, split in enumerate(missing):
        found[split] = f"train[{100 - 10 * (len(missing) - number)}%:{100 - 10 * (len(missing) - number - 1)}%]"
    if missing:
        found["train"] = f"train[:{100 - 10 * len(missing)}%]"
    return found


def features(info):
    """Returns {name: feature} of a dataset, {} where an example is not a dictionary."""
    import tensorflow_datasets as tfds

    return dict(info.features.items()) if isinstance(info.features, tfds.features.FeaturesDict) else {}


def _factors(given):
    """Returns the names of the features that are the labels of an image's factors, such as dSprites's `label_shape`."""
    # Sorted: what is prepared and what isn't yet have their features in different orders.
    return sorted(
        name
        for name, feature in given.items()
        if name.startswith(_OF_FACTOR) and feature.shape == () and np.issubdtype(feature.np_dtype, np.integer)
    )


def _prepare(source):
    if source.is_prepared():
        return
    try:
        _reach(source)
        source.download_and_prepare()
    except Exception as error:
        raise ValueError(
            f"The dataset {source.info.full_name} is not prepared in {source.data_dir} and could not be downloaded "
            f"({type(error).__name__}). From IDX files, as MNIST is published, make it with scripts/prepare_tfds "
            f"{source.name} --source FOLDER --data-dir DIR, and load it with data_dir=DIR; any other can be prepared "
            "by tfds.load where there is a network, and its data_dir copied."
        ) from error


def _reach(source):
    """Raises OSError where the host of the dataset's files can't be reached: TFDS would keep trying for minutes."""
    url = next(iter(source.url_infos or ()), "")
    if url.startswith(("http:", "https:")):
        try:
            urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=_PATIENCE).close()
        except urllib.error.HTTPError as answer:
            answer.close()  # the host is there, and TFDS will say what is wrong with the file


def _split_size(source, split):
    try:
        return source.info.splits[split].num_examples
    except (ValueError, KeyError) as error:
        raise ValueError(
            f"Invalid value for argument `split`. Expected one of {', '.join(source.info.splits)} or a slice such "
            f"as 'train[:90%]'. Received: split={split!r}"
        ) from error


def _image(name, given, image_size, channels):
    """Returns (shape, as it is) of the images that are read: their shape, and whether TFDS's have it."""
    image = given.get("image")
    shape = getattr(image, "shape", None)
    if shape is None or len(shape) != 3 or image.np_dtype != np.uint8 or (None in shape and image_size is None):
        raise ValueError(
            f"The dataset {name} has no feature `image` of uint8 and a fixed size (its features: {sorted(given)}). "
            "Where its images differ in size, pass image_size=(height, width); else read it with tfds.load, resize the "
            "images, and batch them with tfvae.data.from_array."
        )
    height, width = shape[:2] if image_size is None else map(int, image_size)
    wanted = (height, width, channels or shape[2] or 3)
    return wanted, wanted == tuple(shape)


def _batches(dataset, fit):
    """Returns an iterator of batches as NumPy arrays, the images resized by `fit` if it isn't None."""
    if fit is None:
        yield from dataset.batch(_AT_ONCE).prefetch(tf.data.AUTOTUNE).as_numpy_iterator()
        return
    examples = dataset.prefetch(tf.data.AUTOTUNE).as_numpy_iterator()
    with concurrent.futures.ThreadPoolExecutor() as pool:  # Pillow releases the interpreter's lock
        while some := list(itertools.islice(examples, _AT_ONCE)):
            images = list(pool.map(fit, [example["image"] for example in some]))
            yield {key: images if key == "image" else [example[key] for example in some] for key in some[0]}


def _fitted(image, image_size, channels, crop):
    """Returns one image [height, width, 1, 3 or 4] in another size and number of channels."""
    from PIL import Image

    picture = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image)
    picture = picture.convert("L" if channels == 1 else "RGB")
    return resizing.as_array(resizing.resized(picture, image_size, crop), channels)


def read(name, split, labels, data_dir, others=(), image_size=None, channels=None, crop=True):
    """Reads one split into memory.

    Args:
        name: Name of a TFDS dataset of images.
        split: A TFDS split expression.
        labels: Whether labels are needed.
        data_dir: Where it is prepared, or None.
        others: As for `builder`.
        image_size: (height, width) of the images, or None where all have one size.
        channels: 1 or 3; None is the dataset's own, or 3 where that isn't fixed.
        crop: Whether an image of another aspect ratio is cropped rather than distorted.

    Returns:
        images: uint8 [N, height, width, channels].
        labels: int32 [N], or None. A dataset without a feature `label` whose features `label_...` are whole numbers has
            these as factors, [N, F], in the order of their names.
        label_names: What each label is called, or of factors what each factor is; None where there are none.

    Raises:
        ValueError: As for `tfvae.data.load`.
    """
    import tensorflow_datasets as tfds

    source = builder(name, data_dir, others)
    given = features(source.info)
    shape, as_it_is = _image(name, given, image_size, channels)
    label = given.get("label")
    factors = [] if label is not None else _factors(given)
    if labels and label is None and not factors:
        raise ValueError(f"The dataset {name} has no feature `label`. Load it with labels=False.")
    _prepare(source)
    count = _split_size(source, split)
    fix = "Take a slice of the split, such as 'train[:10%]', make them smaller with image_size=(height, width), or "
    fix += "stream it with tfds.load(...).batch()."
    memory.check(count * math.prod(shape), f"{name} {split} holds {count} images of shape {shape}", fix)
    wanted = [key for key in ("image", "label", *factors) if key in given]
    dataset = source.as_dataset(
        split=split,
        decoders=tfds.decode.PartialDecoding(dict.fromkeys(wanted, True)) if set(given) > set(wanted) else None,
        # One file after another: examples come in the order in which they were written.
        read_config=tfds.ReadConfig(try_autocache=False, interleave_cycle_length=1),
        shuffle_files=False,
    )
    fit = None if as_it_is else lambda image: _fitted(image, image_size, shape[-1], crop)
    images = np.empty((count, *shape), "uint8")
    targets = np.zeros((count, len(factors)) if factors else count, "int32")
    start = 0
    for batch in _batches(dataset, fit):
        stop = start + len(batch["image"])
        images[start:stop] = batch["image"]
        if factors:
            targets[start:stop] = np.stack([batch[name] for name in factors], axis=1)
        elif label is not None:
            targets[start:stop] = batch["label"]
        start = stop
    if factors:
        return images, targets, tuple(name.removeprefix(_OF_FACTOR) for name in factors)
    return images, None if label is None else targets, tuple(getattr(label, "names", ())) or None
