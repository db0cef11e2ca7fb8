"""Crops of photographs, those of one photograph in one split."""

import hashlib
import pathlib
import warnings

import numpy as np

from . import alike, three_folders

FOLDER = "/usr/share"
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

#: The photographs in Debian's packages of wallpapers: beside them these hold drawings and patterns.
PACKAGES = {
    "mate-backgrounds": (
        *("Aqua", "Blinds", "Dune", "FreshFlower", "Garden", "GreenMeadow"),
        *("LadyBird", "RainDrops", "Storm", "TwoWings", "Wood", "YellowFlower"),
    ),
    "plasma-workspace-wallpapers": (
        *("BytheWater", "ColdRipple", "ColorfulCups", "EveningGlow", "FallenLeaf"),
        *("Grey", "Kite", "OneStandsOut", "Path", "summer_1am"),
    ),
    "lomiri-wallpapers-16.04": (
        *("Bridge", "Dragonfly", "Picture_0B", "Picture_1A", "Wine", "aitzgorri", "free"),
        *("friends", "greentock", "life", "picosdeeuropa", "seeding", "sunset"),
    ),
    "lomiri-wallpapers-20.04": ("Kleiber",),
}
_PART = 0.15  # of the photographs that are for test, and as many for validation
_CLOSE = 10.0  # grey levels, of thumbnails: one photograph in two sizes
_TRIES = 20  # crops that are looked at for each one that is kept
_DETAIL = 2.0  # grey levels from a pixel to the next, the mean of a crop, below which it shows nothing


def among(package, paths):
    """Returns {name: path} of the photographs among the files of a package, the largest where one has several."""
    found = {}
    for path in paths:
        names = [name for name in PACKAGES[package] if name in path.parts or path.stem.split("_by_")[0] == name]
        if names and (names[0] not in found or path.stat().st_size > found[names[0]].stat().st_size):
            found[names[0]] = path
    return found


def in_folder(folder):
    """Returns {name: path} of the pictures in a folder and its subfolders.

    Raises:
        ValueError: There is no such folder, or there are none in it.
    """
    folder = pathlib.Path(folder)
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise ValueError(f"There are no photographs ({', '.join(SUFFIXES)}) in {folder}.")
    return {"-".join(path.relative_to(folder).with_suffix("").parts): path for path in paths}


def pictures(paths, count, size, seed=0):
    """Yields (split, name, `PIL.Image`): squares of several scales at random places.

    A square's side is between `size` and the photograph's shorter side, its logarithm uniform; so none is
    enlarged. Squares without detail, such as a clear sky, are drawn again, and left out where a photograph
    has nothing else. Each photograph has its own random numbers, from the seed and its name.

    Args:
        paths: {name: path} of the photographs; three or more.
        count: Number of pictures in all, shared equally by the photographs of at least this size.
        size: Side of the pictures in pixels.
        seed: Seed of the places and scales.

    Raises:
        ValueError: Fewer than three photographs that are large enough.
    """
    opened = {name: image for name, path in sorted(paths.items()) if (image := _small(name, path, size)) is not None}
    names = list(opened)
    thumbnails = [alike.thumbnail(image) for image in opened.values()]
    numbers = alike.groups([{name} for name in names], thumbnails, _CLOSE).tolist() if names else []
    first = {number: names[numbers.index(number)] for number in numbers}
    assigned = three_folders.assign({first[number]: numbers.count(number) for number in first}, _PART)
    for place, (name, number) in enumerate(zip(names, numbers, strict=True)):
        own = count * (place + 1) // len(names) - count * place // len(names)
        made = 0
        for crop in _crops(_opened(paths[name]), own, size, _generator(seed, name)):
            yield assigned[first[number]], f"{name}-{made:05}", crop
            made += 1
        if made < own:
            warnings.warn(f"{name} shows too little for {own} pictures: it gives {made}.", stacklevel=2)


def _opened(path):
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def _small(name, path, size):
    """Returns a thumbnail of a photograph, or None, with a warning, of one that can't be read or is too small."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            if min(image.size) < size:
                warnings.warn(f"{name} is {image.width}x{image.height}, smaller than {size}: left out.", stacklevel=3)
                return None
            image.draft("RGB", (256, 256))
            return image.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:
        warnings.warn(f"{name} can't be read ({error}): left out.", stacklevel=3)
        return None


def _generator(seed, name):
    return np.random.default_rng([seed, int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest())])


def _crops(photograph, count, size, generator):
    """Yields `count` squares, fewer where a photograph shows too little."""
    levels = [photograph]
    while min(levels[-1].size) >= 4 * size:
        levels.append(levels[-1].reduce(2))
    tries = _TRIES * count
    while count and tries:
        tries -= 1
        crop = _crop(levels, size, generator)
        if detail(crop) >= _DETAIL:
            count -= 1
            yield crop


def _crop(levels, size, generator):
    from PIL import Image

    width, height = levels[0].size
    side = size * (min(width, height) / size) ** generator.random()
    left, top = generator.random() * (width - side), generator.random() * (height - side)
    # Of the smaller versions, the smallest that has at least twice the pixels: Lanczos's filter does the rest.
    level = max(0, min(len(levels) - 1, int(np.log2(side / size)) - 1))
    box = np.array([left, top, left + side, top + side]) / 2**level
    limits = np.array([*levels[level].size] * 2)
    return levels[level].resize((size, size), Image.Resampling.LANCZOS, box=tuple(np.minimum(box, limits)))


def detail(image):
    """Returns the mean absolute difference of neighbouring pixels, in grey levels."""
    grey = np.asarray(image.convert("L"), "float32")
    return float(np.abs(np.diff(grey, axis=0)).mean() + np.abs(np.diff(grey, axis=1)).mean()) / 2
