"""Pictures in the folders train, validation and test, each group of them in one."""

import collections
import hashlib
import pathlib
import tempfile

SPLITS = ("train", "validation", "test")


def assign(groups, part):
    """Returns the split of each group: {name: "train", "validation" or "test"}.

    In the order of a hash of their names, groups go to test as long as it holds no more than its part of all pictures,
    then to validation; all others are for training. A group that is larger than what is left is for training, too. So
    the parts are nearly exact, and don't depend on how the pictures were found.

    Args:
        groups: {name: number of its pictures}, three or more.
        part: Of all pictures, that of test and that of validation.

    Raises:
        ValueError: Fewer than three groups.

    >>> collections.Counter(assign({str(name): 1 for name in range(20)}, 0.1).values())
    Counter({'train': 16, 'test': 2, 'validation': 2})
    """
    if len(groups) < 3:
        raise ValueError(f"Three splits need three groups of pictures or more. Received: {len(groups)}.")
    order = sorted(groups, key=lambda name: hashlib.blake2b(name.encode()).digest())
    assigned = dict.fromkeys(order, "train")
    for others, split in ((2, "test"), (1, "validation")):  # others: splits that still need a group each
        left = part * sum(groups.values())
        free = [name for name in order if assigned[name] == "train"]
        taken = []
        for name in free:
            if groups[name] <= left and len(free) - len(taken) > others:
                left -= groups[name]
                taken.append(name)
        # Where no group is small enough, the smallest is taken all the same.
        assigned |= dict.fromkeys(taken or [min(free, key=groups.__getitem__)], split)
    return assigned


def write(folder, pictures):
    """Writes pictures as PNG to folder/split/name.png: all of them or, where that fails, none.

    Args:
        folder: Path of a folder that doesn't exist, or is empty.
        pictures: Yields (split, name, `PIL.Image`).

    Returns:
        {split: number of pictures}.

    Raises:
        ValueError: The folder holds something.
    """
    folder = pathlib.Path(folder)
    check(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    counts = collections.Counter()
    with tempfile.TemporaryDirectory(prefix=".pictures-", dir=folder.parent) as work:
        made = pathlib.Path(work, folder.name)
        for split in SPLITS:
            (made / split).mkdir(parents=True)
        for split, name, image in pictures:
            image.save(made / split / f"{name}.png")
            counts[split] += 1
        if folder.exists():
            folder.rmdir()
        made.rename(folder)
    return {split: counts[split] for split in SPLITS}


def check(folder):
    """Refuses a folder that holds something."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} exists already. Delete it to make it anew, or name another folder.")
