"""From raw pixels to x, inside the graph, so that training and serving can't differ."""

import abc

import tensorflow as tf

from tfvae.component import Component
from tfvae.data import intensity


class Preprocessing(Component, abc.ABC):
    """raw -> x.

    `fit` passes a fresh seed for each batch, `evaluate` and the likelihood estimates
    pass one from a fixed stream, and a served graph passes none: then the step is
    deterministic.

    NaN, which marks an entry that is missing, stays NaN.

    Attributes:
        raw_dtype: Dtype of the pixels that an exported graph takes.
        raw_is_x: Whether x is the raw value itself, of no unit in which 1 is white; a picture is `intensity` of either.
    """

    raw_dtype = "uint8"
    raw_is_x = False

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


class OfIntensity(Preprocessing, abc.ABC):
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
