"""How much more improbable an example is than its complexity explains."""

import io
import math
import zlib

import numpy as np
from PIL import Image

from tfvae import arguments
from tfvae.data import epoch
from tfvae.evaluation.anomaly import score as scores


def png(x):
    """Returns the bits of a picture as a PNG.

    Args:
        x: uint8 [height, width, channels], of one or three channels.

    Raises:
        ValueError: It is something else.

    >>> png(np.zeros([28, 28, 1], "uint8")) < png(np.random.default_rng(0).integers(0, 256, [28, 28, 1], "uint8"))
    True
    """
    x = np.asarray(x)
    if x.dtype != np.uint8 or x.ndim != 3 or x.shape[-1] not in (1, 3):
        raise ValueError(
            "Only pictures have a PNG: uint8 [height, width, channels], of one or three channels. Received: "
            f"{x.dtype} {list(x.shape)}. Give `anomaly.InputComplexity` another function for its `compress`, such as "
            "anomaly.deflate."
        )
    file = io.BytesIO()
    Image.fromarray(x[..., 0] if x.shape[-1] == 1 else x).save(file, "PNG", optimize=True)
    return 8 * file.tell()


def deflate(x):
    """Returns the bits of an array's bytes as zlib compresses them; of integers, as floats hardly compress.

    >>> deflate(np.zeros([1000], "uint8")) < 8 * 1000
    True
    """
    return 8 * len(zlib.compress(np.ascontiguousarray(x).tobytes(), 9))


class InputComplexity(scores.Shown):
    """How much longer x is by the model's code than by a general compressor's.

    s(x) = -log p(x) - L(x) log 2

    L is the length in bits of raw x as a file. Simple pictures are probable by any model; what is strange is to be less
    probable than its simplicity explains. log p and L should be of the same x: of a model of thresholded pixels, give
    thresholded pictures. A constant between their units changes no rank.

    Reference: Serra et al. (2020), Input complexity and out-of-distribution detection with likelihood-based generative
    models, arXiv 1909.11480, equation 1, there in bits.

    Args:
        score: -log p(x), such as `anomaly.NegativeLogLikelihood(vae)`.
        compress: raw x -> L(x), of one example: `anomaly.png`, `anomaly.deflate`, or another function.

    Raises:
        ValueError: One of them is no function, x is a dict of modalities, or no picture where L is that of a PNG.

    >>> from tfvae import data
    >>> x = data.from_array(np.zeros([2, 4], "uint8"))
    >>> InputComplexity(lambda *_: [3.0, 5.0], compress=lambda x: 1 / math.log(2))(x)
    array([2., 4.])
    """

    def __init__(self, score, compress=png):
        self.score = scores.check("score", score)
        if not callable(compress):
            raise arguments.invalid("compress", "a function of one example, such as evaluation.anomaly.png", compress)
        self.compress = compress

    def __call__(self, dataset, seed=0, verbose=0):
        """Returns the scores of a dataset, float64 [N] in nats; `seed` is that of the score."""
        with epoch.in_order():
            bits = [self.compress(x) for batch in dataset for x in _raw(batch)]
        surprise, bits = scores.all_values((self.score, lambda *_: bits), dataset, seed, verbose)
        return surprise - math.log(2) * bits


def _raw(batch):
    """Returns raw x of a batch, [B, ...]."""
    x = batch[0] if isinstance(batch, tuple | list) else batch
    if isinstance(x, dict):
        raise ValueError(
            "anomaly.InputComplexity compresses an x that is one array, and this dataset's is a dict of the modalities "
            f"{', '.join(x)}. Score one of them by a model of its own."
        )
    return np.asarray(x)
