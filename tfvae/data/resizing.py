"""Pictures brought to one size and number of channels."""

import numpy as np

from tfvae import arguments


def check(image_size, channels):
    """Refuses an invalid image size or number of channels."""
    if image_size is not None:
        sides = tuple(image_size) if isinstance(image_size, (tuple, list)) else ()
        if len(sides) != 2 or not all(isinstance(side, (int, np.integer)) and side > 0 for side in sides):
            raise arguments.invalid("image_size", "None or (height, width), two positive ints", image_size)
    if channels not in (None, 1, 3):
        raise arguments.invalid("channels", "1 (grey) or 3 (red, green, blue)", channels)


def resized(image, image_size, crop):
    """Returns a `PIL.Image` at (height, width) by Lanczos's filter, or as it is where that is None.

    Args:
        image: A `PIL.Image`.
        image_size: (height, width) or None.
        crop: Whether the centre of the new aspect ratio is kept, rather than all of it distorted.
    """
    from PIL import Image, ImageOps

    if image_size is None:
        return image
    size = (int(image_size[1]), int(image_size[0]))  # Pillow's sizes are (width, height)
    return (ImageOps.fit if crop else Image.Image.resize)(image, size, Image.Resampling.LANCZOS)


def as_array(image, channels):
    """Returns a `PIL.Image` as uint8 [height, width, channels], grey (ITU-R 601 luma) for 1 and colour for 3."""
    image = image.convert("L" if channels == 1 else "RGB")
    return np.asarray(image).reshape(image.height, image.width, channels)
