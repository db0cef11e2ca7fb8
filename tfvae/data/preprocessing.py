"""From raw pixels to x, inside the graph, so that training and serving can't differ."""

import abc
import math

import tensorflow as tf

from tfvae import arguments, random
from tfvae.component import Component, register


class Preprocessing(Component, abc.ABC):
    """raw -> x.

    `fit` hands over a fresh seed a batch, `evaluate` and the likelihood
    estimates one of a fixed stream, and a served graph none: then the step is
    deterministic.

    Attributes:
        raw_dtype: Dtype of the pixels that an exported graph takes.
    """

    raw_dtype = "uint8"

    @abc.abstractmethod
    def call(self, raw, seed=None):
        """Returns x, float32 or float64, of raw's shape.

        Args:
            raw: [B, ...], uint8 pixels 0..255, or floats.
            seed: int32[2], or None for the deterministic form.
        """

    def corrupted(self, x, seed=None):
        """Returns what the encoder sees of x, float32 or float64, in training; x itself where a step says nothing.

        Args:
            x: [B, ...], as `call` returns it; the likelihood is of this one.
            seed: int32[2], or None for x itself.
        """
        del seed
        return x

    def check(self, raw):
        """Refuses values of a batch that can't be raw pixels; called on the first batch of `fit`, eagerly."""
        del raw

    def log_jacobian(self, event_shape):
        """Returns what turns a log-density of x into one of the raw data, in nats per example.

        log p(raw) = log p(x) + log_jacobian

        Probabilities of a discrete x, as `families.Bernoulli` gives, have no unit and need none of it.
        """
        del event_shape
        return 0.0

    def intensity(self, x):
        """Returns the intensities in [0, 1] that x, or a mean of several, is a picture of; not every step knows."""
        raise NotImplementedError(f"{type(self).__name__} has no `intensity`")


class _OfIntensity(Preprocessing, abc.ABC):
    """A step on intensities in [0, 1]: integers are 0..255, floats are taken as they are."""

    def check(self, raw):
        """Refuses floats outside [0, 1], which would all be white."""
        raw = tf.convert_to_tensor(raw)
        if raw.dtype.is_floating and bool(tf.reduce_any((raw < 0) | (raw > 1))):
            raise ValueError(
                f"{type(self).__name__} takes uint8 pixels 0..255, or floats in [0, 1]. Received floats from "
                f"{float(tf.reduce_min(raw)):.4g} to {float(tf.reduce_max(raw)):.4g}. Keep the pixels as uint8, or "
                "rescale them."
            )

    def intensity(self, x):
        """Returns x: it is an intensity, or the probability of a white pixel."""
        return x

    def _intensity(self, raw):
        raw = tf.convert_to_tensor(raw)
        intensity = tf.cast(raw, self.float_dtype)
        return intensity / 255 if raw.dtype.is_integer else intensity

    def _above(self, intensity, level):
        # NaN is above nothing, and would become a black pixel.
        return tf.where(tf.math.is_finite(intensity), tf.cast(intensity > level, self.float_dtype), intensity)


@register
class Rescale(Preprocessing):
    """x = raw * scale + offset.

    Args:
        scale: Multiplies; 1/255 makes [0, 1] of uint8.
        offset: Is added.
        raw_dtype: Dtype that an exported graph takes, "float32" where raw is no uint8.

    >>> import tensorflow as tf
    >>> Rescale()(tf.constant([[0, 255]], tf.uint8)).numpy().tolist()
    [[0.0, 1.0]]
    """

    def __init__(self, scale=1.0 / 255.0, offset=0.0, raw_dtype="uint8", **kwargs):
        super().__init__(**kwargs)
        if arguments.number("scale", scale, "a finite number other than 0") == 0:
            raise arguments.invalid("scale", "a finite number other than 0", scale)
        self.scale = scale
        self.offset = arguments.number("offset", offset)
        try:
            tf.as_dtype(raw_dtype)
        except TypeError:
            raise arguments.invalid(
                "raw_dtype", "the name of a dtype, such as 'uint8' or 'float32'", raw_dtype
            ) from None
        self.raw_dtype = raw_dtype

    def call(self, raw, seed=None):
        """Returns x; draws nothing."""
        del seed
        return tf.cast(raw, self.float_dtype) * self.scale + self.offset

    def intensity(self, x):
        """Returns raw of x, divided by 255 where raw is uint8; floats are intensities as they are."""
        raw = (x - self.offset) / self.scale
        return raw / 255 if tf.as_dtype(self.raw_dtype).is_integer else raw

    def log_jacobian(self, event_shape):
        """Returns D log |scale|: densities of x in units of raw."""
        return math.prod(event_shape) * math.log(abs(self.scale))


