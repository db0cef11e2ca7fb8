"""The Sinkhorn divergence between the aggregate posterior and the prior."""

import math

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms import draws
from tfvae.terms.kernels import squared_distances
from tfvae.terms.term import Term, Weight

_NO_WEIGHT = -1e30  # the logarithm of a weight of 0: infinity would make NaN of a gradient


@register
class Sinkhorn(Term):
    """The Sinkhorn divergence of the aggregate posterior q(z) from the prior: optimal transport, with some blur.

    S = OT(q, p) - OT(q, q) / 2 - OT(p, p) / 2
    OT(a, b) = min_pi E_pi |z - y|^2 + epsilon KL(pi || a b),  pi a joint law of z ~ a and y ~ b

    It is 0 for equal draws and never negative. With `epsilon` near 0 it is the squared 2-Wasserstein distance, and far
    beyond the draws' squared distances that of the means, |E z - E y|^2. Where q(z) is p(z) shifted by v it is |v|^2
    for any. Each example brings a draw of its posterior and a draw of its prior, both with its share of the batch,
    which is that of all replicas; a sample weight of 2 is the same as the example with its draws standing in the batch
    twice. Draws of a batch are never quite equal, so that S stays above 0 where q(z) is p(z), the less the larger the
    batch and `epsilon`.

    Sinkhorn's iterations, in the logarithm, solve the dual problem. They begin with the mean squared distance as their
    epsilon, which falls to `epsilon` in the first half of them. The gradient is that of the draws at the potentials so
    found, by the envelope theorem, and costs no iteration more. Time and memory are of the order of the squared batch
    size.

    Reference: Feydy et al. (2019), Interpolating between optimal transport and MMD using Sinkhorn divergences, arXiv
    1810.08278, equation 3 and section 3; as an autoencoder: Patrini et al. (2019), Sinkhorn autoencoders, arXiv
    1810.01118.

    Args:
        weight: Nats for each unit of S, or a schedule.
        epsilon: Blur, in squared units of z. Two draws of N(0, I) are 2 D apart in the mean square.
        num_iterations: The less of epsilon, the more of them are needed, as many as the squared distances exceed it by.
        num_samples: Draws of each example; the value is the mean over them.

    Raises:
        ValueError: `epsilon` is not a number > 0, or `num_iterations` no positive int; when the model is made, a prior
            that is learned and whose draws carry no gradient.

    >>> Sinkhorn(weight=10.0, epsilon=0.5)
    Sinkhorn(weight=10.0, epsilon=0.5)
    """

    couples_examples = True

    def __init__(self, weight: Weight = 1.0, epsilon=1.0, num_iterations=20, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)
        self.epsilon = arguments.number("epsilon", epsilon, "a number > 0", minimum=math.ulp(0.0))
        self.num_iterations = arguments.integer("num_iterations", num_iterations)

    def check(self, posterior, prior, likelihood):
        """Refuses a learned prior whose draws carry no gradient to all that is learned."""
        super().check(posterior, prior, likelihood)
        draws.refuse_without_gradient(self, posterior, prior)

    def value(self, inference):
        """Returns [B], the divergence for each example alike."""
        z, y, weights = draws.of_whole_batch(self, inference)
        between = self._cost(squared_distances(z, y), weights)
        within = [self._cost(squared_distances(each, each), weights) for each in (z, y)]
        return inference.alike(tf.reduce_mean(between - tf.add_n(within) / 2))

    def _cost(self, distances, weights):
        """Returns OT for squared distances [K, N, N] of points with weights [N], both sides alike, [K].

        It is sum_i w_i (f_i + g_i), less epsilon (E_ab exp((f + g - |z - y|^2) / epsilon) - 1): the dual's value at any
        potentials f and g, whose gradient in the distances is the plan pi.
        """
        logs = tf.where(weights > 0, tf.math.log(weights), tf.constant(_NO_WEIGHT, weights.dtype))
        first, second = map(tf.stop_gradient, self._potentials(tf.stop_gradient(distances), weights, logs))
        pairs = weights[:, None] * weights
        # A pair without weight may be beyond what an exponential can hold.
        beyond = tf.where(pairs > 0, first[:, :, None] + second[:, None, :] - distances, tf.zeros_like(distances))
        excess = tf.reduce_sum(pairs * (tf.exp(beyond / self.epsilon) - 1), axis=[-2, -1])
        return tf.reduce_sum(weights * (first + second), axis=-1) - self.epsilon * excess

    def _potentials(self, distances, weights, logs):
        """Returns f and g, [K, N].

        Both move at once, half of the way (Feydy et al., equation 25): equal draws keep equal potentials, and S is
        0 whatever the number of iterations.
        """
        mean = tf.einsum("i,kij,j->k", weights, distances, weights)[:, None]
        start = tf.math.log(tf.maximum(mean / self.epsilon, 1.0))

        def soft_least(distances, potentials, epsilon):
            # Over the last axis, with the weights of the points there.
            scores = (potentials[:, None, :] - distances) / epsilon[:, :, None] + logs
            return -epsilon * tf.reduce_logsumexp(scores, axis=-1)

        transposed = tf.linalg.matrix_transpose(distances)

        def step(number, first, second):
            falling = 1 - 2 * tf.cast(number, start.dtype) / self.num_iterations
            epsilon = self.epsilon * tf.exp(start * tf.maximum(falling, 0.0))
            moved = soft_least(distances, second, epsilon), soft_least(transposed, first, epsilon)
            return number + 1, (first + moved[0]) / 2, (second + moved[1]) / 2

        zeros = tf.zeros_like(distances[:, :, 0])
        second = tf.while_loop(
            lambda number, *_: number < self.num_iterations,
            step,
            (tf.constant(0), zeros, zeros),
            maximum_iterations=self.num_iterations,
        )[2]
        # The last step is a whole one, so that each z is carried whole and the plan is one of at most weight 1.
        return soft_least(distances, second, tf.fill(tf.shape(mean), tf.cast(self.epsilon, mean.dtype))), second
