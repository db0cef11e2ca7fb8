"""Datasets by name."""

import os
import pathlib
from typing import NamedTuple

from tfvae import arguments
from tfvae.data import files, folder, intensity, resizing, tfds_source
from tfvae.data.array import from_array
from tfvae.data.cells import is_table
from tfvae.data.digits import LEVELS, digits
from tfvae.data.hide_labels import hide_labels
from tfvae.data.sprites import FACTORS, sprites

_ARRAYS = (".npy", ".npz")
_OF_PICTURES = {"image_size": None, "channels": None, "crop": True}
_OF_FOLDERS = {"strict": False}

# Descriptions of the built-in datasets, for `names`.
_ABOUT = {
    "digits": "1,797 handwritten digits of 8x8, embedded; splits train, validation, test",
    "sprites": "binary 64x64 shapes of known shape, scale, rotation, x and y, drawn on the fly",
}
_BUILT_IN = tuple(_ABOUT)


class DatasetInfo(NamedTuple):
    """What a loaded dataset holds.

    Attributes:
        name: Its name, or its path.
        split: The split that was asked for.
        num_examples: Examples in the split.
        image_shape: (height, width, channels); for vectors, volumes and the like, the shape of an example.
        num_classes: Number of labels, or None where there are none.
        levels: Number of grey values of a pixel, for `Dequantize`; None where pixels are floats.
        label_names: What each label is called, or None where that isn't known.
        maximum: The raw value that is white for the dtype: 255, 65535 for uint16, 1 for floats. A preprocessing step
            checks it against the first batch; see `intensity.white`.
        factor_names: What each of the F factors is called where labels are factors, [B, F]; else None.
    """

    name: str
    split: str
    num_examples: int
    image_shape: tuple[int, ...]
    num_classes: int | None
    levels: int | None
    label_names: tuple[str, ...] | None = None
    maximum: int = 255
    factor_names: tuple[str, ...] | None = None


def _find(name):
    """Returns the path that `name` means, or None where it is the name of a dataset."""
    if not isinstance(name, (str, os.PathLike)) or not str(name):
        raise ValueError(f"Invalid value for argument `name`. Expected a name or a path. Received: name={name!r}")
    text = os.fspath(name)
    if text in _BUILT_IN:
        return None
    path = pathlib.Path(text).expanduser()
    # A bare word may be both: a TFDS dataset, and the folder where it is prepared.
    word = isinstance(name, str) and text.isidentifier()
    if path.is_dir() and not (word and tfds_source.known(text)):
        return path
    if path.is_file() and path.suffix.lower() in _ARRAYS:
        return path
    if path.is_file() and is_table(path):
        raise ValueError(
            f"Invalid value for argument `name`. Expected images or arrays. Received: name={text!r}, a table. Read it "
            "with data.table(path), whose columns may be of several kinds."
        )
    if path.is_file():
        raise ValueError(
            "Invalid value for argument `name`. Expected the path of a folder of images, or of an .npy or .npz file. "
            f"Received: name={text!r}, another file."
        )
    # TFDS's names may hold slashes, too (name/config), but neither start nor end like these.
    if not isinstance(name, str) or text.startswith(("/", ".", "~")) or "\\" in text or path.suffix.lower() in _ARRAYS:
        raise ValueError(
            "Invalid value for argument `name`. Expected the path of a folder of images, or of an .npy or .npz file. "
            f"Received: name={text!r}, and there is no such folder or file in {path.absolute().parent}."
        )
    return None


def _refuse_others(name, kind, given, defaults):
    """Refuses arguments that would be ignored."""
    for argument, value in given.items():
        if value != defaults.get(argument):
            raise ValueError(
                f"Argument `{argument}` does not apply to {kind}. Received: {argument}={value!r} with "
                f"name={str(name)!r}. Leave it out."
            )


def names(data_dir=None):
    """Returns {name: description} of the datasets available here: the built-in ones, and TFDS's that are prepared.

    Args:
        data_dir: Where TFDS keeps its datasets; None is its default folder.

    >>> list(names("/nowhere"))
    ['digits', 'sprites']
    """
    return _ABOUT | {name: f"of TFDS, prepared in {place}" for name, place in tfds_source.prepared(data_dir).items()}


def splits(name, data_dir=None):
    """Returns {"train", "validation", "test": the split of `load` for it}, disjoint and the same in every run.

    Most datasets of TFDS have no validation split, and some no test split: the last
    tenths of the training split take their place.

    Args:
        name: As for `load`.
        data_dir: As for `load`.

    Raises:
        ValueError: An unknown name.

    >>> splits("digits")
    {'train': 'train', 'validation': 'validation', 'test': 'test'}
    """
    if _find(name) is not None or name in _BUILT_IN:
        return {split: split for split in ("train", "validation", "test")}
    return tfds_source.three_splits(name, data_dir, _BUILT_IN)


