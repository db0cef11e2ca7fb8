"""From raw pixels to x, inside the graph, so that training and serving can't differ."""

import abc
import math

import tensorflow as tf

from tfvae import arguments, random
from tfvae.component import Component, register
from tfvae.data import intensity


class Preprocessing(Component, abc.ABC):
    """raw -> x.

    `fit` passes a fresh seed for each batch, `evaluate` and the likelihood estimates
    pass one from a fixed stream, and a served graph passes none: then the step is
    deterministic.

    NaN, which marks an entry that is missing, stays NaN.

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
        """Returns what the encoder sees of x, float32 or float64, in training; by default x itself.

        Args:
            x: [B, ...], as `call` returns it; the likelihood uses this one.
            seed: int32[2], or None for x itself.
        """
        del seed
        return x

    def floats(self, raw):
        """Returns raw data of any dtype as floats that mean the same, [B, ...]; by default the same numbers."""
        return tf.cast(raw, self.float_dtype)

    def bounds(self, raw):
        """Refuses values that can't be raw pixels; called wherever the values are known: not in a graph."""
        del raw

    def check(self, raw):
        """Refuses a batch that can't be raw pixels; called on the first batch of `fit`, eagerly."""
        self.bounds(raw)

    def log_jacobian(self, event_shape):
        """Returns the term that turns a log-density of x into one of the raw data, in nats per example.

        log p(raw) = log p(x) + log_jacobian

        Probabilities of a discrete x, as `families.Bernoulli` gives, have no unit and don't need it.
        """
        del event_shape
        return 0.0

    def expected(self, raw):
        """Returns the mean of x over the step's own noise, of raw's shape; by default `call` without a seed.

        With `intensity` it is the picture that a reconstruction or samples are compared with.
        """
        return self(raw)

    def intensity(self, x):
        """Returns the intensities in [0, 1] that x, or a mean of several, represents; not every step implements it."""
        raise NotImplementedError(f"{type(self).__name__} has no `intensity`")


class _OfIntensity(Preprocessing, abc.ABC):
    """A step on intensities in [0, 1]: raw values divided by the value of white; see `intensity.white`."""

    def __init__(self, maximum=None, **kwargs):
        super().__init__(**kwargs)
        self.maximum = intensity.maximum(maximum)
        self.raw_dtype = intensity.served_dtype(maximum)

    def bounds(self, raw):
        """Refuses values that can't be intensities, which would all be white."""
        intensity.bounds(type(self).__name__, tf.convert_to_tensor(raw), self.maximum)

    def check(self, raw):
        """Refuses values that can't be intensities, or are all nearly black."""
        intensity.check(type(self).__name__, raw, self.maximum)

    def floats(self, raw):
        """Returns floats whose white is that of floats."""
        raw = tf.convert_to_tensor(raw)
        ratio = intensity.white(raw.dtype, self.maximum) / intensity.white(self.float_dtype, self.maximum)
        return super().floats(raw) if ratio == 1 else super().floats(raw) / ratio

    def intensity(self, x):
        """Returns x: it is an intensity, or the probability of a white pixel."""
        return x

    def _intensity(self, raw):
        raw = tf.convert_to_tensor(raw)
        highest = intensity.white(raw.dtype, self.maximum)
        value = tf.cast(raw, self.float_dtype)
        return value if highest == 1 else value / highest

    def _above(self, intensity, level):
        # NaN compares as not above, and would become a black pixel. It may mark what is missing.
        return tf.where(tf.math.is_finite(intensity), tf.cast(intensity > level, self.float_dtype), intensity)


@register
class Rescale(_OfIntensity):
    """x = raw * scale + offset.

    Args:
        scale: Factor; None maps raw to [0, 1], as the other steps do: uint8 divided by 255, floats as they are.
        offset: Added after scaling.
        raw_dtype: Dtype that an exported graph takes, "float32" where raw is not uint8.
        maximum: Raw value of intensity 1. None is the dtype's: 255 for uint8, 65535 for uint16, 1 for bool and floats.

    >>> import tensorflow as tf
    >>> Rescale()(tf.constant([[0, 255]], tf.uint8)).numpy().tolist()
    [[0.0, 1.0]]
    >>> Rescale(maximum=4095)(tf.constant([[0, 4095]], tf.uint16)).numpy().tolist()
    [[0.0, 1.0]]
    """

    def __init__(self, scale=None, offset=0.0, raw_dtype="uint8", maximum=None, **kwargs):
        super().__init__(maximum, **kwargs)
        if scale is not None and arguments.number("scale", scale, "a finite number other than 0, or None") == 0:
            raise arguments.invalid("scale", "a finite number other than 0, or None", scale)
        self.scale = scale
        self.offset = arguments.number("offset", offset)
        try:
            tf.as_dtype(raw_dtype)
        except TypeError:
            raise arguments.invalid(
                "raw_dtype", "the name of a dtype, such as 'uint8' or 'float32'", raw_dtype
            ) from None
        # The default, which can't hold pixels beyond 255, gives way to `maximum`.
        self.raw_dtype = intensity.served_dtype(maximum) if raw_dtype == "uint8" else raw_dtype

    def floats(self, raw):
        """Returns the same numbers where `scale` is given, which applies to them; else intensities."""
        return super().floats(raw) if self.scale is None else Preprocessing.floats(self, raw)

    def _scale(self, dtype):
        return 1.0 / intensity.white(dtype, self.maximum) if self.scale is None else self.scale

    def bounds(self, raw):
        """Refuses values that aren't intensities, where `scale` is None."""
        if self.scale is None:
            super().bounds(raw)

    def check(self, raw):
        """Refuses values that aren't intensities, where `scale` is None, and floats that are already scaled."""
        if self.scale is None:
            super().check(raw)
            return
        raw = tf.convert_to_tensor(raw)
        if raw.dtype.is_floating and abs(self.scale) < 0.02 and tf.as_dtype(self.raw_dtype).is_integer:
            low, top, _ = intensity.extremes(raw)
            if low >= 0 and 0 < top <= 1:
                raise ValueError(
                    f"Rescale(scale={self.scale:.4g}) is for pixels of {self.raw_dtype}. Received floats from "
                    f"{low:.4g} to {top:.4g}, which are scaled already. Leave scale out: data.Rescale() takes both."
                )

    def call(self, raw, seed=None):
        """Returns x; draws nothing."""
        del seed
        raw = tf.convert_to_tensor(raw)
        return tf.cast(raw, self.float_dtype) * self._scale(raw.dtype) + self.offset

    def intensity(self, x):
        """Returns the intensity of the raw value behind x."""
        scaled = (x - self.offset) / self._scale(self.raw_dtype)
        return scaled / intensity.white(self.raw_dtype, self.maximum)

    def log_jacobian(self, event_shape):
        """Returns D log |scale|: densities of x in units of raw, which is what an exported graph takes."""
        return math.prod(event_shape) * math.log(abs(self._scale(self.raw_dtype)))


@register
class Binarize(_OfIntensity):
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
class DynamicBinarize(_OfIntensity):
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


@register
class Dequantize(_OfIntensity):
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
class Quantize(_OfIntensity):
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
