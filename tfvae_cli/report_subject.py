"""The images that a run is measured on, and the few of them for what takes long."""

import functools
import hashlib
from typing import Any

from tfvae_cli import modalities

# Examples of the map, which are enough for eyes.
_POINTS = 2000
_AT_ONCE = 64


class Subject:
    """A run that is measured, and its images.

    Args:
        opened: The `Opened` run, loaded.
        run: What the user called it.

    Attributes:
        dataset: The images, as the model takes them.
        info: Their `DatasetInfo`.
        digest: SHA-256 of the images' values, in hexadecimal.
        images: [N, ...], at most so many that a map can show them, evenly spaced.
        labels: int [N] of these, or None.

    Raises:
        Problem: There are no such images.
    """

    def __init__(self, opened, run):
        import numpy as np

        self.opened, self.run, self.vae = opened, run, opened.vae
        self.dataset, self.info = opened.images()
        labelled = bool(self.info.num_classes)
        batches = opened.images(labels=True)[0] if labelled else self.dataset
        wanted = set(_spaced(self.info.num_examples, _POINTS).tolist())
        digest, images, labels, seen = hashlib.sha256(), [], [], 0
        for batch in batches.as_numpy_iterator():
            x: Any = batch[0] if labelled else batch
            digest.update(f"{x.dtype} {x.shape[1:]}".encode() if not seen else b"")
            digest.update(x.tobytes())
            keep = [place for place in range(len(x)) if seen + place in wanted]
            images.append(x[keep])
            labels.append(batch[1][keep] if labelled else [])
            seen += len(x)
        self.digest = digest.hexdigest()
        self.images, self.labels = np.concatenate(images), np.concatenate(labels) if labelled else None

    @functools.cached_property
    def means(self):
        """The means of q(z|x) of `images`, float64 [N, D]."""
        import numpy as np
        import tensorflow as tf

        def encode(x, condition):
            return self.vae.encode(x, condition).mean()

        compiled = tf.function(encode, autograph=False, reduce_retracing=True)
        batches = (self.vae.unpack(batch) for batch in self.batches(len(self.images)))
        found = np.concatenate([compiled(x, condition).numpy() for x, condition, _ in batches])
        return found.reshape(len(found), -1).astype("float64")

    def batches(self, count):
        """Returns a dataset of so many examples as the model takes them, evenly spaced: files may go class by class."""
        import tensorflow as tf

        chosen = _spaced(len(self.images), count)
        if not modalities.needs_labels(self.vae) or self.labels is None:
            return tf.data.Dataset.from_tensor_slices(self.images[chosen]).batch(_AT_ONCE)
        pairs = tf.data.Dataset.from_tensor_slices((self.images[chosen], self.labels[chosen])).batch(_AT_ONCE)
        return modalities.dataset(self.vae, pairs)


def _spaced(total, count):
    """Returns at most `count` positions of `total`, evenly spaced, the first and the last among them."""
    import numpy as np

    return np.unique(np.linspace(0, total - 1, min(count, total)).round().astype(int))
