"""Colour pictures that are drawn here, for every contender's environment: NumPy and no framework."""

SIDE = 64
_SEEDS = {"train": 0, "test": 1}
#: Pictures of the test split.
TESTED = 1000
_SHAPES = 3
# What one ellipse and the ground under all of them are drawn of, each a number in [0, 1).
_OF_SHAPE, _OF_GROUND = 8, 7


def _axes(angle):
    """Returns coordinates along an angle, 0 to 1 for half a turn, and across it; the picture is -1 to 1."""
    import numpy as np  # what only looks at the cases runs under any Python

    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j].astype("float32")
    along, across = np.cos(np.pi * angle), np.sin(np.pi * angle)
    return along * x + across * y, along * y - across * x


def _picture(numbers):
    """Returns one picture, [SIDE, SIDE, 3] in [0, 1]: soft ellipses on a slope from one colour to another."""
    import numpy as np

    ground, shapes = numbers[:_OF_GROUND], numbers[_OF_GROUND:].reshape(_SHAPES, _OF_SHAPE)
    slope = np.clip(0.5 + 0.5 * _axes(ground[6])[0], 0, 1)[..., None]
    picture = slope * ground[:3] + (1 - slope) * ground[3:6]
    for left, top, width, height, angle, *colour in shapes:
        along, across = _axes(angle)
        (x, y), (wide, high) = (1.4 * left - 0.7, 1.4 * top - 0.7), (0.15 + 0.5 * width, 0.15 + 0.5 * height)
        distance = np.hypot((along - x) / wide, (across - y) / high)
        inside = np.clip(0.5 - 6 * (distance - 1), 0, 1)[..., None]
        picture = inside * np.array(colour) + (1 - inside) * picture
    return picture


def images(split, count=None):
    """Returns the first `count` pictures of a split, uint8 [N, 64, 64, 3], the same in every process."""
    import numpy as np

    count = TESTED if count is None else count
    numbers = np.random.default_rng(_SEEDS[split]).random((count, _OF_GROUND + _SHAPES * _OF_SHAPE), "float32")
    return np.stack([np.round(255 * _picture(row)).astype("uint8") for row in numbers])
