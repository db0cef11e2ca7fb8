"""The Gaussian family."""

import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.families.location_scale import LocationScale

tfd = tfp.distributions


@register
class Normal(LocationScale):
    """Independent Gaussians, one per dimension of the event.

    log p(x) = -1/2 sum_i ((x_i - loc_i)^2 / scale_i^2 + 2 log scale_i + log 2 pi)

    The normaliser is always kept. A learned scale never falls below `min_scale`;
    see `LocationScale`.

    Args:
        event_shape: Shape of one event.
        scale: One of

            * "dimension" (default): the head gives one for each dimension;
            * "example": the head gives one for each example;
            * "shared": one learned number for all data, by gradient;
            * "shared_dimension": one learned vector for all data (factor analysis);
            * "optimal": the root of the mean squared error of the last ten batches
              or so, a likelihood's best number for all data (the optimal sigma-VAE
              of Rybkin et al. 2020, arXiv 2006.13202);
            * "optimal_dimension": the same for each dimension;
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

    power = 2

    def build_distribution(self, loc, scale):
        """Returns Independent Gaussians over the event."""
        return tfd.Independent(random.Normal(loc, scale), reinterpreted_batch_ndims=len(self.event_shape))
