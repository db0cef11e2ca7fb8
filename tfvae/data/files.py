"""Arrays in NumPy files: images, volumes, vectors."""

import math
import zipfile

import numpy as np

from tfvae.data import finite, memory, sparse
from tfvae.data import split as splits
from tfvae.data.rows import Rows

_IMAGES = ("images", "x")
_LABELS = "labels"
_NAMED = 5  # rows named in a message


def _open(path):
    """Returns an .npy file as a memory-mapped array, an .npz file as an open archive."""
    try:
        if path.suffix.lower() == ".npy":
            return np.lib.format.open_memmap(path, mode="r")
        if not zipfile.is_zipfile(path):  # np.load would leave it open
            raise ValueError("no archive")
        # Objects would be pickles, which can run code.
        return np.load(path, allow_pickle=False)
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path} is no NumPy file of numbers, or is damaged ({error}). Write it with numpy.save or numpy.savez."
        ) from error


def _member(archive, key, path):
    try:
        return archive[key]
    except (ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"The array {key!r} of {path} is damaged, or holds objects ({error}). Write it again with numpy.savez."
        ) from error


def _image_key(archive, path):
    # An archive may hold files that are not arrays.
    keys = [key for key in archive.files if key != _LABELS and f"{key}.npy" in archive.zip.namelist()]
    named = [key for key in _IMAGES if key in keys] or (keys if len(keys) == 1 else [])
    if not named:
        raise ValueError(
            f"Expected an array 'images' or 'x' in {path}, or a single one beside 'labels'. "
            f"Received: {archive.files}. Write it with numpy.savez(path, images=images, labels=labels)."
        )
    return named[0]


def _check_images(images, path):
    if images.ndim < 2 or 0 in images.shape:
        raise ValueError(
            f"Expected images of shape (n, height, width[, channels]) in {path}, or examples of another shape. "
            f"Received shape: {images.shape}"
        )
    if images.ndim == 4 and images.shape[1] in (1, 3) and images.shape[1] < min(images.shape[2:]):
        raise ValueError(
            f"Expected images of shape (n, height, width, channels) in {path}. Received shape: {images.shape}, whose "
            "channels come first. Transpose and save them: numpy.save(path, numpy.moveaxis(images, 1, -1))."
        )
    if images.dtype.kind not in "buif" or images.dtype.itemsize > 8:
        raise ValueError(
            f"Expected numbers in {path}, such as pixels of uint8 or floats. Received: {images.dtype}. Convert them "
            "with images.astype('float32'), and save them again."
        )


def _check_finite(images, rows, path, missing):
    bad = rows[finite.rows(images, missing)]
    if len(bad):
        named = ", ".join(map(str, bad[:_NAMED])) + ", ..." * (len(bad) > _NAMED)
        raise ValueError(
            f"Expected finite numbers in {path}. Received: {finite.kinds(missing)} in {len(bad)} of {len(rows)} "
            f"images, at the rows {named}. Repair or leave out these rows, and save the others again."
            + ("" if missing else " Where NaN marks missing entries, missing=True lets it through.")
        )


def _as_labels(labels, count, path):
    """Returns labels of a dtype that TensorFlow takes, and the number of classes or None."""
    if labels.ndim == 0 or len(labels) != count or labels.size == 0:
        raise ValueError(f"Expected {count} labels in {path}, one for each image. Received shape: {labels.shape}")
    if labels.dtype.kind == "f":
        return labels.astype(labels.dtype.newbyteorder("=")), None
    if labels.dtype.kind not in "iu" or labels.min() < -(2**31) or labels.max() >= 2**31:
        raise ValueError(f"Expected labels of int32 or floats in {path}. Received: {labels.dtype}. Save them as these.")
    classes = int(labels.max()) + 1 if labels.ndim == 1 and labels.min() >= 0 else None
    return labels.astype("int32"), classes


def _of_sparse(path, split, labels):
    """Returns what `read` does, of a file of `scipy.sparse.save_npz`: its rows, dense when a batch asks for them."""
    if labels:
        raise ValueError(f"{path} is a sparse matrix, which has no labels. Load it with labels=False.")
    matrix = sparse.read(path)
    rows = splits.choose(split, splits.hash_numbers(np.arange(matrix.shape[0])), path)
    return sparse.SparseRows(matrix[rows]), None, None


def read(path, split, labels, missing=False):
    """Reads one split of an .npy or .npz file.

    The splits are 80/10/10 by a SplitMix64 hash of the row number: disjoint, and
    unchanged when rows are appended. From an .npy file only the rows of the split are
    read; if they take more than `memory.LIMIT` bytes, 4 GiB, they stay in the file and
    each batch reads its own. The arrays of an .npz file are read whole, as they are
    compressed.

    Args:
        path: `pathlib.Path` of the file. An .npz has the images as "images" or
            "x", or as its only array beside the optional "labels"; or it is one of `scipy.sparse.save_npz`.
        split: "train", "validation", "test" or "all".
        labels: Whether labels are needed.
        missing: Whether NaN marks entries that are missing, and is no error.

    Returns:
        images: [N, height, width, channels], or [N, ...] for vectors, volumes and the like, in the file's dtype; an
            array or `Rows`.
        labels: int32, or floats as they are, [N, ...]; or None.
        num_classes: The largest label + 1 where labels are one natural number each, else None.

    Raises:
        ValueError: As for `tfvae.data.load`.
    """
    splits.check(split)
    source = _open(path)
    if isinstance(source, np.ndarray):
        images, targets = source, None
    else:
        with source as archive:
            if sparse.is_stored(archive.files):
                return _of_sparse(path, split, labels)
            key = _image_key(archive, path)
            size = archive.zip.getinfo(f"{key}.npy").file_size
            fix = "Save them with numpy.save: of an .npy file only the rows of the split are read."
            memory.check(size, f"The array {key!r} of {path} takes {size} bytes", fix)
            images = _member(archive, key, path)
            targets = _member(archive, _LABELS, path) if _LABELS in archive.files else None
    _check_images(images, path)
    if labels and targets is None:
        raise ValueError(
            f"{path} has no labels. Load it with labels=False, or write both with numpy.savez(path, images=images, "
            "labels=labels)."
        )
    targets, num_classes = (None, None) if targets is None else _as_labels(targets, len(images), path)
    rows = splits.choose(split, splits.hash_numbers(np.arange(len(images))), path)
    event_shape = (*images.shape[1:], 1) if images.ndim == 3 else images.shape[1:]
    if isinstance(images, np.memmap) and len(rows) * math.prod(event_shape) * images.itemsize > memory.LIMIT:
        images = Rows(images, rows, event_shape)
    else:
        images = np.asarray(images[rows])
        _check_finite(images, rows, path, missing)
        images = images.astype(images.dtype.newbyteorder("="), copy=False).reshape(-1, *event_shape)
    return images, targets[rows] if labels and targets is not None else None, num_classes
