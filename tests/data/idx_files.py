"""Small IDX files, as MNIST is published."""

import gzip

import numpy as np

SIZES = {"train": 12, "t10k": 5}


def encode(array):
    """Returns an array as an IDX file's bytes."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.astype("uint8").tobytes()


def write(folder, side=28, compressed=True):
    """Writes the four files of a random dataset. Returns {"train" or "test": (images, labels)}."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    arrays = {}
    for prefix, count in SIZES.items():
        images = rng.integers(0, 256, (count, side, side)).astype("uint8")
        labels = rng.integers(0, 10, count).astype("uint8")
        for name, array in ((f"{prefix}-images-idx3-ubyte", images), (f"{prefix}-labels-idx1-ubyte", labels)):
            if compressed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(encode(array)))
            else:
                (folder / name).write_bytes(encode(array))
        arrays["test" if prefix == "t10k" else prefix] = images, labels
    return arrays
