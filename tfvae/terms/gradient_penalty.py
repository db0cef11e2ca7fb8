"""How steep the decoder is."""

import tensorflow as tf

from tfvae import random
from tfvae.component import register
from tfvae.terms.term import Term


@register
class GradientPenalty(Term):
    """1/K sum_k |J(z_k)|_F^2, the squared slope of the decoder at the draws of z.

    J(z) = d x'(z) / dz,  x'(z) = the mean of p(x|z);  |J|_F^2 = E_v |J^T v|^2,  v_i = -1 or 1

    The sum of all squared derivatives is estimated without bias by one v for each draw, which takes one more pass
    through the decoder and back, whatever the sizes of x and z. A decoder that is not steep makes of codes near to each
    other events near to each other, so that there is something between the codes of an autoencoder to be sampled. Both
    networks follow it: it is 0 for a decoder that ignores z, and codes far apart make it cheap, so it goes with a
    likelihood, and with `terms.CrossEntropy`, which holds the codes near 0.

    Its unit is that of x^2 over z^2. The decoder runs as in the pass itself, so one with Dropout draws anew.

    Reference: Ghosh, Sajjadi, Vergari, Black and Schoelkopf (2020), From variational to deterministic autoencoders,
    arXiv 1903.12436, equation 10; the estimate: Hutchinson (1990), A stochastic estimator of the trace of the influence
    matrix for Laplacian smoothing splines.

    Args:
        weight: As for every term.
        num_samples: K.

    >>> GradientPenalty(weight=0.01)
    GradientPenalty(weight=0.01)
    """

    def value(self, inference):
        """Returns [B]."""
        z = inference.z[: self.num_samples]
        with tf.GradientTape() as tape:
            tape.watch(z)
            mean = inference.decode(z).mean()
            point = random.uniform(tf.shape(mean), inference.seed(self), mean.dtype)
            # Of each example with itself alone: the gradient of the sum is one row of the Jacobian for each.
            along = tf.reduce_sum(tf.where(point < 0.5, -mean, mean))
        slope = tape.gradient(along, z)
        return tf.reduce_mean(tf.reduce_sum(slope**2, axis=list(range(2, z.shape.rank))), axis=0)
