"""The logistic family."""

import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families.location_scale import LocationScale

tfd = tfp.distributions


@register
class Logistic(LocationScale):
    """Independent logistic distributions, one per dimension of the event.

    log p(x) = -sum_i (u_i + 2 log(1 + exp(-u_i)) + log scale_i),  u_i = (x_i - loc_i) / scale_i

    It has the tails of a Laplace distribution and a smooth centre; the standard
    deviation is pi / sqrt(3) scale. For pixels with discrete grey levels see
    `DiscretizedLogistic`.

    Args:
        event_shape: Shape of one event.
        scale: "dimension" (default), "example", "shared", "shared_dimension" or a
            number > 0; see `Normal`.
        min_scale: Lower bound of a learned scale, in the event's units.

    Raises:
        ValueError: `scale` is not one of these, or `min_scale` is not positive.

    >>> import tensorflow as tf
    >>> Logistic((2,))(tf.zeros([5, 8]), seed=1).shape
    TensorShape([5, 2])
    """

    def build_distribution(self, loc, scale):
        """Returns Independent logistic distributions over the event."""
        return tfd.Independent(tfd.Logistic(loc, scale), reinterpreted_batch_ndims=len(self.event_shape))
