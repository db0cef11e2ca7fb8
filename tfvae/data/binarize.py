"""Pixels as bits."""

import math

import tensorflow as tf

from tfvae import arguments, random
from tfvae.component import register
from tfvae.data.preprocessing import OfIntensity


@register
class Binarize(OfIntensity):
    """x = 1 where the pixel's intensity is above `threshold`, else 0.

    Args:
        threshold: Threshold on the intensity, in [0, 1).
        maximum: Raw value of intensity 1. None is the dtype's: 255 for uint8, 65535 for uint16, 1 for bool and floats.

    >>> import tensorflow as tf
    >>> Binarize()(tf.constant([[0, 127, 128, 255]], tf.uint8)).numpy().tolist()
    [[0.0, 0.0, 1.0, 1.0]]
    """

    def __init__(self, threshold=0.5, maximum=None, **kwargs):
        super().__init__(maximum, **kwargs)
        below_one = math.nextafter(1.0, 0.0)
        self.threshold = arguments.number("threshold", threshold, "a number in [0, 1)", minimum=0, maximum=below_one)

    def call(self, raw, seed=None):
        """Returns x; draws nothing."""
        del seed
        return self._above(self._intensity(raw), self.threshold)


@register
class DynamicBinarize(OfIntensity):
    """x ~ Bernoulli(intensity), drawn afresh for each batch of `fit`.

    `evaluate` draws from a fixed seed; a served graph thresholds at 0.5.
    Reference: Salakhutdinov and Murray (2008), On the quantitative analysis of
    deep belief networks; Burda et al. (2016), section 5.

    Args:
        maximum: Raw value of intensity 1. None is the dtype's: 255 for uint8, 65535 for uint16, 1 for bool and floats.

    >>> import tensorflow as tf
    >>> DynamicBinarize()(tf.constant([[0, 255]], tf.uint8), seed=tf.constant([1, 2])).numpy().tolist()
    [[0.0, 1.0]]
    """

    def call(self, raw, seed=None):
        """Returns x, a draw where there is a seed."""
        intensity = self._intensity(raw)
        level = 0.5 if seed is None else random.uniform(tf.shape(intensity), seed, self.float_dtype)
        return self._above(intensity, level)

    def expected(self, raw):
        """Returns the intensities, the probabilities of white; `call` without a seed has only black and white."""
        return self._intensity(raw)
