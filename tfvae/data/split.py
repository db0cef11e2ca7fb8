"""Which examples belong to which split, by a hash of what identifies them.

A hash needs no list of who went where: an example that was for training stays
so when others are added, in another process and on another machine. The price
is that the shares are 80, 10 and 10 % on average, and not to the example. Of a few examples a split
may be left with none: it gets one of the largest, by the hash, until more come.
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
    # Unsigned array arithmetic is modulo 2^64, as the algorithm wants it.
    z = (np.asarray(numbers).astype("uint64") + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def hash_names(names):
    """Returns the uint64 hashes of strings: the first 8 bytes of BLAKE2b of their UTF-8, little-endian."""
    # A name of the file system that is no text holds surrogates, which strict UTF-8 would refuse.
    codes = (name.encode("utf-8", "surrogateescape") for name in names)
    digests = b"".join(hashlib.blake2b(code, digest_size=8).digest() for code in codes)
    return np.frombuffer(digests, "<u8")


def _three(hashes):
    """Returns {split: positions}; of three examples or more each split has one."""
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
        ValueError: No such split, or it has no example, as there are two at most.

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
