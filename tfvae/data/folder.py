"""Image files in a folder."""

import concurrent.futures
import unicodedata
import warnings

import numpy as np

from tfvae.data import memory, own_splits, resizing
from tfvae.data import split as splits

_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
# Image formats that aren't read, and arrays: whoever put them there expects them to be used.
_OTHERS = (
    ".avif",
    ".cr2",
    ".dng",
    ".heic",
    ".heif",
    ".jp2",
    ".nef",
    ".npy",
    ".npz",
    ".pgm",
    ".ppm",
    ".psd",
    ".svg",
    ".tga",
)
_NAMED = 5  # files named in a message


def _find(folder, suffixes):
    """Returns the paths of all files of these kinds below a folder, relative to it and sorted."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.suffix.lower() in suffixes)
    # Hidden files are not pictures: some systems keep a "._photo.jpg" of other content beside each photo.jpg.
    shown = [path for path in found if not any(part.startswith(".") for part in path.parts)]
    return sorted((path for path in shown if (folder / path).is_file()), key=lambda path: path.as_posix())


def _decode(path, image_size, channels, crop):
    """Returns one file as uint8 [height, width, channels], uint16 where it has more than 8 bits."""
    from PIL import Image, ImageOps

    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened)  # photographs are stored unrotated
        if image.mode.startswith("I"):  # 16 bits, which Pillow would clip to 255
            return _deep(image, image_size, channels, crop)
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = image.convert("L" if channels == 1 else "RGB")
    return resizing.as_array(resizing.resized(image, image_size, crop), channels)


def _deep(image, image_size, channels, crop):
    """Returns a grey image of 16 bits as uint16 [height, width, channels]."""
    from PIL import Image

    values = np.asarray(image)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError(f"its values are {values.min()} to {values.max()}, and 16 bits are 0 to 65535")
    image = resizing.resized(Image.fromarray(values.astype("float32")), image_size, crop)
    values = np.clip(np.rint(np.asarray(image)), 0, 65535).astype("uint16")
    return np.repeat(values[..., None], channels, axis=2)


def _in_eight_bits(folder, images):
    """Returns uint16 images as uint8 by the bits that they use, with a warning where those aren't 16."""
    # Only two ranges: with one for each largest value, splits of one folder would be scaled differently.
    bits = 12 if images.max() < 2**12 else 16
    if bits == 12:
        warnings.warn(
            f"The images of 16 bits in {folder} are {images.max()} at most: they are read as images of 12 bits, of "
            "which 4095 is white. Where they are as dark as that, save them as 8 bits.",
            UserWarning,
            stacklevel=5,
        )
    return (images >> (bits - 8)).astype("uint8")


def _attempt(path, *options):
    """Returns (image, None), or (None, what is wrong with the file)."""
    try:
        return _decode(path, *options), None
    except Exception as error:  # a damaged file makes decoders raise anything, IndexError and struct.error included
        return None, f"{type(error).__name__}: {error}"


def _classes(paths, level):
    """Returns {subfolder at this level: label}, or {} unless every file is in one."""
    if any(len(path.parts) == level + 1 for path in paths):
        return {}
    return {name: label for label, name in enumerate(sorted({path.parts[level] for path in paths}))}


def _choose(split, paths, folder):
    # A name can have two spellings in Unicode, and file systems differ in which they keep.
    names = [unicodedata.normalize("NFC", path.as_posix()) for path in paths]
    return [paths[at] for at in splits.choose(split, splits.hash_names(names), folder)]


