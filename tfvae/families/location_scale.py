"""Families with a location and a scale, and the ways to set the scale."""

import abc
import math
from typing import Any

import tensorflow as tf

from tfvae import arguments
from tfvae.families import positive
from tfvae.families.family import PER_EXAMPLE, Family

# Where a learned scale lives: given by the head for each example, or one variable for all data; and whether it
# is a number for each dimension of the event or one for all of them.
_LEARNED = {
    "dimension": ("head", True),
    "example": ("head", False),
    "shared": ("variable", False),
    "shared_dimension": ("variable", True),
}


class LocationScale(Family, abc.ABC):
    """Independent dimensions, each with a location and a scale.

    A learned scale is

    scale = min_scale + softplus(raw + log(e - 1)),

    which is 1 + min_scale at raw = 0, never below `min_scale`, and grows only linearly,
    so that neither a vanishing variance nor an overflowing exponential can break a run.

    A subclass implements `build_distribution`.

    Args:
        event_shape: Shape of one event.
        scale: One of

            * "dimension" (default): the head gives one for each dimension;
            * "example": the head gives one for each example;
            * "shared": one learned number for all data;
            * "shared_dimension": one learned vector for all data;
            * a number > 0: fixed.
        min_scale: Lower bound of a learned scale, in the event's units.

    Raises:
        ValueError: `scale` is not one of these, or `min_scale` is not positive.
    """

    def __init__(self, event_shape, scale: str | float = "dimension", min_scale=1e-3, **kwargs):
        super().__init__(event_shape, **kwargs)
        number = isinstance(scale, int | float) and not isinstance(scale, bool) and 0.0 < scale < math.inf
        if not number and not (isinstance(scale, str) and scale in _LEARNED):
            raise ValueError(
                f"Invalid value for argument `scale`. Expected a number > 0 or one of {', '.join(_LEARNED)}. "
                f"Received: scale={scale!r}"
            )
        smallest = "a number > 0, as a scale that reaches 0 has an infinite density"
        arguments.number("min_scale", min_scale, smallest, minimum=math.ulp(0.0))
        self.scale = scale
        self.min_scale = min_scale
        self._place, self._each_dimension = _LEARNED[scale] if isinstance(scale, str) else ("fixed", False)
        self.raw_scale: Any = None
        if self._place == "variable":
            self.raw_scale = self.add_weight(
                shape=self.event_shape if self._each_dimension else (),
                initializer="zeros",
                name="raw_scale",
                # Half precision must not round the scale: densities are float32.
                autocast=False,
            )

    def head_shapes(self):
        """Returns loc first, then the scale where the head gives it."""
        shapes = {"loc": self.event_shape}
        if self._place == "head":
            shapes["scale"] = self.event_shape if self._each_dimension else PER_EXAMPLE
        return shapes

    def constrain(self, raw):
        """Returns loc and scale; the scale is positive and bounded from below."""
        loc = raw["loc"]
        if self._place == "fixed":
            return {"loc": loc, "scale": tf.constant(self.scale, loc.dtype)}
        scale = raw["scale"] if self._place == "head" else tf.cast(self.raw_scale, loc.dtype)
        return {"loc": loc, "scale": positive.positive(scale, self.min_scale)}

    def raw_from_scale(self, scale):
        """Returns the raw value that `constrain` maps to `scale`, which is > min_scale."""
        return positive.inverse(scale, self.min_scale)
