"""The rounded logistic family, for whole numbers without ends."""

import math

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.families.location_scale import LocationScale

tfd = tfp.distributions

# Of the width of a step. Below it, terms of the moments' series beyond `_TERMS` would count.
_LEAST_SCALE = 0.15
_TERMS = 6


class _Rounded(tfd.Distribution):
    """A logistic law rounded to the multiples of `step`, scalar."""

    def __init__(self, loc, scale, step):
        self._loc, self._scale, self._step = loc, scale, step
        super().__init__(
            dtype=loc.dtype,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="Rounded",
        )

    def _batch_shape(self):
        return self._loc.shape

    def _batch_shape_tensor(self):
        return tf.shape(self._loc)

    def _event_shape(self):
        return tf.TensorShape([])

    def _event_shape_tensor(self):
        return tf.constant([], tf.int32)

    def _log_prob(self, x):
        x = tf.round(x / self._step) * self._step
        above, below = (x + self._step / 2 - self._loc) / self._scale, (x - self._step / 2 - self._loc) / self._scale
        # sigmoid(b) - sigmoid(a) = sigmoid(b) sigmoid(-a) (1 - exp(a - b)), which doesn't cancel far in a tail.
        width = tf.math.log(-tf.math.expm1(-self._step / self._scale))
        return width - tf.math.softplus(-above) - tf.math.softplus(below)

    def _sample_n(self, n, seed=None):
        uniform = random.uniform(tf.concat([[n], tf.shape(self._loc)], 0), seed, self._loc.dtype)
        value = self._loc + self._scale * (tf.math.log(uniform) - tf.math.log1p(-uniform))
        return tf.round(value / self._step) * self._step

    def _moments(self):
        """Returns mean and variance in steps, by the Fourier series of the rounding's saw tooth."""
        loc, scale = self._loc / self._step, self._scale / self._step
        shift, change = tf.zeros_like(loc), tf.zeros_like(loc)
        for j in range(1, _TERMS + 1):
            u, sign = 2 * math.pi**2 * j * scale, (-1.0) ** j
            u = tf.minimum(u, 80.0)  # beyond, all is 0 to the last digit, and sinh would overflow
            # The characteristic function u / sinh(u) at 2 pi j, and its slope there.
            at = u / tf.sinh(u)
            slope = math.pi * scale * (1 - u / tf.tanh(u)) / tf.sinh(u)
            sine, cosine = tf.sin(2 * math.pi * j * loc), tf.cos(2 * math.pi * j * loc)
            shift += sign / (math.pi * j) * sine * at
            change += sign * cosine * (at / (math.pi * j) ** 2 - 2 / (math.pi * j) * slope)
        variance = (math.pi * scale) ** 2 / 3 + 1 / 12 + change - shift**2
        return loc + shift, variance

    def _mean(self):
        return self._moments()[0] * self._step

    def _variance(self):
        return self._moments()[1] * self._step**2

    def _stddev(self):
        return tf.sqrt(self._variance())


@register
class RoundedLogistic(LocationScale):
    """Logistic distributions rounded to the multiples of a step: whole numbers, in x's unit, without ends.

    P(x) = sigmoid((x + step/2 - loc) / scale) - sigmoid((x - step/2 - loc) / scale),  x a multiple of step

    `DiscretizedLogistic` without its lowest and highest level. A value between two counts as the nearer one.

    Args:
        event_shape: Shape of one event.
        step: Distance of two neighbours in x; of whole numbers divided by their standard deviation, 1 over that.
        scale: "dimension" (default), "example", "shared", "shared_dimension" or a number; see `Normal`.
        min_scale: Lower bound of a learned scale, in x's unit, from 0.15 steps on; None is that.

    Raises:
        ValueError: `step`, `scale` or `min_scale` is not one of these.

    >>> import tensorflow as tf
    >>> law = RoundedLogistic((1,), scale=1.0).distribution(tf.zeros([5, 8]))
    >>> [round(float(law.log_prob([[value]])[0]), 3) for value in (0.0, 1.0, -1.0)]
    [-1.407, -1.634, -1.634]
    """

    discrete = True

    def __init__(self, event_shape, step=1.0, scale: str | float = "dimension", min_scale=None, **kwargs):
        step = arguments.number("step", step, "a number > 0", minimum=math.ulp(0.0))
        least = _LEAST_SCALE * step
        expected = f"a number from {_LEAST_SCALE} steps on, here {least:.4g}, or None"
        min_scale = least if min_scale is None else arguments.number("min_scale", min_scale, expected, minimum=least)
        if not isinstance(scale, str):
            arguments.number("scale", scale, f"a word, or {expected}", minimum=least)
        super().__init__(event_shape, scale=scale, min_scale=min_scale, **kwargs)
        self.step = step

    def build_distribution(self, loc, scale):
        """Returns Independent rounded logistic distributions over the event."""
        law = _Rounded(loc, scale + tf.zeros_like(loc), self.step)
        return tfd.Independent(law, reinterpreted_batch_ndims=len(self.event_shape))

    def in_support(self, x):
        """Returns [B] bool, whether every value of an example is a multiple of the step."""
        steps = x / self.step
        near = tf.abs(steps - tf.round(steps)) < 1e-3 * tf.maximum(1.0, tf.abs(steps))
        return tf.reduce_all(near, axis=list(range(1, len(self.event_shape) + 1)))