def _read_all(folder, paths, image_size, channels, crop):
    """Returns the images, their positions in `paths`, and {path: fault} for the others."""
    images, taken, faults = np.empty(0, "uint8"), [], {}
    fix = "Make them smaller with image_size=(height, width), or keep fewer files in the folder."
    with concurrent.futures.ThreadPoolExecutor() as pool:  # decoders release the interpreter's lock
        # A thousand at a time: all at once would be in memory twice.
        for start in range(0, len(paths), 1000):
            part = paths[start : start + 1000]
            work = [pool.submit(_attempt, folder / path, image_size, channels, crop) for path in part]
            for position, (path, future) in enumerate(zip(part, work, strict=True), start):
                image, fault = future.result()
                if image is None:
                    faults[path] = fault
                    continue
                if not taken:
                    found = f"{folder} holds {len(paths)} images of shape {image.shape}"
                    memory.check(len(paths) * image.nbytes, found, fix)
                    images = np.empty((len(paths), *image.shape), image.dtype)
                if image.shape != images.shape[1:]:
                    first = paths[taken[0]]
                    raise ValueError(
                        "Expected images of one size where image_size is None. Received: "
                        f"{first.as_posix()} of (height, width) {images.shape[1:3]} and {path.as_posix()} of "
                        f"{image.shape[:2]} in {folder}. Pass image_size=(height, width) to resize them."
                    )
                if image.dtype != images.dtype and images.dtype == np.uint8:
                    images = images.astype("uint16") * 257  # the same fraction of 65535 as of 255
                images[len(taken)] = image if image.dtype == images.dtype else image.astype("uint16") * 257
                taken.append(position)
    images = images[: len(taken)]
    return _in_eight_bits(folder, images) if images.dtype == np.uint16 and taken else images, taken, faults


def _report(folder, count, faults, strict):
    """Warns of files that couldn't be read, or refuses them."""
    named = "; ".join(f"{path.as_posix()} ({fault})" for path, fault in list(faults.items())[:_NAMED])
    text = f"{len(faults)} of {count} images in {folder} can't be read: {named}{'; ...' * (len(faults) > _NAMED)}."
    if strict or len(faults) == count:
        raise ValueError(f"{text} Repair or delete them{', or skip them with strict=False' * (len(faults) < count)}.")
    # The level of the line that called `tfvae.data.load`.
    warnings.warn(f"{text} They are skipped; strict=True makes this an error.", UserWarning, stacklevel=4)


def read(folder, split, labels, image_size=None, channels=None, crop=True, strict=False):
    """Reads the image files of one split into memory.

    Files are PNG, JPEG, BMP, WebP, TIFF or GIF (its first frame) by their suffix, in
    the folder and its subfolders. Hidden files are left out silently, and images of
    other formats with a warning. The splits are 80/10/10 by a hash of a file's path
    relative to the folder, so they are disjoint, and a file keeps its split when others
    are added; or they are its own, as `own_splits` says. A photograph is rotated
    according to its EXIF tag, transparency is composited over white, and 16 bits become
    8: the upper 8 of 16, or, for images of at most 4095, the upper 8 of 12, with a
    warning.

    Args:
        folder: `pathlib.Path` of the folder.
        split: "train", "validation", "test" or "all".
        labels: Whether labels are needed.
        image_size: (height, width) of the images, or None where all files have one size.
        channels: 1 or 3; None is 3.
        crop: Whether an image of another aspect ratio is cropped rather than distorted.
        strict: Whether a file that can't be read is an error, rather than left out with a warning.

    Returns:
        images: uint8 [N, height, width, channels].
        labels: int32 [N]: the position of a file's first-level subfolder, in the folder or in its split's, among
            all of them, sorted; or None.
        label_names: The names of these subfolders in this order, None where a file is in none.

    Raises:
        ValueError: As for `tfvae.data.load`.
    """
    splits.check(split)
    paths, others = _find(folder, _SUFFIXES), _find(folder, _OTHERS)
    if not paths:
        raise ValueError(f"Expected images ({', '.join(_SUFFIXES)}) in {folder} or below it. Received: none.")
    if others:
        named = ", ".join(path.as_posix() for path in others[:_NAMED]) + ", ..." * (len(others) > _NAMED)
        warnings.warn(
            f"{len(others)} files of {folder} are not read: {named}. Expected images ({', '.join(_SUFFIXES)}). Save "
            "them as PNG; an array is loaded by its own path.",
            UserWarning,
            stacklevel=3,
        )
    level = own_splits.level(folder, paths)
    classes = _classes(paths, level)
    if labels and not classes:
        loose = next(path.as_posix() for path in paths if len(path.parts) == level + 1)
        raise ValueError(
            f"Invalid value for argument `labels`. Expected each image of {folder} in a subfolder that names its "
            f"class. Received: labels=True and {loose} in no subfolder. Move it to one, or load with labels=False."
        )
    paths = (own_splits.choose if level else _choose)(split, paths, folder)
    images, taken, faults = _read_all(folder, paths, image_size, channels or 3, crop)
    if faults:
        _report(folder, len(paths), faults, strict)
    targets = np.array([classes[paths[at].parts[level]] for at in taken], "int32") if labels else None
    return images, targets, tuple(classes) or None
