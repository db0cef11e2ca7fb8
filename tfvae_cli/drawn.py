"""Saves examples: images as a PNG, others (such as rows of a table) as an .npy file."""

from tfvae_cli import images
from tfvae_cli.problem import Problem


def is_picture(event_shape):
    """Returns whether an example is an image (height, width, 1 or 3 channels)."""
    return len(event_shape) == 3 and event_shape[-1] in (1, 3)


def save(path, columns, per_row=None, preprocessing=None):
    """Writes examples side by side, and prints the path.

    Args:
        path: The file, a PNG. If the examples aren't pictures, an .npy file of this name.
        columns: Arrays [N, *event_shape], which are shown side by side in each row.
        per_row: Pictures per row; None makes the grid about square.
        preprocessing: The model's, which says what is white where that isn't 1.

    Raises:
        Problem: The examples aren't pictures, and the path is neither a .png nor an .npy file.
    """
    import numpy as np

    from tfvae import pictures

    first, *others = columns
    if not is_picture(first.shape[1:]):
        if path.suffix.lower() not in (".png", ".npy"):
            raise Problem(f"--output {path}: examples of shape {first.shape[1:]} are no pictures. Name an .npy file.")
        path = path.with_suffix(".npy")
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix.lower() == ".npy":
        np.save(path, np.stack(columns, axis=1) if others else first)
    else:
        if preprocessing is not None and preprocessing.raw_is_x:
            first, *others = columns = [np.asarray(preprocessing.intensity(np.asarray(x, "float32"))) for x in columns]
        grid = pictures.beside(*columns) if others else first
        pictures.save(path, pictures.grid(grid, per_row, images.zoom(grid, per_row)))
    print(path)
