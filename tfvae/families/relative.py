"""The posterior of a level that Gaussians of the encoder make of the Gaussians of its prior."""

import abc
from typing import Any

import tensorflow_probability as tfp

from tfvae import arguments
from tfvae.families.family import Family
from tfvae.families.of_family import OfFamily

tfd = tfp.distributions


def gaussian(law):
    """Returns the scalar Gaussians of a distribution of independent ones, or None for any other."""
    scalars = law.distribution if isinstance(law, tfd.Independent) else None
    return scalars if isinstance(scalars, tfd.Normal) else None


class Relative(OfFamily, abc.ABC):
    """q(z_l|z_<l, x), made of p(z_l|z_<l) and a Gaussian of the features.

    A subclass implements `joined`.

    Args:
        family: A `families.Normal`, which makes the Gaussian of the features.

    Raises:
        ValueError: `family` isn't one; when the model is made, the prior of the level has no independent Gaussians.
    """

    relative = True

    def __init__(self, family, **kwargs):
        if not isinstance(family, Family) or gaussian(family.kind()) is None:
            raise arguments.invalid("family", "a families.Normal, such as families.Normal((16,))", family)
        super().__init__(family, **kwargs)

    def build_distribution(self, **parameters):
        """Returns the family's distribution, before the prior is known."""
        return self.family.build_distribution(**parameters)

    @abc.abstractmethod
    def joined(self, said, known) -> tuple[Any, Any]:
        """Returns (loc, scale) of q; `said` are the Gaussians of the features and `known` those of the prior."""

    def informed(self, law, prior):
        """Returns q, of independent Gaussians."""
        said, known = gaussian(law), gaussian(prior)
        if said is None or known is None:
            raise ValueError(
                f"{type(self).__name__} joins two Gaussians, and the prior of its level is {prior}. Use "
                f"families.Normal({self.event_shape}) in priors.Hierarchical, or another family at this level of the "
                "posterior."
            )
        return tfd.Independent(tfd.Normal(*self.joined(said, known)), len(self.event_shape))
