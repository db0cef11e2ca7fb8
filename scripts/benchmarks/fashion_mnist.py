"""Fashion-MNIST from its publisher's IDX files, for every contender's environment: NumPy and no framework."""

import gzip
import pathlib

_FILES = {"train": "train-images-idx3-ubyte", "test": "t10k-images-idx3-ubyte"}


def find(source, split):
    """Returns the path of a split's images, or None."""
    for suffix in (".gz", ""):
        path = pathlib.Path(source, _FILES[split] + suffix)
        if path.is_file():
            return path
    return None


def missing(source):
    """Returns the names of the files that a folder lacks."""
    return [f"{_FILES[split]}[.gz]" for split in _FILES if find(source, split) is None]


def images(source, split, count=None):
    """Returns the first `count` images of a split, uint8 [N, 28, 28, 1]."""
    import numpy as np  # what asks for the files alone runs under any Python

    path = find(source, split)
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return np.frombuffer(content, "uint8", offset=16).reshape(-1, 28, 28, 1)[:count].copy()


def binary(source, split, count=None):
    """Returns images as 0 and 1, above 127 or not, float32: what `data.Binarize()` makes of them."""
    return (images(source, split, count) > 127).astype("float32")
