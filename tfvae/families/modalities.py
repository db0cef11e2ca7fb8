"""The likelihood of several modalities, any of which may be absent."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.families import of_modalities, side_by_side
from tfvae.families.family import Family
from tfvae.vectors import by_name

tfd = tfp.distributions


class OfModalities(tfd.Distribution):
    """Independent laws of the modalities over the vector that joins them; one that is absent, NaN, has log p = 0.

    Args:
        laws: {name: its law}.
        stand_ins: {name: a value in its support}.

    Attributes:
        modalities: {name: the law of this modality, over events of its own shape}.
    """

    def __init__(self, laws: dict[str, Any], stand_ins):
        self.modalities, self._stand_ins = laws, stand_ins
        self._shapes = {name: tuple(law.event_shape) for name, law in laws.items()}
        self._size = by_name.size(self._shapes)
        every = {str(law.reparameterization_type) for law in laws.values()}
        smooth = every == {str(tfd.FULLY_REPARAMETERIZED)}
        super().__init__(
            dtype=next(iter(laws.values())).dtype,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED if smooth else tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="OfModalities",
        )

    def _first(self):
        return next(iter(self.modalities.values()))

    def _batch_shape(self):
        return self._first().batch_shape

    def _batch_shape_tensor(self):
        return self._first().batch_shape_tensor()

    def _event_shape(self):
        return tf.TensorShape([self._size])

    def _event_shape_tensor(self):
        return tf.constant([self._size])

    def log_probs(self, x):
        """Returns {name: log p of this modality, [...]}, 0 where it is absent, for x [..., D]."""
        found = {}
        for name, piece in by_name.split(x, self._shapes).items():
            there = by_name.present(piece, self._shapes[name])
            # Replaced before and after: the gradient of a selection alone would be 0 * NaN.
            each = self.modalities[name].log_prob(by_name.where(there, piece, self._stand_ins[name]))
            found[name] = tf.where(there, each, tf.zeros_like(each))
        return found

    def _log_prob(self, x):
        return sum(self.log_probs(x).values())

    def _joined(self, of):
        return by_name.join({name: of(law) for name, law in self.modalities.items()}, self._shapes)

    def _sample_n(self, n, seed=None):
        drawn = {
            name: law.sample(n, seed=random.fold(tfp.random.sanitize_seed(seed), number))
            for number, (name, law) in enumerate(self.modalities.items())
        }
        return by_name.join(drawn, self._shapes)

    def _mean(self):
        return self._joined(lambda law: law.mean())

    def _variance(self):
        return self._joined(lambda law: law.variance())

    def _stddev(self):
        return self._joined(lambda law: law.stddev() + tf.zeros_like(law.mean()))


@register
class Modalities(Family):
    """p(x|z) of an x that is a dict of modalities, such as an image and its label, any of them absent.

    log p(x|z) = sum over the modalities m that are there of log p_m(x_m|z)

    This is exact: modalities are independent given z, so an absent one integrates to 1. It is
    there or absent as a whole, so any family will do. Where entries within a modality may be
    missing, too, its family is `Observed`.

    A model with this likelihood takes and returns dicts {name: [B, ...]}. An absent modality is
    left out of the dict, or all its entries are NaN in the examples that lack it; so it has to be
    floats. An example may lack all of them: then it is one of nothing, whose log p is 0. Within,
    x is one vector: the modalities flattened and joined in the order of their names, absent ones
    NaN. A distribution that the model's `decode` returns is over this vector, and has the laws of
    the modalities in its attribute `modalities`.

    Reference: Wu and Goodman (2018), Multimodal generative models for scalable
    weakly-supervised learning, arXiv 1802.05335, equation 2.

    Args:
        families: {name: `families.Family`}.

    Attributes:
        modalities: The names, in order.
        event_shapes: {name: shape of one event}.

    Raises:
        ValueError: `families` is no such dict.

    >>> import math
    >>> from tfvae.families import Normal
    >>> likelihood = Modalities({"image": Normal((2, 2, 1), scale=1.0), "label": Normal((3,), scale=1.0)})
    >>> law = likelihood.distribution({"image": tf.zeros([1, 8]), "label": tf.zeros([1, 8])})
    >>> only_label = tf.constant([[math.nan] * 4 + [0.0] * 3])
    >>> round(float(law.log_prob(only_label)[0]), 4), law.modalities["label"].event_shape
    (-2.7568, TensorShape([3]))
    """

    takes_missing = True

    def __init__(self, families, **kwargs):
        families = of_modalities.named(
            families, "{'image': families.Bernoulli((8, 8, 1)), 'label': families.OneHot((10,))}"
        )
        shapes: dict[str, Any] = {name: family.event_shape for name, family in families.items()}
        super().__init__((by_name.size(shapes),), **kwargs)
        self.families = families
        self.event_shapes = shapes
        self.modalities = tuple(families)
        side_by_side.take_knowledge(self, self._listed)
        with tf.init_scope():
            self._stand_ins = {
                name: family.kind().sample(seed=random.as_seed(0, None)).numpy()[0] for name, family in families.items()
            }

    @property
    def _listed(self):
        return list(self.families.values())

    @property
    def measure(self):
        """The measures of the families, in order."""
        return side_by_side.measure(self._listed)

    def head_shapes(self):
        """Returns the parameters of every family, numbered; each family has a head of its own."""
        return side_by_side.head_shapes(self._listed)

    def heads(self, role, network, found):
        """Returns the families, each with the features of its modality."""
        return of_modalities.heads(role, self.families, network, found)

    def build(self, features_shape):
        """Makes a head for each modality, given {name: shape of its features}."""
        of_modalities.build(self.families, features_shape)
        self.built = True

    def parameters(self, features):
        """Returns the parameters of every family, numbered, for features {name: [..., F]}."""
        return side_by_side.numbered([family.parameters(features[name]) for name, family in self.families.items()])

    def constrain(self, raw):
        """Returns the parameters of every family, numbered."""
        return side_by_side.constrain(self._listed, raw)

    def build_distribution(self, **parameters):
        """Returns the modalities' distributions as one over the vector, whose log density is of what is there."""
        pieces = zip(self.families.items(), side_by_side.split(self._listed, parameters), strict=True)
        return OfModalities(
            {name: family.build_distribution(**each) for (name, family), each in pieces}, self._stand_ins
        )

    def in_support(self, x):
        """Returns [B] bool, whether what is there of each x is in the support of its family."""
        inside = []
        for name, piece in by_name.split(x, self.event_shapes).items():
            family = self.families[name]
            there = by_name.present(piece, family.event_shape)
            inside.append(family.in_support(by_name.where(there, piece, self._stand_ins[name])))
        return tf.reduce_all(inside, axis=0)
