"""The joint distribution of all levels' z, as one distribution over a vector."""

import math
from typing import Any

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import manifolds, random
from tfvae.vectors import by_place


class Flattened(tfd.Distribution):
    """p(z) or q(z|x) of all levels, over the vector that joins them.

    The mean is that of each level given the means above it, which is the mean of the whole where each level's mean is
    linear in those above.

    Args:
        levels: A `SeveralLevels`.
        features: The encoder's for each level, or None for p(z).
    """

    def __init__(self, levels, features: Any = None):
        self._levels, self.features = levels, features
        self._size = sum(map(math.prod, levels.latent_shapes))
        # q(z|x) has the batch of its features, and no law has to be made to know it.
        self._top = levels.top_prior() if features is None else None
        smooth = self._top is None or levels.prior_carries_gradient(self._top)
        super().__init__(
            dtype=tf.as_dtype(levels.dtype),
            reparameterization_type=tfd.FULLY_REPARAMETERIZED if smooth else tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="Flattened",
        )

    def _batch_shape(self):
        return self.features[0].shape[:1] if self._top is None else self._top.batch_shape

    def _batch_shape_tensor(self):
        return tf.shape(self.features[0])[:1] if self._top is None else self._top.batch_shape_tensor()

    def _event_shape(self):
        return tf.TensorShape([self._size])

    def _event_shape_tensor(self):
        return tf.constant([self._size])

    def _chosen(self, choose):
        levels, _ = self._levels.walk(choose, self.features)
        return by_place.join([level.z for level in levels], self._levels.latent_shapes)

    def _sample_n(self, n, seed=None):
        def choose(number, prior, posterior):
            law = prior if posterior is None else posterior
            return law.sample(n if number == 0 else (), seed=random.fold(seed, number))

        return self._chosen(choose)

    def _mean(self):
        return self._chosen(lambda number, prior, posterior: (prior if posterior is None else posterior).mean())

    def between(self, start, end, t):
        """Returns the point at `t` times the way from `start` to `end`, on each level by itself."""
        shapes = self._levels.latent_shapes
        ends = zip(self._levels.kinds(), by_place.split(start, shapes), by_place.split(end, shapes), strict=True)
        return by_place.join([manifolds.between(*piece, t) for piece in ends], shapes)

    def _log_prob(self, z):
        batch = tf.broadcast_dynamic_shape(tf.shape(z)[:-1], self.batch_shape_tensor())
        static = tf.broadcast_static_shape(z.shape[:-1], self.batch_shape)
        z = tf.ensure_shape(tf.broadcast_to(z, tf.concat([batch, tf.shape(z)[-1:]], 0)), [*static, z.shape[-1]])
        given = by_place.split(z, self._levels.latent_shapes)
        levels, _ = self._levels.walk(lambda number, *_: given[number], self.features)
        laws = (level.prior if level.posterior is None else level.posterior for level in levels)
        return tf.add_n([law.log_prob(level.z) for law, level in zip(laws, levels, strict=True)])
