"""The family without noise, which turns a VAE into a plain autoencoder."""

import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families.family import Family

tfd = tfp.distributions


@register
class Deterministic(Family):
    """A point mass at loc.

    As a posterior it turns the model into an autoencoder. It has no density: KL terms,
    importance weighting and likelihood estimates refuse it, although TFP would return a
    number.

    Args:
        event_shape: Shape of one event.

    >>> import tensorflow as tf
    >>> Deterministic((16,))(tf.zeros([5, 8])).shape
    TensorShape([5, 16])
    """

    has_density = False

    def head_shapes(self):
        """Returns the point."""
        return {"loc": self.event_shape}

    def constrain(self, raw):
        """Returns loc as it is."""
        return raw

    def build_distribution(self, loc):
        """Returns Independent point masses."""
        return tfd.Independent(tfd.Deterministic(loc), reinterpreted_batch_ndims=len(self.event_shape))
