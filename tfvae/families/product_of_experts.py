"""The posterior of several modalities as the product of what each says of z."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.families import of_modalities, side_by_side
from tfvae.families.family import Family
from tfvae.families.relative import gaussian
from tfvae.vectors import by_name

tfd = tfp.distributions


class OfExperts(tfd.Independent):
    """The Gaussian that is the product of N(0, I) and the experts that are there.

    Args:
        experts: {name: its law, of independent Gaussians}.
        there: {name: [...] bool, whether the modality is there}.
        dimensions: Axes of one event.

    Attributes:
        experts: As given.
        there: As given.
    """

    def __init__(self, experts, there, dimensions):
        self.experts, self.there, self._dimensions = experts, there, dimensions
        precision: Any = 1.0  # that of the prior, whose mean is 0
        weighted: Any = 0.0
        for name, law in experts.items():
            said: Any = gaussian(law)
            # Replaced before and after, so that no gradient goes to the encoder of what is absent, whatever it says.
            loc = by_name.where(there[name], said.loc, 0.0)
            scale = by_name.where(there[name], said.scale + tf.zeros_like(said.loc), 1.0)
            each = by_name.where(there[name], scale**-2, 0.0)
            precision, weighted = precision + each, weighted + loc * each
        super().__init__(random.Normal(weighted / precision, precision**-0.5), reinterpreted_batch_ndims=dimensions)

    @property
    def whole(self):
        """[...] bool, whether all modalities are there."""
        return tf.reduce_all(tf.stack(list(self.there.values())), axis=0)

    def given(self, chosen):
        """Returns q(z|x_s) for {name: [...] bool, whether it is in s}: of what is in s, that which is there."""
        there = {name: tf.logical_and(seen, chosen[name]) for name, seen in self.there.items()}
        return OfExperts(self.experts, there, self._dimensions)


@register
class ProductOfExperts(Family):
    """q(z|x), the normalised product of p(z) = N(0, I) and an expert for each modality that is there.

    q = N(loc, scale^2),  1 / scale^2 = 1 + sum_m 1 / s_m^2,  loc = scale^2 sum_m m_m / s_m^2

    N(m_m, s_m^2) is what the family of modality m makes of its encoder's features; an absent
    modality is left out of the sums, and its encoder has no gradient from that example. If all are
    absent, q is p(z). As the exact posterior of Gaussian modalities given a Gaussian z has this form, an
    expert learns p(x_m|z) as a function of z. The encoder is `networks.ModalityEncoders`, the
    likelihood `Modalities`, and the prior has to be `priors.StandardNormal`, which is one of the experts.

    To be right for a modality alone it has to be trained so, too: by `terms.OnSubsets`, or by data that lack some,
    `data.with_each_alone`.

    Reference: Wu and Goodman (2018), Multimodal generative models for scalable
    weakly-supervised learning, arXiv 1802.05335, whose objective is the sum
    of bounds that either gives.

    Args:
        families: {name: `families.Normal`}, all over the same z.

    Attributes:
        modalities: The names, in order.

    Raises:
        ValueError: `families` is no such dict, or the shapes of z differ.

    >>> from tfvae.families import Normal
    >>> posterior = ProductOfExperts({"image": Normal((1,), scale=1.0), "label": Normal((1,), scale=1.0)})
    >>> seen = (tf.zeros([2, 8]), tf.constant([True, True]))
    >>> law = posterior.distribution({"image": seen, "label": (seen[0], tf.constant([True, False]))})
    >>> [round(float(variance), 4) for variance in law.variance()[:, 0]]
    [0.3333, 0.5]
    """

    def __init__(self, families, **kwargs):
        example = "{'image': families.Normal((16,)), 'label': families.Normal((16,))}"
        families = of_modalities.named(families, example)
        if not all(gaussian(family.kind()) for family in families.values()):
            raise arguments.invalid("families", f"Gaussians, whose product is one, such as {example}", families)
        shapes = {family.event_shape for family in families.values()}
        if len(shapes) > 1:
            raise arguments.invalid("families", "families over the same z, of one event_shape", families)
        super().__init__(shapes.pop(), **kwargs)
        self.families = families
        self.modalities = tuple(families)

    @property
    def _named(self):
        return self.families.items()

    @property
    def _listed(self):
        return list(self.families.values())

    def head_shapes(self):
        """Returns the parameters of every expert, numbered; each has a head of its own."""
        return side_by_side.head_shapes(self._listed)

    def heads(self, role, network, found):
        """Returns the experts, each with the features of its modality."""
        named = of_modalities.heads(role, self.families, network, found)
        return [(role, family, features) for role, family, (features, _) in named]

    def build(self, features_shape):
        """Makes a head for each expert, given {name: (shape of its features, ...)}."""
        of_modalities.build(self.families, {name: shapes[0] for name, shapes in features_shape.items()})
        self.built = True

    def parameters(self, features):
        """Returns the experts' parameters.

        Args:
            features: {name: ([..., F], [...] bool, whether the modality is there)}.

        Returns:
            Those of every expert, numbered, and of each {"there": [...]}, 1 or 0.
        """
        numbered = side_by_side.numbered([family.parameters(features[name][0]) for name, family in self._named])
        seen = [tf.cast(features[name][1], self.float_dtype) for name in self.families]
        return numbered | side_by_side.numbered([{"there": each} for each in seen])

    def constrain(self, raw):
        """Returns the experts' parameters where all modalities are there."""
        found = side_by_side.constrain(self._listed, raw)
        first, dimensions = next(iter(raw.values())), len(self.event_shape)
        there = tf.ones(tf.shape(first)[: first.shape.rank - dimensions], self.float_dtype)
        return found | side_by_side.numbered([{"there": there}] * len(self.families))

    def build_distribution(self, **parameters):
        """Returns the Gaussian, which also knows that of a subset: `law.given({name: whether it is in it})`."""
        laws, there = {}, {}
        for (name, family), each in zip(self._named, side_by_side.split(self._listed, parameters), strict=True):
            there[name] = each.pop("there") > 0.5
            laws[name] = family.build_distribution(**each)
        return OfExperts(laws, there, len(self.event_shape))
