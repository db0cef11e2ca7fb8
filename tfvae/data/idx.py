"""Local IDX files as a TFDS dataset, for machines that can't download one."""

import gzip
import pathlib
import shutil
import tempfile

import numpy as np

_SPLITS = {"train": "train", "test": "t10k"}


def read_idx(path):
    """Returns the uint8 array in an IDX file, gzipped or not.

    The format: two zero bytes, the type (8 for uint8), the rank, one big-endian
    uint32 a dimension, then the data in C order (LeCun, The MNIST database).

    Raises:
        ValueError: It is no IDX file of uint8, or is cut short.
    """
    path = pathlib.Path(path)
    opened = gzip.open(path) if path.suffix == ".gz" else path.open("rb")
    try:
        with opened as file:
            content = file.read()
    except (EOFError, gzip.BadGzipFile) as error:
        raise ValueError(f"{path} is a damaged gzip file: {error}") from error
    if len(content) < 4 or content[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path} is no IDX file of uint8. Expected it to begin with 00 00 08.")
    rank = content[3]
    shape = np.frombuffer(content, ">u4", rank, offset=4).astype(int)
    data = np.frombuffer(content, "uint8", offset=4 + 4 * rank)
    if data.size != shape.prod():
        raise ValueError(f"{path} is cut short or too long: {data.size} bytes for shape {tuple(shape)}.")
    return data.reshape(shape)


def _find(source, stem):
    for name in (stem, stem.replace("-idx", ".idx")):
        for suffix in ("", ".gz"):
            path = pathlib.Path(source, name + suffix)
            if path.is_file():
                return path
    raise ValueError(f"Expected {stem} or {stem}.gz in {source}, as the dataset's publisher names it.")


def prepare(name, source, data_dir):
    """Writes a TFDS dataset of IDX files, which `data.load(name, data_dir=data_dir)` then reads.

    Args:
        name: "mnist", "fashion_mnist", "kmnist" or another TFDS dataset of that layout.
        source: Folder with train-images-idx3-ubyte[.gz], train-labels-idx1-ubyte[.gz]
            and the same for t10k.
        data_dir: Folder that gets <name>/<version>/; written whole or not at all.

    Returns:
        The folder of the prepared version.

    Raises:
        ValueError: A file is missing or damaged, images and labels don't match,
            or the version is there already.
    """
    import tensorflow_datasets as tfds

    info = tfds.builder(name, data_dir=str(data_dir)).info
    shape = info.features["image"].shape
    arrays = {}
    for split, prefix in _SPLITS.items():
        images = read_idx(_find(source, f"{prefix}-images-idx3-ubyte"))[..., None]
        labels = read_idx(_find(source, f"{prefix}-labels-idx1-ubyte"))
        if len(images) != len(labels) or images.shape[1:] != shape:
            raise ValueError(
                f"Expected {name} images of shape {shape} and as many labels for {split}. "
                f"Received images {images.shape} and labels {labels.shape}."
            )
        arrays[split] = images, labels
    target = pathlib.Path(data_dir, name, str(info.version))
    if target.exists():
        raise ValueError(f"{target} exists already. Delete it, or load it with data_dir={str(data_dir)!r}.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=data_dir) as work:
        # The writer takes the folder from the builder's info, so it needs one of its own.
        scratch = tfds.builder(name, data_dir=work).info
        writer = tfds.core.SequentialWriter(scratch, max_examples_per_shard=20_000, overwrite=False)
        writer.initialize_splits(list(arrays))
        for split, (images, labels) in arrays.items():
            pairs = zip(images, labels, strict=True)
            writer.add_examples({split: ({"image": image, "label": int(label)} for image, label in pairs)})
        writer.close_all()
        shutil.move(pathlib.Path(work, name, str(info.version)), target)
    return target