@register
class Binarize(_OfIntensity):
    """x = 1 where the pixel's intensity is above `threshold`, else 0.

    Args:
        threshold: In [0, 1); intensities are uint8 / 255, or floats in [0, 1].

    >>> import tensorflow as tf
    >>> Binarize()(tf.constant([[0, 127, 128, 255]], tf.uint8)).numpy().tolist()
    [[0.0, 0.0, 1.0, 1.0]]
    """

    def __init__(self, threshold=0.5, **kwargs):
        super().__init__(**kwargs)
        below_one = math.nextafter(1.0, 0.0)
        self.threshold = arguments.number("threshold", threshold, "a number in [0, 1)", minimum=0, maximum=below_one)

    def call(self, raw, seed=None):
        """Returns x; draws nothing."""
        del seed
        return self._above(self._intensity(raw), self.threshold)


@register
class DynamicBinarize(_OfIntensity):
    """x ~ Bernoulli(intensity), drawn afresh for each batch of `fit`.

    `evaluate` draws from a fixed seed; a served graph thresholds at 0.5.
    Reference: Salakhutdinov and Murray (2008), On the quantitative analysis of
    deep belief networks; Burda et al. (2016), section 5.

    >>> import tensorflow as tf
    >>> DynamicBinarize()(tf.constant([[0, 255]], tf.uint8), seed=tf.constant([1, 2])).numpy().tolist()
    [[0.0, 1.0]]
    """

    def call(self, raw, seed=None):
        """Returns x, a draw where there is a seed."""
        intensity = self._intensity(raw)
        level = 0.5 if seed is None else random.uniform(tf.shape(intensity), seed, self.float_dtype)
        return self._above(intensity, level)


@register
class Dequantize(_OfIntensity):
    """x = (k + u) / levels, u ~ U[0, 1), for the k-th of `levels` grey values.

    Makes a density of x a lower bound for the probability of the discrete data:
    log P(k) >= E_u[log p(x)] - D log levels. A served graph uses u = 1/2.
    Reference: Theis, van den Oord and Bethge (2016), arXiv 1511.01844, section 3.1.

    Args:
        levels: Number of grey values, evenly spread over uint8 0..255: 256 for
            photographs, 17 for scikit-learn's digits.

    Raises:
        ValueError: `levels` is not in 2..256.

    >>> import tensorflow as tf
    >>> Dequantize(levels=256)(tf.constant([[0, 255]], tf.uint8)).numpy().tolist()
    [[0.001953125, 0.998046875]]
    """

    def __init__(self, levels=256, **kwargs):
        super().__init__(**kwargs)
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
class Quantize(_OfIntensity):
    """x = k / (levels - 1) for the k-th of `levels` grey values: exactly the values that families on levels know.

    For `families.DiscretizedLogistic`, its mixture, `Categorical` and `BetaBinomial`,
    whose log P(x) is that of the raw pixels; draws nothing.

    Args:
        levels: Number of grey values, evenly spread over uint8 0..255: 256 for
            photographs, 17 for scikit-learn's digits.

    Raises:
        ValueError: `levels` is not in 2..256.

    >>> import tensorflow as tf
    >>> Quantize(levels=17)(tf.constant([[0, 16, 128, 255]], tf.uint8)).numpy().tolist()
    [[0.0, 0.0625, 0.5, 1.0]]
    """

    def __init__(self, levels=256, **kwargs):
        super().__init__(**kwargs)
        if levels != int(levels) or not 2 <= levels <= 256:
            raise ValueError(f"Invalid value for argument `levels`. Expected an int in 2..256. Received: {levels!r}")
        self.levels = int(levels)

    def call(self, raw, seed=None):
        """Returns x in 0, 1 / (levels - 1), ..., 1."""
        del seed
        return tf.round(self._intensity(raw) * (self.levels - 1)) / (self.levels - 1)

    def log_jacobian(self, event_shape):
        """Returns -D log(levels - 1): densities of x in units of a level."""
        return -math.prod(event_shape) * math.log(self.levels - 1)
