"""The joint distribution of all levels' z, as one distribution over a vector."""

import math

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import random


def join(values, shapes):
    """Returns z of each level, [..., *shape], as one vector [..., D]; shorter leading axes are repeated."""
    flat = [
        tf.reshape(z, tf.concat([tf.shape(z)[: z.shape.rank - len(shape)], [math.prod(shape)]], 0))
        for z, shape in zip(values, shapes, strict=True)
    ]
    return tf.concat(flat, axis=-1)


def split(z, shapes):
    """Returns z of each level, [..., *shape], for the joined z [..., D]."""
    pieces = tf.split(z, [math.prod(shape) for shape in shapes], axis=-1)
    leading = tf.shape(z)[:-1]
    return [
        tf.ensure_shape(tf.reshape(piece, tf.concat([leading, shape], 0)), [*z.shape[:-1], *shape])
        for piece, shape in zip(pieces, shapes, strict=True)
    ]


class Flattened(tfd.Distribution):
    """p(z) or q(z|x) of all levels, over the vector that joins them.

    The mean is that of each level given the means above it, which is the mean of the whole where each level's mean is
    linear in those above.

    Args:
        levels: A `SeveralLevels`.
        features: The encoder's for each level, or None for p(z).
    """

    def __init__(self, levels, features=None):
        self._levels, self.features = levels, features
        self._size = sum(math.prod(shape) for shape in levels.latent_shapes)
        self._top = levels.law_of_top(features)
        super().__init__(
            dtype=self._top.dtype,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="Flattened",
        )

    def _batch_shape(self):
        return self._top.batch_shape

    def _batch_shape_tensor(self):
        return self._top.batch_shape_tensor()

    def _event_shape(self):
        return tf.TensorShape([self._size])

    def _event_shape_tensor(self):
        return tf.constant([self._size])

    def _chosen(self, choose):
        levels, _ = self._levels.walk(choose, self.features)
        return join([level.z for level in levels], self._levels.latent_shapes)

    def _sample_n(self, n, seed=None):
        def choose(number, prior, posterior):
            law = prior if posterior is None else posterior
            return law.sample(n if number == 0 else (), seed=random.fold(seed, number))

        return self._chosen(choose)

    def _mean(self):
        return self._chosen(lambda number, prior, posterior: (prior if posterior is None else posterior).mean())

    def _log_prob(self, z):
        batch = tf.broadcast_dynamic_shape(tf.shape(z)[:-1], self.batch_shape_tensor())
        static = tf.broadcast_static_shape(z.shape[:-1], self.batch_shape)
        z = tf.ensure_shape(tf.broadcast_to(z, tf.concat([batch, tf.shape(z)[-1:]], 0)), [*static, z.shape[-1]])
        given = split(z, self._levels.latent_shapes)
        levels, _ = self._levels.walk(lambda number, *_: given[number], self.features)
        laws = (level.prior if level.posterior is None else level.posterior for level in levels)
        return tf.add_n([law.log_prob(level.z) for law, level in zip(laws, levels, strict=True)])
