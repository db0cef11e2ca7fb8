"""How much of a dataset is read into memory."""

#: Most bytes of pixels that are read into memory.
LIMIT = 4 << 30


def check(size, found, fix):
    """Refuses images that are too large for memory, before they are read.

    Args:
        size: Their size in bytes.
        found: What was found, for the error: "FILE holds so many images of this shape".
        fix: What to do instead, a sentence.

    Raises:
        ValueError: They take more than `LIMIT` bytes.
    """
    if size > LIMIT:
        raise ValueError(f"{found}, more than the {LIMIT >> 30} GiB that are read into memory. {fix}")
