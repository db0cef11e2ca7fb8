"""Pictures of a model as it trains, one file per epoch.

All pictures use the same noise, so that only the model differs from one epoch
to the next. The noise has its own seed, so that pictures don't change the
training.
"""

import abc
import pathlib
import warnings

import keras
import numpy as np
import tensorflow_probability as tfp

from tfvae import arguments, latent, pictures
from tfvae.callbacks import summaries
from tfvae.devices import replicas
from tfvae.inputs import models


class _Pictures(keras.callbacks.Callback, abc.ABC):
    """Draws `picture()` at the end of epochs.

    Args:
        folder: Where the files `epoch_0001.png`, ... go; created if it doesn't exist.
        every: Epochs between pictures.
        log_dir: A folder for TensorBoard, where the pictures go as well, or None.
        seed: int, the seed for the noise of every picture.
    """

    def __init__(self, folder, every=1, log_dir=None, seed=0):
        super().__init__()
        self.folder = pathlib.Path(folder)
        self.every = arguments.integer("every", every, "a positive number of epochs")
        self.log_dir = log_dir
        self.seed = seed

    @abc.abstractmethod
    def picture(self):
        """Returns the picture of the model as it is, uint8 [H, W, channels]."""

    def on_train_begin(self, logs=None):
        """Draws once, so that errors come before the first step and not after an epoch."""
        del logs
        fix = "Draw one of them: pictures.grid(vae.sample(16)[name])."
        models.of_one_array(self.model, f"callbacks.{type(self).__name__}", fix)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", models.UNTRAINED)
            self.picture()
        if replicas.is_chief(self.model.distribute_strategy):
            self.folder.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch, logs=None):
        """Writes a picture atomically; of several workers, only the chief writes."""
        del logs
        if (epoch + 1) % self.every or not replicas.is_chief(self.model.distribute_strategy):
            return
        picture = self.picture()
        pictures.save(self.folder / f"epoch_{epoch + 1:04d}.png", picture)
        if self.log_dir is not None:
            summaries.image(self.log_dir, type(self).__name__.lower(), picture, epoch + 1)


class Samples(_Pictures):
    """Draws samples from the model, with the same prior noise each epoch.

    Args:
        folder: Where the files `epoch_0001.png`, ... go; created if it doesn't exist.
        count: Number of samples.
        every: Epochs between pictures.
        condition: [count, ...] for a conditional model.
        log_dir: A folder for TensorBoard, where the pictures go as well, or None.
        seed: int, the seed for the noise of every picture.

    Raises:
        ValueError: `every` is not a positive int; from `fit`, before its first
            step, if events aren't images or the condition doesn't fit.

    >>> Samples("runs/samples", count=16, every=5).every
    5
    """

    def __init__(self, folder, count=64, every=1, condition=None, log_dir=None, seed=0):
        super().__init__(folder, every, log_dir, seed)
        self.count = arguments.integer("count", count)
        self.condition = condition

    def picture(self):
        """Returns the picture of the model as it is, uint8 [H, W, channels]."""
        return pictures.grid(self.model.sample(self.count, self.condition, seed=self.seed).numpy())


class Reconstructions(_Pictures):
    """Draws images, each with its reconstruction to the right.

    Args:
        x: Raw images [N, ...].
        folder: Where the files `epoch_0001.png`, ... go; created if it doesn't exist.
        every: Epochs between pictures.
        condition: [N, ...] for a conditional model.
        log_dir: A folder for TensorBoard, where the pictures go as well, or None.
        seed: int, the seed for the posterior noise of every picture.

    Raises:
        ValueError: As for `Samples`.
    """

    def __init__(self, x, folder, every=1, condition=None, log_dir=None, seed=0):
        super().__init__(folder, every, log_dir, seed)
        self.x = np.asarray(x)
        self.condition = condition

    def picture(self):
        """Returns the picture of the model as it is, uint8 [H, W, channels]."""
        again = self.model.reconstruct(self.x, self.condition, seed=self.seed).numpy()
        # What is missing is drawn black.
        x = np.where(np.isnan(self.x), 0, self.x) if self.model.likelihood.takes_missing else self.x
        pairs = pictures.beside(x, again)
        return pictures.grid(pairs, columns=2 * int(np.ceil(np.sqrt(len(self.x) / 2))))


class Traversals(_Pictures):
    """Draws the effect of each latent dimension: one row each, from -3 to 3, left to right.

    The other dimensions stay at the image's posterior mean. The rows of the
    first image come first. See `latent.traversal`.

    Args:
        x: Raw images [N, ...]; one or a few.
        folder: Where the files `epoch_0001.png`, ... go; created if it doesn't exist.
        every: Epochs between pictures.
        dimensions: Latent dimensions to draw, None for all.
        condition: [N, ...] for a conditional model.
        log_dir: A folder for TensorBoard, where the pictures go as well, or None.

    Raises:
        ValueError: As for `Samples`, or the latent doesn't have one of the dimensions.
    """

    def __init__(self, x, folder, every=1, dimensions=None, condition=None, log_dir=None):
        super().__init__(folder, every, log_dir)
        self.x = np.asarray(x)
        self.dimensions = dimensions
        self.condition = condition

    def picture(self):
        """Returns the picture of the model as it is, uint8 [H, W, channels]."""
        z = self.model.encode(self.x, self.condition).mean().numpy()
        conditions = [None] * len(z) if self.condition is None else self.condition
        rows = [
            latent.traversal(self.model, one, self.dimensions, condition=condition)
            for one, condition in zip(z, conditions, strict=True)
        ]
        images = np.concatenate(rows)
        return pictures.grid(images.reshape(-1, *images.shape[2:]), columns=images.shape[1])


class Manifold(_Pictures):
    """Draws the decoded plane of a two-dimensional latent space.

    The points are quantiles of the standard normal, from 0.05 to 0.95 in both
    directions, so that each square of the grid is equally likely under that prior.
    The first dimension grows to the right, the second downwards.

    Reference: Kingma and Welling (2014), arXiv 1312.6114, appendix A.

    Args:
        folder: Where the files `epoch_0001.png`, ... go; created if it doesn't exist.
        every: Epochs between pictures.
        size: Points in each direction.
        condition: One condition for all points, without a batch axis, for a conditional model.
        log_dir: A folder for TensorBoard, where the pictures go as well, or None.

    Raises:
        ValueError: As for `Samples`; from `fit`, if the latent doesn't have exactly two dimensions.
    """

    def __init__(self, folder, every=1, size=15, condition=None, log_dir=None):
        super().__init__(folder, every, log_dir)
        self.size = arguments.integer("size", size)
        self.condition = condition

    def picture(self):
        """Returns the picture of the model as it is, uint8 [H, W, channels]."""
        shape = self.model.posterior.event_shape
        if shape != (2,):
            raise ValueError(
                f"Manifold draws a latent of two dimensions, and this model's has the shape {shape}. Make the model "
                "with a latent of (2,), or use callbacks.Traversals."
            )
        points = tfp.distributions.Normal(0.0, 1.0).quantile(np.linspace(0.05, 0.95, self.size, dtype="float32"))
        right, down = np.meshgrid(points, points)
        z = np.stack([right.ravel(), down.ravel()], axis=1)
        condition = None if self.condition is None else np.asarray(self.condition)[None]
        return pictures.grid(self.model.decode(z, condition).mean().numpy(), columns=self.size)
