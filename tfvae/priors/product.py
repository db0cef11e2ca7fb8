"""Several priors side by side, p(z) = p(z_1) p(z_2) ..."""

import math

import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.priors.prior import Prior
from tfvae.vectors import by_place

tfd = tfp.distributions


@register
class Product(Prior):
    """Independent priors over parts of one vector, as in `families.Joint`.

    log p(z) = sum_j log p_j(z_j),  z = concat(z_1, z_2, ...), each flattened

    Args:
        priors: Priors, in their order along the vector; none may take a condition or the encoder.

    Raises:
        ValueError: `priors` is empty or contains anything else.

    >>> from tfvae.priors import StandardNormal
    >>> Product([StandardNormal((3,)), StandardNormal((2, 2))]).distribution().event_shape
    TensorShape([7])
    """

    def __init__(self, priors, **kwargs):
        priors = list(priors)
        if not priors or not all(isinstance(prior, Prior) for prior in priors):
            raise ValueError(
                "Invalid value for argument `priors`. Expected priors, such as [priors.StandardNormal((3,)), "
                f"priors.StandardNormal((2,))]. Received: priors={priors!r}"
            )
        super().__init__((sum(math.prod(prior.event_shape) for prior in priors),), **kwargs)
        self.priors = priors
        self.has_centre = all(prior.has_centre for prior in priors)

    def check(self, encoder, posterior, likelihood):
        """Asks each prior; the posterior is over the whole vector, which a prior built from the encoder refuses."""
        for prior in self.priors:
            prior.check(encoder, posterior, likelihood)

    def has_density(self, posterior):
        """Returns whether each prior has one."""
        return all(prior.has_density(posterior) for prior in self.priors)

    def measure(self, posterior):
        """Returns the measures of the priors, in order."""
        return tuple(kind for prior in self.priors for kind in prior.measure(posterior))

    def distribution(self, condition=None, encode=None):
        """Returns the priors' distributions as one over the vector."""
        return tfd.Blockwise([prior.distribution(condition, encode) for prior in self.priors])

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws from each prior as it does alone; arguments as for every prior.

        TFP's `Blockwise` draws already where it is made, to see shapes, and would use up the noise of an exported file.
        """
        drawn = [
            prior.sample(count, random.fold(seed, number), temperature, condition, encode)
            for number, prior in enumerate(self.priors)
        ]
        return by_place.join(drawn, [prior.event_shape for prior in self.priors])
