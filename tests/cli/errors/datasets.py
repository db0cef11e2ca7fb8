"""Data."""

import numpy as np

from tests.cli.errors.broken import keep_half, no_network
from tests.cli.errors.words import DIGITS, TRAIN

# name: (command line, patterns that the line must have, what is in the folder)
ROWS = {
    "dataset": (TRAIN + "--dataset mnits", ["'mnits'", "digits, sprites", "Did you mean mnist"]),
    "path": (TRAIN + "--dataset ./nothing", [r"'\./nothing'", "no such folder or file"]),
    "another file": (
        TRAIN + "--dataset a.txt",
        [r"a\.txt'", "another file", r"\.npy or \.npz"],
        lambda h: h.text("a.txt"),
    ),
    "not prepared": (
        TRAIN + "--dataset mnist --data-dir tfds",
        ["mnist", "not prepared in .*tfds", "could not be downloaded", "scripts/prepare_tfds mnist", "data_dir"],
        no_network,
    ),
    "empty folder": (
        TRAIN + "--dataset images",
        [r"Expected images \(\.png", "images or below", "none"],
        lambda h: h.empty("images"),
    ),
    "empty split": (
        TRAIN + "--dataset images",
        ["split", "images", "1 of 1|1 example|no example|empty"],
        lambda h: h.images([(4, 4)]),
    ),
    "unreadable image": (
        TRAIN + "--dataset images --strict",
        ["4 of 29", r"a/bad\.png", "Repair or delete"],
        lambda h: (h.images([(4, 4)] * 30), [h.text(f"images/{n}/bad.png") for n in ("a", "b", "c", "d")]),
    ),
    "no readable image": (
        TRAIN + "--dataset images",
        [r"\.png", "can't be read", "Repair or delete"],
        lambda h: (h.empty("images"), [h.text(f"images/{number}.png") for number in range(20)]),
    ),
    "images of several sizes": (
        TRAIN + "--dataset images",
        ["images of one size", r"\(4, 5\)", r"\(4, 4\)", "image_size"],
        lambda h: h.images([(4, 4), (5, 4)] * 15),
    ),
    "NaN": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy", "NaN or infinity in 1 of", "rows? 17", "Repair or leave out"],
        lambda h: h.array(np.where(np.arange(100)[:, None, None] == 17, np.nan, np.zeros((100, 4, 4), "float32"))),
    ),
    "infinity": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy", "NaN or infinity in 1 of", "rows? 17", "Repair or leave out"],
        lambda h: h.array(np.where(np.arange(100)[:, None, None] == 17, np.inf, np.zeros((100, 4, 4), "float32"))),
    ),
    "pixels 0..255 as floats": (
        TRAIN + "--dataset x.npy",
        [r"uint8 pixels 0\.\.255, uint16 in 0\.\.65535, or floats in \[0, 1\]", "255", r"maximum=255"],
        lambda h: h.array(np.full((100, 4, 4), 255, "float32")),
    ),
    "pixels of 0 and 1": (
        TRAIN + "--dataset x.npy",
        [r"pixels of 0\.\.255", "none is above 1", r"Rescale\(maximum=1\)"],
        lambda h: h.array(np.eye(4, dtype="uint8")[None].repeat(100, 0)),
    ),
    "channels first": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy", "channels come first", "moveaxis"],
        lambda h: h.array(np.zeros((100, 3, 8, 8), "uint8")),
    ),
    "dtype": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy", "Expected numbers", "complex64", r"astype\('float32'\)"],
        lambda h: h.array(np.zeros((100, 4, 4), "complex64")),
    ),
    "objects": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy is no NumPy file of numbers", r"numpy\.save"],
        lambda h: h.array(np.array([None] * 10)),
    ),
    "truncated array": (
        TRAIN + "--dataset x.npy",
        [r"x\.npy is no NumPy file of numbers, or is damaged", r"numpy\.save"],
        lambda h: keep_half(h.array(np.zeros((100, 4, 4), "uint8"))),
    ),
    "one row": (
        TRAIN + "--dataset x.npy",
        [r"\(n, height, width\[, channels\]\)", r"x\.npy", r"\(4,\)"],
        lambda h: h.array(np.zeros(4, "uint8")),
    ),
    "archive without images": (
        TRAIN + "--dataset x.npz",
        [r"x\.npz", "'images' or 'x'", r"numpy\.savez"],
        lambda h: np.savez(h.folder / "x.npz", a=np.zeros(3), b=np.zeros(3)),
    ),
    "archive of text": (
        TRAIN + "--dataset x.npz",
        [r"x\.npz is no NumPy file", r"numpy\.savez"],
        lambda h: h.text("x.npz"),
    ),
    "strict digits": (DIGITS + "--strict", ["`strict`", "does not apply", "'digits'", "Leave it out"]),
    "image size of digits": (DIGITS + "--image-size 8", ["`image_size`", "does not apply", "Leave it out"]),
    "folder of digits": (DIGITS + "--data-dir tfds", ["`data_dir`", "does not apply", "'digits'"]),
    "augmentation that is no table": (
        DIGITS + " --set dataset.augment=true",
        [r"dataset\.augment", "flip = true", "True"],
    ),
    "augmentation that doesn't exist": (
        DIGITS + " --set dataset.augment.flop=true",
        [r"dataset\.augment\.flop", "Did you mean flip"],
    ),
    "augmentation out of range": (
        DIGITS + " --set dataset.augment.shift=9",
        [r"dataset\.augment\.shift", "below the side", "shift=9"],
    ),
}
