"""A network none of whose layers enlarges a difference."""

from typing import Any

import keras
from keras import ops

from tfvae import arguments
from tfvae.component import Component, register
from tfvae.networks.conditional import run, take_condition_of


@register
class SpectrallyNormalized(Component):
    """A network whose kernels W have singular values of 1 at most: layers that enlarge no difference of their inputs.

    W <- W / max(1, sigma(W))  after every train step

    sigma(W), the largest singular value, is estimated by power iteration; a convolution's kernel is taken as a matrix
    to its output channels. What is saved, or exported, are the kernels themselves. As a decoder it makes a RAE-SN. The
    likelihood's own layer behind it is not part of the network, and stays free: its norm bounds the decoder's slope.

    Reference: Miyato, Kataoka, Koyama and Yoshida (2018), Spectral normalization for generative adversarial networks,
    arXiv 1802.05957, equation 8; as a projection after the step: Gouk, Frank, Pfahringer and Cree (2021),
    Regularisation of neural networks by enforcing Lipschitz continuity, arXiv 1804.04368, algorithm 1.

    Args:
        network: A Keras model.

    Raises:
        ValueError: `network` can't be called.

    >>> from tfvae.networks import mlp_decoder
    >>> SpectrallyNormalized(mlp_decoder((2,)))
    SpectrallyNormalized(<Sequential (2,) -> (512,), 1,536 parameters>)
    """

    def __init__(self, network, **kwargs):
        super().__init__(**kwargs)
        if not callable(network):
            raise arguments.invalid("network", "a Keras model, such as networks.mlp_decoder((16,))", network)
        self.network: Any = network
        take_condition_of(self, [network])

    def build(self, shape):
        """Builds the network, and gives its kernels the constraint, from the first value on."""
        if not self.network.built:
            self.network.build(shape)
        for variable in self.network.weights:
            if len(variable.shape) > 1:
                variable.constraint = contraction
                variable.assign(contraction(variable.value))
        self.built = True

    def call(self, x, condition=None, training=None):
        """Returns the network's features."""
        return run(self.network, x, condition, training)


def contraction(kernel, iterations=20):
    """Returns a kernel, [..., F], divided by its largest singular value if that is above 1."""
    matrix = ops.reshape(kernel, (-1, kernel.shape[-1]))
    # Numbers without a pattern, so that no kernel is orthogonal to them by its form.
    vector = ops.cos(1.7 * ops.arange(1, matrix.shape[-1] + 1, dtype=matrix.dtype)[:, None] ** 2)
    for _ in range(iterations):
        vector = ops.matmul(ops.transpose(matrix), ops.matmul(matrix, vector))
        vector = vector / (ops.norm(vector) + keras.config.epsilon())
    return kernel / ops.maximum(1.0, ops.norm(ops.matmul(matrix, vector)))
