"""Pixels as numbers in another unit."""

import math

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.data import intensity
from tfvae.data.preprocessing import OfIntensity, Preprocessing


@register
class Rescale(OfIntensity):
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
