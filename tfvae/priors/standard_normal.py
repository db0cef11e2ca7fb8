"""The standard Gaussian prior."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.priors.prior import Prior

tfd = tfp.distributions


@register
class StandardNormal(Prior):
    """p(z) = N(z; 0, I), the prior of Kingma and Welling (2014), arXiv 1312.6114.

    Args:
        event_shape: Shape of one z.

    >>> StandardNormal((16,)).distribution().event_shape
    TensorShape([16])
    """

    def distribution(self, condition=None, encode=None):
        """Returns independent standard normals, whatever the condition."""
        del condition, encode
        loc = tf.zeros(self.event_shape, self.float_dtype)
        return tfd.Independent(random.Normal(loc, tf.ones_like(loc)), reinterpreted_batch_ndims=len(self.event_shape))
