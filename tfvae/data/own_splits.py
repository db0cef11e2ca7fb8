"""Folders that are divided already: their subfolders are the splits."""

import warnings

_NAMES = ("train", "validation", "test")
# Names that are likely meant as splits.
_SIMILAR = {*_NAMES, "training", "val", "valid", "dev", "eval", "testing"}


def level(folder, paths):
    """Returns at which level of a folder its classes begin: 1 where its subfolders are the splits, else 0.

    They are where all files are in subfolders named train, validation and test, none of which is empty. Of similar
    names, such as train and test alone, a warning says that they are taken for classes.

    Args:
        folder: `pathlib.Path` of the folder.
        paths: Those of its files, relative to it.
    """
    names = {path.parts[0] for path in paths} if all(len(path.parts) > 1 for path in paths) else set()
    if names == set(_NAMES):
        return 1
    if len(names) > 1 and {name.lower() for name in names} <= _SIMILAR:
        warnings.warn(
            f"The subfolders {', '.join(sorted(names))} of {folder} are read as classes, and each split is of all of "
            "them. Where they are the splits, name them train, validation and test, and let none be empty.",
            UserWarning,
            stacklevel=4,
        )
    return 0


def choose(split, paths, folder):
    """Returns those of the paths that are in a split, or all for "all"."""
    del folder
    return [path for path in paths if split in (path.parts[0], "all")]
