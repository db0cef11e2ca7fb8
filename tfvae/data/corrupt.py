"""Noise on the encoder's input, but not on the reconstruction target."""

from typing import Any

import tensorflow as tf

from tfvae import arguments, random
from tfvae.component import register
from tfvae.data.preprocessing import Preprocessing


@register
class Corrupt(Preprocessing):
    """The encoder sees a noisy x, and the likelihood is that of the clean x.

    z ~ q(z|x~),  x~ ~ corruption of x,  log p(x|z)

    x is the output of `preprocessing`. To get x~, Gaussian noise is added to each
    number of x, which is then set to 0 with probability `masking`, and then to `low` or
    `high`, equally likely, with probability `salt_and_pepper`. Like every random step,
    this is drawn afresh for each batch of `fit`, and from a fixed stream by `evaluate`,
    whose loss is therefore the one being trained. `encode`, `reconstruct`, `predict`,
    the estimates of log p(x), and a served graph don't draw it at all.

    With a `families.Deterministic` posterior it makes a denoising autoencoder, with any
    other a denoising VAE: for each x~, the bound with q(z|x~) is a bound on log p(x).

    Reference: Vincent et al. (2010), Stacked denoising autoencoders, Journal of
    Machine Learning Research 11, section 3.3; Im et al. (2017), Denoising criterion
    for variational auto-encoding framework, arXiv 1511.06406, equation 5.

    Args:
        preprocessing: raw -> clean x, a `data.Preprocessing`, or None where raw is x.
        stddev: Standard deviation of the Gaussian noise, in units of x.
        masking: Probability of a 0, in [0, 1].
        salt_and_pepper: Probability of an extreme value, in [0, 1].
        low: One extreme, in units of x.
        high: The other.

    Raises:
        ValueError: No noise, or an argument out of range.

    >>> corrupt = Corrupt(masking=1.0)
    >>> x = corrupt(tf.constant([[0.5, 1.0]]), seed=tf.constant([1, 2]))
    >>> x.numpy().tolist(), corrupt.corrupted(x, seed=tf.constant([1, 2])).numpy().tolist()
    ([[0.5, 1.0]], [[0.0, 0.0]])
    """

    raw_dtype = "float32"

    def __init__(self, preprocessing=None, stddev=0.0, masking=0.0, salt_and_pepper=0.0, low=0.0, high=1.0, **kwargs):
        super().__init__(**kwargs)
        if preprocessing is not None and not isinstance(preprocessing, Preprocessing):
            raise arguments.invalid(
                "preprocessing", "a data.Preprocessing such as data.Rescale(), or None", preprocessing
            )
        self.preprocessing: Any = preprocessing
        self.raw_dtype = preprocessing.raw_dtype if preprocessing is not None else self.raw_dtype
        probability = {"expected": "a probability in [0, 1]", "minimum": 0, "maximum": 1}
        self.stddev = arguments.number("stddev", stddev, "a number >= 0", minimum=0)
        self.masking = arguments.number("masking", masking, **probability)
        self.salt_and_pepper = arguments.number("salt_and_pepper", salt_and_pepper, **probability)
        self.low, self.high = arguments.number("low", low), arguments.number("high", high)
        if not (stddev or masking or salt_and_pepper):
            raise ValueError(
                "Corrupt without noise changes nothing. Expected `stddev`, `masking` or `salt_and_pepper` above 0. "
                f"Received: stddev={stddev}, masking={masking}, salt_and_pepper={salt_and_pepper}"
            )

    def call(self, raw, seed=None):
        """Returns the clean x."""
        return raw if self.preprocessing is None else self.preprocessing(raw, seed=seed)

    def corrupted(self, x, seed=None):
        """Returns x~, of x's shape; x itself without a seed."""
        if seed is None:
            return x
        if self.preprocessing is not None:
            x = self.preprocessing.corrupted(x, random.fold(seed, 3))
        shape, dtype = tf.shape(x), x.dtype
        seen = x + self.stddev * random.normal(shape, random.fold(seed, 0), dtype)
        seen = tf.where(random.uniform(shape, random.fold(seed, 1), dtype) < self.masking, tf.zeros_like(x), seen)
        # One uniform number decides both: the lower half of the probability is pepper, the upper half salt.
        extreme = random.uniform(shape, random.fold(seed, 2), dtype)
        seen = tf.where(extreme < self.salt_and_pepper, tf.cast(self.high, dtype), seen)
        seen = tf.where(extreme < self.salt_and_pepper / 2, tf.cast(self.low, dtype), seen)
        return tf.where(tf.math.is_nan(x), x, seen)  # what is missing doesn't become a number

    def floats(self, raw):
        """Returns those of the clean step."""
        return super().floats(raw) if self.preprocessing is None else self.preprocessing.floats(raw)

    def bounds(self, raw):
        """Refuses what the clean step refuses."""
        if self.preprocessing is not None:
            self.preprocessing.bounds(raw)

    def check(self, raw):
        """Refuses what the clean step refuses."""
        if self.preprocessing is not None:
            self.preprocessing.check(raw)

    def log_jacobian(self, event_shape):
        """Returns that of the clean step."""
        return 0.0 if self.preprocessing is None else self.preprocessing.log_jacobian(event_shape)

    def expected(self, raw):
        """Returns that of the clean step."""
        return raw if self.preprocessing is None else self.preprocessing.expected(raw)

    def intensity(self, x):
        """Returns that of the clean step."""
        return x if self.preprocessing is None else self.preprocessing.intensity(x)
