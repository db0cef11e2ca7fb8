"""Prior: what z is drawn from before anything is seen."""

import abc

from tensorflow_probability import distributions as tfd

from tfvae import arguments
from tfvae.component import Component, shape_tuple


def known_anywhere(family):
    """Returns a family, refusing what has no density at the points where it is asked for one, draws of q(z|x)."""
    if not getattr(family, "has_density", False) or not getattr(family, "density_anywhere", False):
        expected = (
            "a family whose density is known at any point, since log p(z) is needed at draws of q(z|x), such as "
            "families.MultivariateNormal((16,))"
        )
        raise arguments.invalid("family", expected, family)
    return family


class Prior(Component, abc.ABC):
    """p(z), or p(z|condition).

    Args:
        event_shape: Shape of one z, the posterior's.
        **kwargs: `name` and `dtype` of a Keras layer.
    """

    def __init__(self, event_shape, **kwargs):
        super().__init__(**kwargs)
        self.event_shape = shape_tuple("event_shape", event_shape)

    @abc.abstractmethod
    def distribution(self, condition=None, encode=None) -> tfd.Distribution:
        """Returns p(z) as a `tfd.Distribution` over `event_shape`.

        Args:
            condition: The batch's condition, or None.
            encode: The model's own x -> q(z|x), for priors that are made of it.
        """

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws `count` latents, their distance from the prior's mean multiplied by `temperature`.

        Args:
            count: Number of draws, int or scalar tensor.
            seed: int32[2].
            temperature: >= 0; 1 samples the prior, 0 gives its mean.
            condition: [count, ...] or None.
            encode: As for `distribution`.

        Returns:
            [count, *event_shape].
        """
        prior = self.distribution(condition, encode)
        mean = prior.mean()
        return mean + temperature * (prior.sample(count, seed=seed) - mean)
