"""The mean of several importance-weighted bounds."""

import math

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms.bound import Bound
from tfvae.terms.term import Weight


@register
class MultiplyImportanceWeighted(Bound):
    """-L_(M,k), the mean of M importance-weighted bounds of k draws each, in nats: MIWAE.

    L_(M,k) = E[1/M sum_m log 1/k sum_j p(x, z_mj) / q(z_mj|x)],  z_mj ~ q(z|x)

    In expectation it is the bound L_k of `ImportanceWeighted(k)`, but its gradient has
    the lower noise of M times as many draws. With M = 1 it is that term, with k = 1 the
    ELBO with a sampled KL. The encoder's gradient loses signal as k grows and gains
    signal as M grows, so some of the M k draws are better spent on M.

    Reference: Rainforth, Kosiorek, Le, Maddison, Igl, Wood and Teh (2018), Tighter
    variational bounds are not necessarily better, arXiv 1802.04537, equation 9.

    Args:
        bounds: M.
        draws: k, of each bound. The model draws M k for each example.
        weight: As for every term.

    Raises:
        ValueError: `bounds` or `draws` is not a positive int.

    >>> MultiplyImportanceWeighted(8, 4).num_samples
    32
    """

    def __init__(self, bounds, draws, weight: Weight = 1.0, **kwargs):
        bounds = arguments.integer("bounds", bounds)
        draws = arguments.integer("draws", draws)
        super().__init__(weight=weight, num_samples=bounds * draws, **kwargs)
        self.bounds, self.draws = bounds, draws

    def lower_bound(self, log_weight):
        """Returns the mean over m of log 1/k sum_j w_mj, [B]."""
        return tf.reduce_mean(tf.reduce_logsumexp(self._grouped(log_weight), axis=1), axis=0) - math.log(self.draws)

    def path_weights(self, log_weight):
        """Returns 1/M of the squares of the weights, normalised within each bound, [M k, B]."""
        squares = tf.nn.softmax(self._grouped(log_weight), axis=1) ** 2
        return tf.reshape(squares, tf.shape(log_weight)) / self.bounds

    def _grouped(self, log_weight):
        return tf.reshape(log_weight, [self.bounds, self.draws, -1])
