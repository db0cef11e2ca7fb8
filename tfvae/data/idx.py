"""Local IDX files as a TFDS dataset, for machines that can't download one."""

import gzip
import math
import pathlib
import tempfile
import zlib

import numpy as np

from tfvae.data import tfds_source

_SPLITS = {"train": "train", "test": "t10k"}


def read_idx(path):
    """Returns the uint8 array in an IDX file, gzipped or not.

    The format: two zero bytes, the type (8 for uint8), the rank, one big-endian uint32
    per dimension, then the data in C order (LeCun, The MNIST database).

    Raises:
        ValueError: The file is not an IDX file of uint8, or is cut short.
    """
    path = pathlib.Path(path)
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path} is a damaged gzip file ({error}). Fetch it again.") from error
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise ValueError(
            f"{path} is no IDX file of uint8. Expected it to begin with 00 00 08. Received: {content[:4].hex(' ')}"
        )
    start = 4 + 4 * content[3]
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4))
    if len(content) != start + math.prod(shape):
        raise ValueError(
            f"{path} is damaged. Expected {start + math.prod(shape)} bytes for its shape {shape}. "
            f"Received: {len(content)} bytes. Fetch it again."
        )
    return np.frombuffer(content, "uint8", offset=start).reshape(shape)


def _find(source, stem):
    for name in (stem, stem.replace("-idx", ".idx")):
        for suffix in ("", ".gz"):
            path = pathlib.Path(source, name + suffix)
            if path.is_file():
                return path
    raise ValueError(
        f"Invalid value for argument `source`. Expected a folder with {stem} or {stem}.gz, as the dataset's publisher "
        f"names it. Received: source={str(source)!r}"
    )


def _read_split(name, source, split, shape, num_classes):
    images_path, labels_path = (
        _find(source, f"{_SPLITS[split]}-{kind}-ubyte") for kind in ("images-idx3", "labels-idx1")
    )
    images, labels = read_idx(images_path)[..., None], read_idx(labels_path)
    if images.shape[1:] != shape:
        raise ValueError(
            f"{images_path} doesn't hold images of {name}. Expected shape {('N', *shape[:-1])}. "
            f"Received: {images.shape[:-1]}"
        )
    if labels.shape != images.shape[:1]:
        raise ValueError(
            f"{labels_path} doesn't belong to {images_path}. Expected {len(images)} labels. "
            f"Received shape: {labels.shape}"
        )
    if labels.max(initial=0) >= num_classes:
        raise ValueError(
            f"{labels_path} doesn't hold labels of {name}. Expected 0..{num_classes - 1}. Received: {labels.max()}"
        )
    return images, labels


def prepare(name, source, data_dir):
    """Writes a TFDS dataset from IDX files, which `data.load(name, data_dir=data_dir)` then reads.

    Args:
        name: "mnist", "fashion_mnist", "kmnist" or another TFDS dataset of that layout.
        source: Folder with train-images-idx3-ubyte[.gz], train-labels-idx1-ubyte[.gz]
            and the same for t10k.
        data_dir: Folder in which <name>/<version>/ is written, whole or not at all.

    Returns:
        `pathlib.Path` of the prepared version.

    Raises:
        ValueError: A dataset that is not of images of one channel with labels, a
            file that is missing or damaged, images and labels that don't match,
            or a version that already exists.
    """
    import tensorflow_datasets as tfds

    info = tfds_source.builder(name, data_dir).info
    features = tfds_source.features(info)
    if set(features) != {"image", "label"} or features["image"].shape[-1] != 1:
        raise ValueError(
            "Invalid value for argument `name`. Expected a dataset of images of one channel with labels, such as mnist "
            f"or fashion_mnist. Received: name={name!r}, whose features are {sorted(features)}"
        )
    target = pathlib.Path(data_dir, name, str(info.version))
    if target.exists():
        raise ValueError(
            f"{target} exists already. Delete it to prepare it anew, or load it with data_dir={str(data_dir)!r}."
        )
    shape, num_classes = features["image"].shape, features["label"].num_classes
    arrays = {split: _read_split(name, source, split, shape, num_classes) for split in _SPLITS}
    pathlib.Path(data_dir).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".prepare-", dir=data_dir) as work:
        written = pathlib.Path(work, name, str(info.version))
        written.mkdir(parents=True)
        # The writer takes the folder from the builder's info, so it needs one of its own.
        scratch = tfds_source.builder(name, work).info
        writer = tfds.core.SequentialWriter(scratch, max_examples_per_shard=100_000)
        writer.initialize_splits(list(arrays))
        for split, (images, labels) in arrays.items():
            pairs = zip(images, labels, strict=True)
            writer.add_examples({split: [{"image": image, "label": int(label)} for image, label in pairs]})
        writer.close_all()
        target.parent.mkdir(exist_ok=True)
        written.rename(target)
    return target
