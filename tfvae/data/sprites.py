"""Images with known factors: shapes of several sizes, rotated and moved."""

import itertools
import math

import numpy as np

from tfvae.data import split as splits

_SIDE = 64
_STEP = 3  # pixels from one place to the next: a whole number, so that a moved sprite has the same pixels
_FIRST = 15  # pixel of the first place; also the room on each side of a sprite's centre
_AREA = 420.25  # pixels of each shape at scale 1, which is a square of side 20.5

#: The factors of an image, in the order of the columns of its labels, and the values that each takes.
FACTORS = {
    "shape": ("square", "ellipse", "heart"),
    "scale": (0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
    "rotation": tuple(30 * turn for turn in range(12)),
    "x": tuple(_FIRST + _STEP * place for place in range(12)),
    "y": tuple(_FIRST + _STEP * place for place in range(12)),
}
# Turns after which a shape looks the same again. Equal pictures are drawn once, and belong to one split.
_PERIODS = np.array([3, 6, 12])


def _in_square(x, y):
    return np.maximum(abs(x), abs(y)) <= 1 / 2


def _in_ellipse(x, y):
    return math.pi * (x**2 / 1.5 + y**2 * 1.5) <= 1


def _in_heart(x, y):
    # (x^2 + y^2 - 1)^3 <= x^2 y^3, of area 3.661977 and with its centre of mass at y = 0.293481.
    x, y = x * math.sqrt(3.661977), y * math.sqrt(3.661977) + 0.293481
    return (x**2 + y**2 - 1) ** 3 <= x**2 * y**3


def _draw():
    """Returns the sprites, bool [shapes, scales, rotations, height, width], each of area about `_AREA` scale^2."""
    axis = np.arange(-_FIRST, _FIRST + 1)
    right, up = axis[None, :], -axis[:, None]
    sprites = np.empty([len(FACTORS[name]) for name in ("shape", "scale", "rotation")] + [axis.size] * 2, bool)
    inside = (_in_square, _in_ellipse, _in_heart)
    for shape, scale, turn in itertools.product(*map(range, sprites.shape[:3])):
        angle = math.radians(FACTORS["rotation"][turn % _PERIODS[shape]])
        unit = math.sqrt(_AREA) * FACTORS["scale"][scale]
        # A pixel is inside where the point that the rotation takes to it is.
        x = (right * math.cos(angle) + up * math.sin(angle)) / unit
        y = (up * math.cos(angle) - right * math.sin(angle)) / unit
        sprites[shape, scale, turn] = inside[shape](x, y)
    return sprites


def sprites(split):
    """Returns one split of 31,104 binary 64x64 images with known factors.

    They are like dSprites (Matthey et al., 2017, dSprites: Disentanglement testing
    sprites dataset), but fewer, and drawn on demand: each combination of 3 shapes, 6
    scales, 12 rotations, 12 places along x and 12 along y is one image. A shape's area
    is 420.25 scale^2 pixels for all three shapes, (x, y) is its centre of mass, and a
    step of x or y moves the same pixels by 3.

    A square looks the same after a quarter turn and an ellipse after a half, so
    18,144 of the images differ. The splits are 80/10/10 by a SplitMix64 hash of the
    factors as one mixed-radix number, with the rotation taken modulo the shape's
    symmetry: equal images are in the same split, which is the same in every run.

    Args:
        split: "train", "validation", "test", or "all" of them.

    Returns:
        images: uint8 [N, 64, 64, 1], 0 or 255.
        factors: int32 [N, 5], the index from 0 of the image's value of shape (square,
            ellipse, heart), scale (0.5, 0.6 ... 1), rotation (0, 30 ... 330 degrees,
            counterclockwise), x (column 15, 18 ... 48) and y (row 15, 18 ... 48, from
            the top).

    Raises:
        ValueError: No such split.

    >>> images, factors = sprites("test")
    >>> images.shape, factors.shape
    ((3112, 64, 64, 1), (3112, 5))
    """
    splits.check(split)
    sizes = tuple(map(len, FACTORS.values()))
    shape, scale, turn, x, y = np.indices(sizes, "int32").reshape(len(sizes), -1)
    same = np.ravel_multi_index((shape, scale, turn % _PERIODS[shape], x, y), sizes)
    chosen = splits.choose(split, splits.hash_numbers(same), "sprites")
    factors = np.stack([shape, scale, turn, x, y], axis=1)[chosen]
    drawn = _draw().view("uint8") * np.uint8(255)
    images = np.zeros((len(chosen), _SIDE, _SIDE, 1), "uint8")
    for column, row in itertools.product(range(sizes[3]), range(sizes[4])):
        (here,) = np.nonzero((factors[:, 3] == column) & (factors[:, 4] == row))
        top, left = _STEP * row, _STEP * column
        images[here, top : top + drawn.shape[-2], left : left + drawn.shape[-1], 0] = drawn[tuple(factors[here, :3].T)]
    return images, factors
