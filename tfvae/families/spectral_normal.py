"""A Gaussian whose dimensions depend on each other as far as they are near."""

import string

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.families.location_scale import LocationScale

tfd = tfp.distributions


def cosines(size):
    """Returns the orthonormal DCT-II, float64 [size, size], one frequency in each row.

    >>> cosines(2).round(3).tolist()
    [[0.707, 0.707], [0.707, -0.707]]
    """
    places, frequencies = np.arange(size) + 0.5, np.arange(size)[:, None]
    matrix = np.cos(np.pi * places * frequencies / size) * np.sqrt(2 / size)
    matrix[0] /= np.sqrt(2)
    return matrix


def _along(value, matrices):
    """Returns `value` [..., *event_shape] with each axis of the event multiplied by a matrix."""
    letters = string.ascii_lowercase[: len(matrices)]
    for letter, matrix in zip(letters, matrices, strict=True):
        matrix = tf.constant(matrix, value.dtype)
        value = tf.einsum(f"...{letters},Z{letter}->...{letters.replace(letter, 'Z')}", value, matrix)
    return value


class _SpectralNormal(tfd.Distribution):
    """x = loc + C^T (scale eps), with C the cosines of each axis of the event."""

    def __init__(self, loc, scale, name="SpectralNormal"):
        parameters = {"loc": loc, "scale": scale, "name": name}
        self.loc, self.scale = tf.convert_to_tensor(loc), tf.convert_to_tensor(scale)
        self._cosines = [cosines(size) for size in self.scale.shape]
        super().__init__(
            dtype=self.loc.dtype,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters,
            name=name,
        )

    def _event_shape(self):
        return self.scale.shape

    def _event_shape_tensor(self):
        return tf.shape(self.scale)

    def _batch_shape(self):
        return self.loc.shape[: -self.scale.shape.rank]

    def _batch_shape_tensor(self):
        return tf.shape(self.loc)[: -self.scale.shape.rank]

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        del dtype, num_classes
        properties = tfp.util.ParameterProperties
        return {
            "loc": properties(event_ndims=lambda self: self.scale.shape.rank),
            "scale": properties(event_ndims=lambda self: self.scale.shape.rank),
        }

    def frequencies(self, value):
        """Returns C (value - loc)."""
        return _along(value - self.loc, self._cosines)

    def _log_prob(self, value):
        noise = random.Normal(tf.zeros([], self.dtype), self.scale)
        return tf.reduce_sum(noise.log_prob(self.frequencies(value)), axis=self._axes())

    def _sample_n(self, n, seed=None):
        noise = self.scale * random.normal(tf.concat([[n], tf.shape(self.loc)], 0), seed, self.dtype)
        return self.loc + _along(noise, [matrix.T for matrix in self._cosines])

    def _entropy(self):
        entropy = tf.reduce_sum(tfd.Normal(tf.zeros([], self.dtype), self.scale).entropy())
        return entropy + tf.zeros(self._batch_shape_tensor(), self.dtype)

    def _mean(self):
        return tf.identity(self.loc)

    def _mode(self):
        return self._mean()

    def _variance(self):
        return _along(self.scale**2, [matrix.T**2 for matrix in self._cosines]) + tf.zeros_like(self.loc)

    def _stddev(self):
        return tf.sqrt(self._variance())

    def _default_event_space_bijector(self):
        return tfp.bijectors.Identity()

    def _axes(self):
        return list(range(-self.scale.shape.rank, 0))


@register
class SpectralNormal(LocationScale):
    """A Gaussian likelihood with a noise of its own in each frequency, so that near pixels err together.

    x = loc + C^T (scale eps),  log p(x) = log N(C (x - loc); 0, diag(scale^2)),  scale_f^2 = mean (C (x - loc))_f^2

    C is the orthonormal cosine transform of every axis of the event; along the channels of a colour picture it is the
    change to brightness and two differences of colours. Errors of pictures are smooth, so the scale of coarse
    frequencies is large, and that of fine ones small, where independent pixels have one scale for both. The bits a
    pixel are far fewer; the loc is the decoder's, and so are reconstructions.

    Trained with it from the start, a model learns what is coarse last: each frequency counts as much as its error is
    small. Train with `Normal(event_shape, scale="optimal")`, then fit this one to what is left:
    `latent.fit_likelihood`.

    The scale has no gradient: it is measured as an optimal scale of `Normal` is.

    Reference: Ahmed, Natarajan and Rao (1974), Discrete cosine transform, for C; Dorta, Vicente, Agapito, Campbell
    and Simpson (2018), Structured uncertainty prediction networks, arXiv 1802.07079, for errors that depend on each
    other.

    Args:
        event_shape: Shape of one event.
        min_scale: Lower bound of the scales, in the event's units.

    Raises:
        ValueError: `min_scale` is not positive.

    >>> import tensorflow as tf
    >>> SpectralNormal((8, 8, 3)).distribution(tf.zeros([5, 16])).event_shape
    TensorShape([8, 8, 3])
    """

    power = 2

    def __init__(self, event_shape, min_scale=1e-3, **kwargs):
        super().__init__(event_shape, scale="optimal_dimension", min_scale=min_scale, **kwargs)

    def build_distribution(self, loc, scale):
        """Returns the Gaussian over the event."""
        return _SpectralNormal(loc, scale)

    def statistics(self, distribution, value, weights):
        """Returns the batch's mean squared error of each frequency."""
        error = tf.reduce_mean(distribution.frequencies(value) ** 2, axis=0)  # of [K, B, *event_shape]
        return {"error": tf.tensordot(weights, error, 1)}
