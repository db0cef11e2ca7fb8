"""The Gaussian family, with every way to have a scale."""

import math
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.families.family import PER_EXAMPLE, Family

tfd = tfp.distributions

# Where a learned scale lives: given by the head for each example, or one variable for all data; and whether it
# is a number for each dimension of the event or one for all of them.
_LEARNED = {
    "dimension": ("head", True),
    "example": ("head", False),
    "shared": ("variable", False),
    "shared_dimension": ("variable", True),
}
_SOFTPLUS_INVERSE_ONE = math.log(math.e - 1.0)


class _Normal(tfd.Normal):
    """TFP's, with its noise through `tfvae.random`, which knows XLA's fast generator: 9 % of an MLP's step there."""

    def _sample_n(self, n, seed=None):
        loc, scale = tf.convert_to_tensor(self.loc), tf.convert_to_tensor(self.scale)
        shape = tf.concat([[n], self._batch_shape_tensor(loc=loc, scale=scale)], 0)
        return loc + scale * random.normal(shape, seed, self.dtype)


@register
class Normal(Family):
    """Independent Gaussians, one a dimension of the event.

    log p(x) = -1/2 sum_i ((x_i - loc_i)^2 / scale_i^2 + 2 log scale_i + log 2 pi)

    The normaliser is always kept. A learned scale is

    scale = min_scale + softplus(raw + log(e - 1)),

    1 + min_scale at raw = 0, never below `min_scale` and growing only linearly,
    so that neither a vanishing variance nor an overflowing exponential can
    break a run.

    Args:
        event_shape: Shape of one event.
        scale: One of

            * "dimension" (default): the head gives one for each dimension;
            * "example": the head gives one for each example;
            * "shared": one learned number for all data (the sigma-VAE of
              Rybkin et al. 2020, arXiv 2006.13202); its optimum is the root of
              the mean squared error;
            * "shared_dimension": one learned vector for all data (factor analysis);
            * a number > 0: fixed. The loss is then squared error / (2 scale^2)
              plus a constant that is kept.
        min_scale: Lower bound of a learned scale, in the event's units.

    Raises:
        ValueError: `scale` is not one of these, or `min_scale` is not positive.

    >>> import tensorflow as tf
    >>> posterior = Normal((2,))
    >>> posterior(tf.zeros([5, 8]), seed=1).shape
    TensorShape([5, 2])
    """

    def __init__(self, event_shape, scale="dimension", min_scale=1e-3, **kwargs):
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
        self._place, self._per_dimension = _LEARNED[scale] if isinstance(scale, str) else ("fixed", False)
        self.raw_scale: Any = None
        if self._place == "variable":
            self.raw_scale = self.add_weight(
                shape=self.event_shape if self._per_dimension else (),
                initializer="zeros",
                name="raw_scale",
                # Half precision must not round the scale: densities are float32.
                autocast=False,
            )

    def head_shapes(self):
        """Returns loc first, then the scale where the head gives it."""
        shapes = {"loc": self.event_shape}
        if self._place == "head":
            shapes["scale"] = self.event_shape if self._per_dimension else PER_EXAMPLE
        return shapes

    def constrain(self, raw):
        """Returns loc and scale; the scale is positive and bounded from below."""
        loc = raw["loc"]
        if self._place == "fixed":
            return {"loc": loc, "scale": tf.constant(self.scale, loc.dtype)}
        scale = raw["scale"] if self._place == "head" else tf.cast(self.raw_scale, loc.dtype)
        return {"loc": loc, "scale": self.min_scale + tf.math.softplus(scale + _SOFTPLUS_INVERSE_ONE)}

    def raw_from_scale(self, scale):
        """Returns the raw value whose scale is `scale`, the inverse of `constrain`; > min_scale."""
        return tfp.math.softplus_inverse(scale - self.min_scale) - _SOFTPLUS_INVERSE_ONE

    def build_distribution(self, loc, scale):
        """Returns Independent Gaussians over the event."""
        return tfd.Independent(_Normal(loc, scale), reinterpreted_batch_ndims=len(self.event_shape))
