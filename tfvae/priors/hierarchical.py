"""The prior of several stochastic layers."""

import math
from typing import Any

import numpy as np

from tfvae import arguments
from tfvae.component import register
from tfvae.networks.conditional import take_condition_of, takes_condition
from tfvae.priors.below import OfFamily, OfPrior
from tfvae.priors.prior import Prior, known_anywhere, tempered


@register
class Hierarchical(Prior):
    """p(z) = p(z_1) prod_l p(z_l|z_<l), from the top level, l = 1, to the bottom one.

    p(z_l|z_<l) = family_l(s_l-1),  s_l-1 the decoder's state above the level

    The state is that of `networks.TopDownDecoder`. A level below the top has a family, or a prior whose condition is
    the state, such as `Diffusion(shape, condition_shape=...)`: given the state, the places of a map are independent in
    most families, and not in such a prior. To all others z is one vector, the levels' flattened and joined from the
    top. The distribution of all levels needs the decoder: ask the model, `vae.prior_distribution()` and
    `vae.sample_prior(n)`.

    Reference: Sonderby et al. (2016), Ladder variational autoencoders, arXiv 1602.02282,
    section 2.

    Args:
        top: A `Prior` of the top level's z. It may take a condition, but not the encoder.
        families: For each level below, from the top, a `families.Family` with a density at any point, or a `Prior`
            that takes a condition.

    Attributes:
        latent_shapes: The shape of each level's z.
        below: `families`, as what they are asked for; see `below.OfFamily`.

    Raises:
        ValueError: `top` or `families` are anything else.

    >>> from tfvae import families
    >>> from tfvae.priors import StandardNormal
    >>> Hierarchical(StandardNormal((2,)), [families.Normal((8,))]).latent_shapes
    ((2,), (8,))
    """

    def __init__(self, top, families, **kwargs):
        if not isinstance(top, Prior) or isinstance(top, Hierarchical):
            raise arguments.invalid("top", "a prior of one level, such as priors.StandardNormal((2,))", top)
        found: Any = list(families) if isinstance(families, list | tuple) else []
        if not found:
            expected = "a list with a family for each level below the top, such as [families.Normal((8,))]"
            raise arguments.invalid("families", expected, families)
        below = [_below(part) for part in found]
        shapes = tuple(part.event_shape for part in (top, *found))
        super().__init__((sum(map(math.prod, shapes)),), **kwargs)
        self.top = top
        self.has_centre = top.has_centre
        self.families = found
        self.below = below
        self.latent_shapes = shapes
        take_condition_of(self, [top])

    def check(self, encoder, posterior, likelihood):
        """Asks the top prior; one that is built from the encoder refuses, as q is over all levels."""
        self.top.check(encoder, posterior, likelihood)

    def has_density(self, posterior):
        """Returns whether each level's prior has one."""
        return self.top.has_density(posterior) and all(level.has_density for level in self.below)

    def has_bound(self, posterior):
        """Returns whether each level's prior has one."""
        return self.top.has_bound(posterior) and all(level.has_bound for level in self.below)

    def level_bound(self, number, latent, seed, training):
        """Returns log p(z_l|z_<l) or a lower bound on it, [K, B] in nats; see `Prior.bound`."""
        return (self.below[number - 1] if number else self.top).bound(latent, seed, training)

    @property
    def starts_from_draws(self):
        """Whether a level's prior does."""
        parts = [self.top, *(level.prior for level in self.below)]
        return any(part is not None and (part.has_own_fit or part.starts_from_draws) for part in parts)

    def start_from(self, z, seed):
        """Has each level's prior start from draws of its z, or from its own fit to them; see `Prior.start_from`."""
        shapes = [part.event_shape for part in (self.top, *self.families)]
        pieces = np.split(z, np.cumsum([math.prod(shape) for shape in shapes])[:-1], axis=1)
        parts = [self.top, *(level.prior for level in self.below)]
        for part, piece, shape in zip(parts, pieces, shapes, strict=True):
            if part is not None:
                start = part.fit_to if part.has_own_fit else part.start_from
                start(piece.reshape(-1, *shape), seed)

    def measure(self, posterior):
        """Returns the measures of the levels, in order."""
        below = (kind for level in self.below for kind in level.measure)
        return (*self.top.measure(posterior), *below)

    def level(self, number, state, condition=None, encode=None):
        """Returns p(z_l|z_<l).

        Args:
            number: The level, 0 the top.
            state: [..., B, ...], the decoder's above it, or None at the top.
            condition: As for `distribution`; only the top level takes it, the others learn of it by the state.
            encode: As for `distribution`.
        """
        return self.below[number - 1].distribution(state) if number else self.top.distribution(condition, encode)

    def sample_level(self, number, law, count, seed, temperature, condition=None, encode=None):
        """Returns a draw of a level's prior, `law` as `level` returned it; the rest as for `sample`."""
        if number:
            return tempered(law, temperature, seed)
        return self.top.sample(count, seed, temperature, condition, encode)

    def kind(self, number):
        """Returns the kind of distribution at a level, batch shape [] or [1]; see `Family.kind`."""
        return self.below[number - 1].kind() if number else self.top.distribution()

    def distribution(self, condition=None, encode=None):
        """Refuses: it takes the decoder's states, which the model has."""
        raise ValueError(
            "The prior of several stochastic layers runs through the decoder. Ask the model: vae.prior_distribution()."
        )

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Refuses, likewise."""
        raise ValueError("The prior of several stochastic layers runs through the decoder. Use vae.sample_prior(n).")


def _below(part) -> Any:
    """Returns what stands for a level below the top, refusing a part that isn't told the state or has no density."""
    if not isinstance(part, Prior):
        return OfFamily(known_anywhere(part))
    if not takes_condition(part) or not part.has_bound(None):
        expected = (
            "for a level below the top a family, such as families.Normal((8,)), or a prior whose condition is the "
            "decoder's state, such as priors.Diffusion((8,), condition_shape=(32,))"
        )
        raise arguments.invalid("families", expected, part)
    return OfPrior(part)
