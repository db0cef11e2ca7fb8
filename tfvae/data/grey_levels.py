"""Pixels as the grey levels that they are, or as numbers spread over a level."""

import math

import tensorflow as tf

from tfvae import arguments, random
from tfvae.component import register
from tfvae.data.preprocessing import OfIntensity


@register
class Dequantize(OfIntensity):
    """x = (k + u) / levels, u ~ U[0, 1), for the k-th of `levels` grey values.

    It makes a density of x a lower bound on the probability of the discrete data:
    log P(k) >= E_u[log p(x)] - D log levels. A served graph uses u = 1/2. Reference: Theis,
    van den Oord and Bethge (2016), arXiv 1511.01844, section 3.1.

    Args:
        levels: Number of grey values, evenly spread over the intensities: 256 for
            photographs, 17 for scikit-learn's digits.
        maximum: Raw value of intensity 1. None is the dtype's: 255 for uint8, 65535 for uint16, 1 for bool and floats.

    Raises:
        ValueError: `levels` is not in 2..256.

    >>> import tensorflow as tf
    >>> Dequantize(levels=256)(tf.constant([[0, 255]], tf.uint8)).numpy().tolist()
    [[0.001953125, 0.998046875]]
    """

    def __init__(self, levels=256, maximum=None, **kwargs):
        super().__init__(maximum, **kwargs)
        self.levels = arguments.integer("levels", levels, "an int in 2..256", minimum=2, maximum=256)

    def call(self, raw, seed=None):
        """Returns x in (0, 1), a draw where there is a seed."""
        intensity = self._intensity(raw)
        level = tf.round(intensity * (self.levels - 1))
        noise = 0.5 if seed is None else random.uniform(tf.shape(intensity), seed, self.float_dtype)
        return (level + noise) / self.levels

    def intensity(self, x):
        """Returns the level k / (levels - 1) of x = (k + 1/2) / levels."""
        return (x * self.levels - 0.5) / (self.levels - 1)

    def log_jacobian(self, event_shape):
        """Returns -D log levels."""
        return -math.prod(event_shape) * math.log(self.levels)


@register
class Quantize(OfIntensity):
    """x = k / (levels - 1) for the k-th of `levels` grey values: exactly the values that families over levels take.

    For `families.DiscretizedLogistic`, its mixture, `Categorical` and `BetaBinomial`,
    whose log P(x) is that of the raw pixels; draws nothing.

    Args:
        levels: Number of grey values, evenly spread over the intensities: 256 for
            photographs, 17 for scikit-learn's digits.
        maximum: Raw value of intensity 1. None is the dtype's: 255 for uint8, 65535 for uint16, 1 for bool and floats.

    Raises:
        ValueError: `levels` is not in 2..256.

    >>> import tensorflow as tf
    >>> Quantize(levels=17)(tf.constant([[0, 16, 128, 255]], tf.uint8)).numpy().tolist()
    [[0.0, 0.0625, 0.5, 1.0]]
    """

    def __init__(self, levels=256, maximum=None, **kwargs):
        super().__init__(maximum, **kwargs)
        self.levels = arguments.integer("levels", levels, "an int in 2..256", minimum=2, maximum=256)

    def call(self, raw, seed=None):
        """Returns x in 0, 1 / (levels - 1), ..., 1."""
        del seed
        return tf.round(self._intensity(raw) * (self.levels - 1)) / (self.levels - 1)

    def log_jacobian(self, event_shape):
        """Returns -D log(levels - 1): densities of x in units of a level."""
        return -math.prod(event_shape) * math.log(self.levels - 1)
