"""Reads image files to arrays of pixels and writes them, without TensorFlow."""

import contextlib
import os
import pathlib

from tfvae_cli.problem import Problem

_ABOUT = 640  # pictures are enlarged to about this many pixels, so that 8x8 digits are visible
_GAP = 2


def read(paths, shape, flag=""):
    """Returns image files as raw pixels of a model's shape, uint8 [N, *shape].

    Args:
        paths: The files.
        shape: (height, width, channels).
        flag: The flag that named the files, for the error.

    Raises:
        Problem: A file is not an image.
    """
    import numpy as np
    from PIL import Image, ImageOps, UnidentifiedImageError

    height, width, channels = shape
    images = []
    for path in paths:
        try:
            with Image.open(path) as image:
                image = ImageOps.exif_transpose(image).convert("L" if channels == 1 else "RGB")
                images.append(np.asarray(ImageOps.fit(image, (width, height))).reshape(shape))
        except (UnidentifiedImageError, OSError) as error:
            raise Problem(f"{flag}{path}: no image that can be read ({type(error).__name__}).") from error
    return np.stack(images)


def zoom(images, columns=None):
    """Returns the factor by which to enlarge images [N, H, W, C], so that a grid of them is visible."""
    return max(1, round(_ABOUT / (images.shape[2] * (columns or max(1, round(len(images) ** 0.5))))))


def pixels(images):
    """Returns images as bytes; floats are in [0, 1]."""
    import numpy as np

    return images if images.dtype == np.uint8 else np.rint(255 * np.clip(images, 0.0, 1.0)).astype("uint8")


def picture(path, images, columns=None):
    """Writes images [N, H, W, 1 or 3] side by side as a PNG, as `tfvae.pictures` does."""
    import numpy as np
    from PIL import Image

    size = zoom(images, columns)
    columns = columns or int(np.ceil(np.sqrt(len(images))))
    rows = -(-len(images) // columns)
    enlarged = pixels(images).repeat(size, 1).repeat(size, 2)
    height, width, channels = (enlarged.shape[1] + _GAP, enlarged.shape[2] + _GAP, enlarged.shape[3])
    cells = np.full((rows * columns, height, width, channels), 255, "uint8")
    cells[: len(images), _GAP:, _GAP:] = enlarged
    canvas = cells.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    canvas = canvas.reshape(rows * height, columns * width, channels)
    canvas = np.pad(canvas, ((0, _GAP), (0, _GAP), (0, 0)), constant_values=255)
    image = Image.fromarray(canvas.squeeze(-1) if channels == 1 else canvas)
    with writing(path) as file:
        image.save(file, format="PNG")


@contextlib.contextmanager
def writing(path):
    """Yields a file to write, which appears atomically."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}.tmp.{path.name}")
    try:
        with temporary.open("wb") as file:
            yield file
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
