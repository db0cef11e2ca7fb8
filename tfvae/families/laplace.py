"""The Laplace family."""

import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families.location_scale import LocationScale

tfd = tfp.distributions


@register
class Laplace(LocationScale):
    """Independent Laplace distributions, one per dimension of the event.

    log p(x) = -sum_i (|x_i - loc_i| / scale_i + log(2 scale_i))

    As a likelihood it is the absolute error plus its normaliser, and its optimal
    scale is the mean absolute error; the standard deviation is sqrt(2) scale.

    Args:
        event_shape: Shape of one event.
        scale: "dimension" (default), "example", "shared", "shared_dimension", "optimal",
            "optimal_dimension" or a number > 0; see `Normal`.
        min_scale: Lower bound of a learned scale, in the event's units.

    Raises:
        ValueError: `scale` is not one of these, or `min_scale` is not positive.

    >>> import tensorflow as tf
    >>> likelihood = Laplace((2,), scale=1.0)
    >>> round(likelihood.distribution(tf.zeros([1, 8])).log_prob([[0.0, 1.0]]).numpy().item(), 3)
    -2.386
    """

    power = 1

    def build_distribution(self, loc, scale):
        """Returns Independent Laplace distributions over the event."""
        return tfd.Independent(tfd.Laplace(loc, scale), reinterpreted_batch_ndims=len(self.event_shape))
