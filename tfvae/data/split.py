"""Assigns examples to splits by a hash of what identifies them.

A hash needs no stored list of assignments: a training example stays one when others are added, in another process and
on another machine. The price is that the shares are 80, 10 and 10 % on average, not exactly. With few examples, a split
may be left empty: it then gets one from the largest split, by the hash, until more come.
"""

import hashlib

import numpy as np

#: Remainders of the hash modulo 10 that belong to each split.
SPLITS = {"train": range(0, 8), "validation": range(8, 9), "test": range(9, 10), "all": range(0, 10)}


def check(split):
    """Refuses a split that is not in `SPLITS`, before anything is read."""
    if split not in SPLITS:
        raise ValueError(
            f"Invalid value for argument `split`. Expected one of {', '.join(SPLITS)}. Received: split={split!r}"
        )


def hash_numbers(numbers):
    """Returns the uint64 hashes of non-negative integers: the SplitMix64 generator's output at each.

    Reference: Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators.

    >>> hex(hash_numbers([0])[0])
    '0xe220a8397b1dcdaf'
    """
    # Unsigned array arithmetic is modulo 2^64, as the algorithm requires.
    z = (np.asarray(numbers).astype("uint64") + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def hash_names(names):
    """Returns the uint64 hashes of strings: the first 8 bytes of BLAKE2b of their UTF-8, little-endian."""
    # A file name that isn't valid text holds surrogates, which strict UTF-8 would refuse.
    codes = (name.encode("utf-8", "surrogateescape") for name in names)
    digests = b"".join(hashlib.blake2b(code, digest_size=8).digest() for code in codes)
    return np.frombuffer(digests, "<u8")


def _three(hashes):
    """Returns {split: positions}; with three examples or more, no split is empty."""
    remainders = hashes % np.uint64(10)
    found = {
        split: np.flatnonzero(np.isin(remainders, np.array(SPLITS[split], "uint64")))
        for split in ("train", "validation", "test")
    }
    if len(hashes) >= 3:
        for split in (split for split in found if not found[split].size):
            most = max(found, key=lambda name: found[name].size)
            first = found[most][np.argmin(hashes[found[most]])]
            found[split], found[most] = np.array([first]), found[most][found[most] != first]
    return found


def choose(split, hashes, source):
    """Returns the positions of the examples of a split, in their order.

    Args:
        split: "train", "validation" or "test", which are disjoint, or "all".
        hashes: uint64 [N], one for each example.
        source: What holds the examples, for the error.

    Raises:
        ValueError: No such split, or it is empty, as there are at most two examples.

    >>> [len(choose(split, hash_numbers(range(1000)), "")) for split in SPLITS]
    [795, 105, 100, 1000]
    """
    check(split)
    hashes = np.asarray(hashes, "uint64")
    positions = np.arange(len(hashes)) if split == "all" else _three(hashes)[split]
    if positions.size == 0:
        raise ValueError(
            f"The split {split!r} of {source} is empty. Expected three examples or more. Received: "
            f"{len(hashes)} examples in all. Add examples, or take split='all' and split them yourself."
        )
    return positions
