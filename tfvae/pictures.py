"""Pictures: grids of images and training curves."""

import pathlib

import numpy as np

from tfvae import arguments
from tfvae.data import finite, intensity
from tfvae.files import whole

_GAP = 2


def _as_pixels(images):
    images = np.asarray(images)
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not len(images):
        raise ValueError(
            "Invalid value for argument `images`. Expected shape (n, height, width[, channels]), n >= 1, with 1 or 3 "
            f"channels. Received shape: {images.shape}"
        )
    finite.check("images", images)
    if images.dtype.kind in "biu" and images.dtype != np.uint8:
        images = images / intensity.white(images.dtype)
    if images.dtype != np.uint8:
        images = np.rint(255 * np.clip(images, 0.0, 1.0)).astype("uint8")
    return images


def grid(images, columns=None, zoom=1):
    """Returns images side by side, as one array.

    Args:
        images: [N, height, width[, channels]], uint8, or floats in [0, 1].
        columns: Images per row; None makes the grid about square.
        zoom: Each pixel becomes a square of this side.

    Returns:
        uint8 [H, W, channels].

    Raises:
        ValueError: `images` are not images.

    >>> import numpy as np
    >>> grid(np.zeros([6, 8, 8]), columns=3).shape
    (22, 32, 1)
    """
    images = _as_pixels(images)
    count, height, width, channels = images.shape
    columns = int(np.ceil(np.sqrt(count))) if columns is None else arguments.integer("columns", columns)
    zoom = arguments.integer("zoom", zoom)
    rows = -(-count // columns)
    height, width = height * zoom, width * zoom
    canvas = np.full(((height + _GAP) * rows + _GAP, (width + _GAP) * columns + _GAP, channels), 255, "uint8")
    for number, image in enumerate(images):
        top = _GAP + (height + _GAP) * (number // columns)
        left = _GAP + (width + _GAP) * (number % columns)
        canvas[top : top + height, left : left + width] = image.repeat(zoom, 0).repeat(zoom, 1)
    return canvas


def beside(*columns):
    """Interleaves images of several sets, so that a grid shows them side by side: a1, b1, a2, b2, ..."""
    columns = [_as_pixels(column) for column in columns]
    if len({column.shape for column in columns}) != 1:
        raise ValueError(
            "Expected sets of images of one shape, as many in each. Received shapes: "
            f"{[column.shape for column in columns]}"
        )
    return np.stack(columns, axis=1).reshape(-1, *columns[0].shape[1:])


def save(path, picture):
    """Writes a picture, [H, W, channels] uint8, as PNG, atomically. Returns the path."""
    from PIL import Image

    path, picture = pathlib.Path(path), np.asarray(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[-1] not in (1, 3):
        raise ValueError(
            "Invalid value for argument `picture`. Expected uint8 [height, width, 1 or 3], as pictures.grid(images) "
            f"gives it. Received: {picture.dtype}, shape {picture.shape}"
        )
    with whole.replacing(path) as temporary:
        Image.fromarray(picture.squeeze(-1) if picture.shape[-1] == 1 else picture).save(temporary, format="PNG")
    return path


def curves(path, history, names=("loss", "elbo", "kl")):
    """Plots metrics over the epochs, training and validation together. Returns the path.

    Args:
        path: The PNG to write.
        history: {metric: [value of each epoch]}, such as `fit(...).history`.
        names: Metrics to draw, one plot each; those that `history` lacks are left out.
    """
    # Uses the object interface with its own canvas: pyplot would keep figures and choose a display backend.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    drawn = [name for name in names if name in history]
    if not drawn:
        raise arguments.invalid("names", f"some of the history's metrics, {', '.join(history)}", names)
    figure = Figure(figsize=(4.2 * len(drawn), 3.2), layout="constrained", dpi=110)
    canvas = FigureCanvasAgg(figure)
    for axes, name in zip(np.ravel(figure.subplots(1, len(drawn))), drawn, strict=True):
        epochs = np.arange(1, len(history[name]) + 1)
        axes.plot(epochs, history[name], label="training")
        if f"val_{name}" in history:
            axes.plot(epochs, history[f"val_{name}"], label="validation")
        axes.set_xlabel("epoch")
        axes.set_ylabel(f"{name} (nats)")
        axes.grid(alpha=0.3)
        axes.legend()
    canvas.draw()
    return save(path, np.asarray(canvas.buffer_rgba())[..., :3].copy())