def load(
    name,
    split="train",
    batch_size=128,
    shuffle=None,
    seed=0,
    labels=False,
    data_dir=None,
    *,
    image_size=None,
    channels=None,
    crop=True,
    strict=False,
    missing=False,
    num_labels=None,
):
    """Returns a dataset of raw images in batches, and what it holds.

    `name` is one of

    - "digits": scikit-learn's handwritten digits, `tfvae.data.digits`;
    - "sprites": shapes of known factors, `tfvae.data.sprites`;
    - the path of a folder: its PNG, JPEG, BMP, GIF, TIFF and WebP files, those in
      subfolders too. A file's label is the position of its first-level
      subfolder among all of them, sorted. Where all files are in subfolders named
      train, validation and test, these are the splits, and a label is that of the
      subfolder within;
    - the path of an .npy file with images [N, height, width[, channels]] of any
      number of channels, or with examples of another shape, such as vectors
      [N, D] or volumes [N, D, H, W, C], of integers or floats; or of an .npz
      file with these as "images" or "x", or as its only array beside "labels";
      or of one of `scipy.sparse.save_npz`, see `from_sparse`;
    - the name of an image dataset of TensorFlow Datasets, such as "mnist" or
      "fashion_mnist". It takes precedence over a folder of the same name, which
      "./mnist" refers to.

    The images of a split are read into memory, 4 GiB at most; beyond that, those of an
    .npy file stay in the file, and batches are read as needed. Other splits of folders and
    files are 80/10/10 by a hash of the relative path or the row's number: disjoint, and
    an example stays in its split when others are added.

    Args:
        name: As above.
        split: "train", "validation" or "test", or, except for digits, "all" of them;
            for TFDS any of its split expressions, such as "train[:90%]".
        batch_size: Examples per batch.
        shuffle: Whether each epoch has its own order. None, the default, shuffles
            splits whose name begins with "train".
        seed: Seed of the order.
        labels: Whether batches are (image, label), for a conditional model.
        data_dir: Where TFDS keeps its datasets; None is its default folder.
        image_size: For a folder or a dataset of TFDS, the (height, width) to which
            images are resized; None where all have one size.
        channels: For a folder or a dataset of TFDS, 1 (grey) or 3; None is 3, for
            TFDS the dataset's own.
        crop: Whether the centre of an image is cropped to the aspect ratio of
            `image_size` before it is resized, rather than all of it distorted.
        strict: For a folder, whether a file that can't be read is an error.
            Otherwise they are left out, and one `UserWarning` names them.
        missing: For a file of floats, whether NaN marks entries that are missing; see `from_array`.
        num_labels: With `labels`, how many stay known; the others are -1, see `hide_labels`. None is all.

    Returns:
        dataset: `tf.data.Dataset` of [B, height, width, channels] uint8 (or the
            floats of a file), or of pairs with int32 labels [B] (sprites: the
            factors [B, 5]; datasets of TFDS with several labels, such as dsprites and
            shapes3d: these [B, F]; files: in their shape in the file).
        info: A `DatasetInfo`.

    Raises:
        ValueError: Unknown name or split, a split without an example, no images
            or labels in the dataset, arguments that don't apply to it, or a dataset
            that is neither prepared in `data_dir` nor can be downloaded.

    >>> dataset, info = load("digits", "train", batch_size=128)
    >>> info.num_examples, info.image_shape
    (1437, (8, 8, 1))
    """
    if shuffle is None:
        shuffle = str(split).startswith("train")
    options = {"image_size": image_size, "channels": channels, "crop": crop}
    path = _find(name)
    of_tfds = path is None and name not in _BUILT_IN
    in_folder = path is not None and path.is_dir()
    if path is None or in_folder:
        _refuse_others(name, "anything but a file of arrays", {"missing": missing}, {"missing": False})
    if not in_folder:
        _refuse_others(name, "anything but a folder of images", {"strict": strict}, _OF_FOLDERS)
    if not (in_folder or of_tfds):
        _refuse_others(name, "anything but a folder of images and TFDS's datasets", options, _OF_PICTURES)
    if not of_tfds:
        _refuse_others(name, "a folder" if in_folder else "anything but TFDS's datasets", {"data_dir": data_dir}, {})
    resizing.check(image_size, channels)
    num_classes = label_names = factor_names = None
    levels = 256
    if of_tfds:
        images, targets, label_names = tfds_source.read(name, split, labels, data_dir, _BUILT_IN, **options)
        if targets is not None and targets.ndim == 2:
            label_names, factor_names = None, label_names
    elif name == "digits":
        images, targets = digits(split)
        num_classes, levels = 10, LEVELS
    elif name == "sprites":
        images, targets = sprites(split)
        levels, factor_names = 2, tuple(FACTORS)
    elif in_folder:
        images, targets, label_names = folder.read(path, split, labels, **options, strict=strict)
    else:
        images, targets, num_classes = files.read(path, split, labels, missing)
        levels = 256 if images.dtype == "uint8" else None
    if label_names is not None:
        num_classes = len(label_names)
    if num_labels is not None:
        if not labels:
            raise arguments.invalid("num_labels", "None without labels=True", num_labels)
        targets = hide_labels(targets, num_labels, seed)
    targets = targets if labels else None
    dataset = from_array(images, targets, batch_size=batch_size, shuffle=shuffle, seed=seed, missing=missing)
    shape, maximum = images.shape[1:], intensity.white(images.dtype)
    return dataset, DatasetInfo(
        str(name), split, len(images), shape, num_classes, levels, label_names, maximum, factor_names
    )
