"""Families with a location and a scale, and the ways to set the scale."""

import abc
import math
from typing import Any

import tensorflow as tf

from tfvae import arguments
from tfvae.families import positive
from tfvae.families.family import PER_EXAMPLE, Family

# Where a learned scale lives: given by the head for each example, one variable for all data, or the errors of the last
# batches; and whether it is a number for each dimension of the event or one for all of them.
_LEARNED = {
    "dimension": ("head", True),
    "example": ("head", False),
    "shared": ("variable", False),
    "shared_dimension": ("variable", True),
    "optimal": ("errors", False),
    "optimal_dimension": ("errors", True),
}
# Of each step, how much of the record of earlier errors is kept: the last ten batches count most.
_KEPT = 0.9


class LocationScale(Family, abc.ABC):
    """Independent dimensions, each with a location and a scale.

    A learned scale is

    scale = min_scale + softplus(raw + log(e - 1)),

    which is 1 + min_scale at raw = 0, never below `min_scale`, and grows only linearly,
    so that neither a vanishing variance nor an overflowing exponential can break a run.

    An optimal scale has no gradient. As the likelihood's it is the one at which

    E_q[log p(x|z)] is greatest:  scale^power = mean |x - loc|^power,

    over the last ten batches or so. It is 1 before the first.

    A subclass implements `build_distribution`, and gives `power` where the optimum has that form.

    Args:
        event_shape: Shape of one event.
        scale: One of

            * "dimension" (default): the head gives one for each dimension;
            * "example": the head gives one for each example;
            * "shared": one learned number for all data;
            * "shared_dimension": one learned vector for all data;
            * "optimal", "optimal_dimension": the same two, each at its optimum from the second step on;
            * a number > 0: fixed.
        min_scale: Lower bound of a learned scale, in the event's units.

    Attributes:
        power: Of |x - loc| in the density's exponent, or None where the optimal scale has no closed form.

    Raises:
        ValueError: `scale` is not one of these, or `min_scale` is not positive.
    """

    power: Any = None
    moves_as = "likelihood"

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
        if self._place == "errors" and self.power is None:
            raise ValueError(
                f"Invalid value for argument `scale`. Expected another for a {type(self).__name__}, such as "
                f"{str(scale).replace('optimal', 'shared')!r}: the optimum has no formula. Received: scale={scale!r}"
            )
        self.raw_scale: Any = None
        self._errors: Any = None
        self._seen: Any = None
        shape = self.event_shape if self._each_dimension else ()
        if self._place == "variable":
            self.raw_scale = self.add_weight(
                shape=shape,
                initializer="zeros",
                name="raw_scale",
                # Half precision must not round the scale: densities are float32.
                autocast=False,
            )
        if self._place == "errors":
            # Every replica moves them by the same sums.
            options = {"trainable": False, "autocast": False, "aggregation": "only_first_replica"}
            self._errors = self.add_weight(shape=shape, initializer="zeros", name="errors", **options)
            self._seen = self.add_weight(shape=(), initializer="zeros", name="seen", **options)

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
        if self._place == "errors":
            return {"loc": loc, "scale": tf.cast(self._optimal(), loc.dtype)}
        scale = raw["scale"] if self._place == "head" else tf.cast(self.raw_scale, loc.dtype)
        return {"loc": loc, "scale": positive.positive(scale, self.min_scale)}

    def _optimal(self):
        errors, seen = tf.convert_to_tensor(self._errors), tf.convert_to_tensor(self._seen)
        mean = tf.where(seen > 0, tf.math.divide_no_nan(errors, seen), 1.0)
        return tf.maximum(mean ** (1 / self.power), self.min_scale)

    def statistic_shapes(self):
        """Returns the mean error of an optimal scale."""
        return {"error": self._errors.shape} if self._place == "errors" else {}

    def statistics(self, distribution, value, weights):
        """Returns the batch's mean of |value - loc|^power, for each dimension or over all."""
        error = tf.abs(value - distribution.distribution.loc) ** self.power  # [K, B, *event_shape]
        dimensions = range(2, error.shape.rank)
        error = tf.reduce_mean(error, axis=[0] if self._each_dimension else [0, *dimensions])
        return {"error": tf.tensordot(weights, error, 1)}

    def move(self, means, count):
        """Takes the batch's errors into the record."""
        for record, batch in ((self._errors, means["error"] * count), (self._seen, count)):
            record.assign(_KEPT * record + tf.cast(batch, record.dtype))

    def raw_from_scale(self, scale):
        """Returns the raw value that `constrain` maps to `scale`, which is > min_scale."""
        return positive.inverse(scale, self.min_scale)
