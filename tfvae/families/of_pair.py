"""The posteriors of a pair of examples, which agree on the latents that the two share."""

import abc
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments
from tfvae.families.family import Family
from tfvae.families.of_family import OfFamily
from tfvae.families.relative import gaussian

tfd = tfp.distributions


class _Agreed(tfd.Independent):
    """Gaussians of which those of the shared latents are both examples' own, and what each said by itself.

    Args:
        said: Gaussians of batch shape [..., 2, D].
        join: (the two examples' Gaussians) -> (loc, scale) of what they agree on.
        changed: Bool [..., D], the latents that are not shared.
    """

    def __init__(self, said, join, changed):
        self.said, self._join, self.changed = said, join, changed
        first, second = (tfd.Normal(said.loc[..., place, :], said.scale[..., place, :]) for place in (0, 1))
        joined = [
            tf.where(changed[..., tf.newaxis, :], own, both[..., tf.newaxis, :])
            for own, both in zip((said.loc, said.scale), join(first, second), strict=True)
        ]
        super().__init__(type(said)(*joined), reinterpreted_batch_ndims=2)

    def told(self, changed):
        """Returns the law where it is known which latents are not shared, bool [..., D], for the rows that have any."""
        known = tf.reduce_any(changed, axis=-1, keepdims=True)
        return type(self)(self.said, self._join, tf.where(known, changed, self.changed))


class OfPair(OfFamily, abc.ABC):
    """q(z_1, z_2|x_1, x_2) of a pair that shares some factors: one Gaussian for both where a latent is shared.

    A pair is one example: x is [2, ...] and z is (2, D). A latent k is taken for shared where the two pictures'
    own Gaussians differ little,

    KL_k < (min_j KL_j + max_j KL_j) / 2,  KL_k = KL(q(z_1k|x_1) || q(z_2k|x_2))

    or by a label, the one latent that is not shared: fit(pairs, changed), -1 where it is unknown. Of a picture beside
    itself no KL is below the middle, so that it is encoded as it is alone. z_1 and z_2 are drawn each by itself. The
    model is that of single pictures, p(z_1) p(z_2), so that the bound is one on log p(x_1) + log p(x_2), and what the
    pair shares is told to the posterior alone. Encoder and decoder are `networks.Each` of those of one picture.

    Reference: Locatello et al. (2020), Weakly-supervised disentanglement without compromises, arXiv 2002.02886.

    Args:
        family: A `families.Normal` of the shape (2, D); it stays without a head.

    Raises:
        ValueError: `family` isn't one.
    """

    condition_shape = ()
    condition_dtype = "int32"
    condition_optional = True
    path_gradient = False  # the constant law isn't told which latents are shared

    def __init__(self, family, **kwargs):
        shape: Any = getattr(family, "event_shape", ())
        plain = isinstance(family, Family) and len(shape) == 2 and shape[0] == 2 and shape[1] > 1
        if not plain or gaussian(family.kind()) is None or family.statistic_shapes():
            expected = "a families.Normal of two vectors, such as families.Normal((2, 16))"
            raise arguments.invalid("family", expected, family)
        super().__init__(family, **kwargs)
        self.num_classes = shape[1]

    def build_distribution(self, **parameters):
        """Returns the law in which the latents that differ little are shared."""
        law: Any = self.family.build_distribution(**parameters)
        said = law.distribution
        # A scale of the example or of all data has a number for both.
        said = type(said)(said.loc, tf.broadcast_to(said.scale, tf.shape(said.loc)))
        kl = tfd.kl_divergence(*(tfd.Normal(said.loc[..., k, :], said.scale[..., k, :]) for k in (0, 1)))
        middle = (tf.reduce_min(kl, axis=-1, keepdims=True) + tf.reduce_max(kl, axis=-1, keepdims=True)) / 2
        return _Agreed(said, self.joined, kl >= middle)

    @abc.abstractmethod
    def joined(self, first, second) -> tuple[Any, Any]:
        """Returns (loc, scale) that the two pictures agree on, given the Gaussians of each."""

    def told(self, law, condition):
        """Returns the law of pairs of which it may be known which latent is not shared, [B] with -1 where it isn't."""
        numbers = tf.reshape(tf.cast(condition, tf.int32), [-1])
        return law.told(tf.one_hot(numbers, self.num_classes, on_value=True, off_value=False, dtype=tf.bool))
