"""The posterior of several stochastic layers."""

import math

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.families import side_by_side
from tfvae.families.family import Family
from tfvae.networks.conditional import take_condition_of
from tfvae.vectors import by_place


@register
class TopDown(Family):
    """q(z|x) = prod_l q(z_l|z_<l, x), from the top level, l = 1, to the bottom one.

    q(z_l|z_<l, x) = family_l(concat[f_l, s_l-1])

    f_l are the encoder's features for the level, `networks.BottomUpEncoder`, and s_l-1 is the
    decoder's state above it, `networks.TopDownDecoder`: where the generative model has the
    levels' dependence, the posterior has it, too. `families.PrecisionWeighted` sees f_l alone and
    corrects the prior by it, as the ladder VAE does.

    To all others z is one vector, the levels' flattened and joined from the top; see `split`.

    Reference: Sonderby et al. (2016), Ladder variational autoencoders, arXiv 1602.02282;
    Kingma et al. (2016), arXiv 1606.04934, appendix C; Child (2021), Very deep VAEs,
    arXiv 2011.10650, section 2.2.

    Args:
        families: Families, from the top.

    Attributes:
        latent_shapes: The shape of each level's z.

    Raises:
        ValueError: `families` is empty or contains anything else.

    >>> from tfvae.families import Normal
    >>> TopDown([Normal((2,)), Normal((4, 4, 3))]).event_shape
    (50,)
    """

    def __init__(self, families, **kwargs):
        found = list(families) if isinstance(families, list | tuple) else []
        if not found or not all(isinstance(family, Family) and family.latent_shapes is None for family in found):
            expected = "families, such as [families.Normal((2,)), families.Normal((8,))]"
            raise arguments.invalid("families", expected, families)
        super().__init__((sum(math.prod(family.event_shape) for family in found),), **kwargs)
        self.families = found
        self.latent_shapes = tuple(family.event_shape for family in found)
        side_by_side.take_knowledge(self, found)
        # log q follows a path through z above, which runs through the decoder's variables: these can't be constant.
        self.path_gradient = False
        self.relative = any(family.relative for family in found)
        self.enumerated = found[0].enumerated
        take_condition_of(self, found[:1])

    @property
    def measure(self):
        """The measures of the families, in order."""
        return side_by_side.measure(self.families)

    def level(self, number, features, state, prior):
        """Returns q(z_l|z_<l, x).

        Args:
            number: The level, 0 the top.
            features: [B, ...], the encoder's for this level.
            state: [..., B, ...], the decoder's above it, or None at the top.
            prior: p(z_l|z_<l).
        """
        family = self.families[number]
        features = tf.convert_to_tensor(features)
        if number and family.sees_above:
            # The encoder runs once for each example, whatever the number of draws.
            leading = tf.shape(state)[: state.shape.rank - features.shape.rank + 1]
            repeated = tf.broadcast_to(features, tf.concat([leading, tf.shape(features)[1:]], 0))
            features = tf.concat([repeated, tf.cast(state, features.dtype)], axis=-1)
        return family.informed(family.distribution(features), prior)

    def split(self, z):
        """Returns z of each level, [..., *shape], from the top, for the joined z [..., D]."""
        return by_place.split(tf.convert_to_tensor(z), self.latent_shapes)

    def in_support(self, x):
        """Returns [B] bool, whether z of each level is in its family's support."""
        inside = [family.in_support(z) for family, z in zip(self.families, self.split(x), strict=True)]
        return tf.reduce_all(inside, axis=0)

    def by_level(self):
        """Returns the families, from the top."""
        return self.families

    def pairs(self, prior):
        """Returns the (q, p) of each level, where the features are 0; see `Family.pairs`."""
        found = []
        for number, family in enumerate(self.families):
            p = prior.kind(number)
            found.append((family.informed(family.kind(), p), p))
        return found

    def build(self, features_shape):
        """Refuses: the heads need the decoder's states, too, and the model makes them."""
        raise ValueError(self._alone())

    def head_shapes(self):
        """Refuses: the levels' heads see other features each."""
        raise ValueError(self._alone())

    def constrain(self, raw):
        """Refuses, likewise."""
        raise ValueError(self._alone())

    def build_distribution(self, **parameters):
        """Refuses, likewise."""
        raise ValueError(self._alone())

    @staticmethod
    def _alone():
        return (
            "families.TopDown is the posterior of a whole model, and can't be a part of another family or prior, nor a "
            "likelihood. Give it as VAE(posterior=...), with prior=priors.Hierarchical(...) and "
            "decoder=networks.TopDownDecoder(...)."
        )
