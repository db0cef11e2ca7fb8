"""Metrics of the latent space, for terms that move z."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments, networks, riemannian
from tfvae.component import Component, register


@register
class CentroidMetric(Component):
    """A metric in which steps near the codes of the batch are short, as far as a network of x says.

    G(z)^-1 = sum_i L(x_i) L(x_i)^T exp(-|z - m_i|^2 / T^2) + lambda I

    The sum is over the examples of the batch, on all replicas: m_i is the mean of q(z|x_i), and L(x_i) lower triangular
    with a positive diagonal, by a network and a dense layer of this part. A sample weight of 2 counts as the example
    twice. The network runs as in inference, without dropout. G depends on no draw of z, so a bound of moved draws stays
    one on log p(x), whatever the network says. It is learned with the model, by the bound.

    The paper evaluates with the codes of all training data instead, as does `priors.InverseVolume`; here `evaluate`,
    too, takes those of its batch.

    Reference: Chadebec, Mantoux and Allassonniere (2020), Geometry-aware Hamiltonian variational auto-encoder, arXiv
    2010.11518.

    Args:
        network: A Keras network of x to flat features, such as `networks.mlp_encoder((28, 28, 1))`.
        temperature: T, in units of z.
        regularization: lambda, in units of z^2.
        iterations: Fixed-point iterations for each implicit half of a step.

    Raises:
        ValueError: An argument is anything else; when the model is made, the network can't be called on x, gives no
            flat features or takes a condition, z is no vector, or the means of the posterior are not known.

    >>> CentroidMetric(networks.mlp_encoder((8, 8, 1), (32,)))
    CentroidMetric(<Sequential (8, 8, 1) -> (32,), 2,080 parameters>)
    """

    couples_examples = True

    def __init__(self, network, temperature=1.5, regularization=0.01, iterations=3, **kwargs):
        super().__init__(**kwargs)
        if not callable(network) or networks.takes_condition(network):
            expected = "a Keras network of x alone, such as networks.mlp_encoder((28, 28, 1))"
            raise arguments.invalid("network", expected, network)
        self.network: Any = network
        self.temperature = arguments.number("temperature", temperature, "a number > 0", minimum=math.ulp(0.0))
        self.regularization = arguments.number("regularization", regularization, "a number > 0", minimum=math.ulp(0.0))
        self.iterations = arguments.integer("iterations", iterations)
        self._head: Any = None

    def check(self, posterior, likelihood):
        """Makes the layer to L, and refuses parts that the metric is not defined for."""
        if len(posterior.event_shape) != 1:
            raise ValueError(
                f"A CentroidMetric is of a z that is a vector, and that of {posterior!r} has the shape "
                f"{posterior.event_shape}. Use a posterior such as families.Normal((16,)), or leave out `metric`."
            )
        with arguments.explained(
            f"A CentroidMetric needs the mean of q(z|x), and a {type(posterior).__name__} posterior gives none. Use "
            "another, such as families.Normal. It says:"
        ):
            posterior.kind().mean()
        x = keras.Input(likelihood.event_shape, dtype=likelihood.float_dtype)
        with arguments.explained(
            f"The metric's network can't be called on x of shape {likelihood.event_shape}. It says:"
        ):
            features = tuple(self.network(x).shape)
        if len(features) != 2:
            raise arguments.invalid("network", "a network to flat features (batch, F)", features)
        if self._head is None:
            size = posterior.event_shape[0]
            self._head = keras.layers.Dense(size * (size + 1) // 2, dtype=self.dtype_policy, name="head")
            self._head.build(features)

    def factors(self, x):
        """Returns L(x), [B, D, D]."""
        raw = tf.cast(self._head(self.network(x, training=False)), self.float_dtype)
        size = math.isqrt(2 * raw.shape[-1])
        places = [row * size + column for row in range(size) for column in range(row + 1)]
        scatter = tf.constant(np.eye(size**2)[places], raw.dtype)
        whole = tf.reshape(raw @ scatter, [-1, size, size])
        return tf.linalg.set_diag(whole, tf.nn.softplus(tf.linalg.diag_part(whole)))

    def of(self, inference):
        """Returns the `riemannian.Centroids` of a batch."""
        (latent,) = inference.latents
        weights = tf.cast(inference.weights * tf.cast(inference.count, inference.weights.dtype), latent.z.dtype)
        factors = tf.cast(self.factors(inference.x), latent.z.dtype) * tf.sqrt(weights)[:, None, None]
        every = inference.whole_batch(factors)
        means = inference.whole_batch(latent.posterior.mean())
        squares = tf.matmul(every, every, transpose_b=True)
        return riemannian.Centroids(means, squares, self.temperature, self.regularization, self.iterations)
