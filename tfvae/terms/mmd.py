"""The maximum mean discrepancy between the aggregate posterior and the prior."""

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms import draws
from tfvae.terms.kernels import InverseMultiquadric, Kernel
from tfvae.terms.term import Term, Weight


@register
class MMD(Term):
    """MMD^2 between the aggregate posterior q(z) = E_x q(z|x) and the prior, estimated from a batch.

    MMD^2 = E k(z, z') + E k(y, y') - 2 E k(z, y),  z, z' ~ q(z),  y, y' ~ p(z)

    It is 0 where the two are one law. Each example i brings a draw z_i of its posterior
    and a draw y_i of its prior. With its share w_i of the batch and
    h_ij = k(z_i, z_j) + k(y_i, y_j) - k(z_i, y_j) - k(y_i, z_j) the estimates are

    unbiased:  sum_{i != j} w_i w_j h_ij / sum_{i != j} w_i w_j
    biased:    sum_{i, j} w_i w_j h_ij

    The batch is that of all replicas. The biased one is never negative, and too large by
    the pairs of an example with itself; there a sample weight of 2 is the same as the
    example with its draws standing in the batch twice. The unbiased one leaves such pairs
    out, also those of a copy that a weight stands for, as z_i says nothing new of itself.
    So it is unbiased whatever the weights, and for a prior with a condition, too. Where
    only one example of a batch has a weight there is no pair, and its value is 0.

    It needs no density, so a `families.Deterministic` posterior makes it a WAE-MMD
    (weight lambda), and beside a KL it is InfoVAE's (weight alpha + lambda - 1, beside
    KL(weight=1 - alpha)). Time and memory are of the order of the squared batch size.

    Reference: Gretton et al. (2012), A kernel two-sample test, JMLR 13, equations 4 and
    5; Tolstikhin et al. (2018), arXiv 1711.01558, algorithm 2; Zhao et al. (2017), arXiv
    1706.02262, section 3.2.

    Args:
        weight: Nats for each unit of MMD^2, or a schedule.
        kernel: A `terms.kernels.Kernel`. By default InverseMultiquadric(), which suits
            a prior whose dimensions have the standard deviation 1.
        unbiased: Whether to leave out the pairs of an example with itself.
        num_samples: Draws of each example; the value is the mean over them.

    Raises:
        ValueError: `kernel` is not a kernel; when the model is made, a prior that is
            learned and whose draws carry no gradient; in `fit`, batches of one example
            for the unbiased estimate.

    >>> from tfvae.terms import kernels
    >>> MMD(weight=10.0, kernel=kernels.RBF(2.0))
    MMD(weight=10.0, kernel=RBF(length_scale=2.0))
    """

    couples_examples = True

    def __init__(self, weight: Weight = 1.0, kernel=None, unbiased=True, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)
        kernel = InverseMultiquadric() if kernel is None else kernel
        if not isinstance(kernel, Kernel):
            raise arguments.invalid("kernel", "a terms.kernels.Kernel, such as terms.kernels.RBF(1.0)", kernel)
        self.kernel = kernel
        self.unbiased = unbiased
        self.least_examples = 2 if unbiased else 1

    def check(self, posterior, prior, likelihood):
        """Refuses a learned prior whose draws carry no gradient to all that is learned."""
        super().check(posterior, prior, likelihood)
        draws.refuse_without_gradient(self, posterior, prior)

    def value(self, inference):
        """Returns [B], whose batch mean is the estimate."""
        weights = inference.whole_batch(inference.weights)
        if self.unbiased:
            own = tf.equal(inference.rows[:, None], tf.range(tf.shape(weights)[0]))
            others = tf.where(own, tf.zeros_like(weights), weights)
            weights = tf.math.divide_no_nan(others, 1 - tf.reduce_sum(weights**2))
        pairs = self._pairs(inference, *draws.pair(self, inference))
        return tf.reduce_mean(tf.reduce_sum(tf.cast(weights, pairs.dtype) * pairs, axis=-1), axis=0)

    def _pairs(self, inference, z, y):
        """Returns h_ij for own i and every j, [K, B, N]; k(z_i, y_j) stands for k(y_i, z_j), too: the sums are one."""
        every_z, every_y = draws.whole(inference, z, y)
        gram = self.kernel.gram
        return gram(z, every_z) + gram(y, every_y) - 2 * gram(z, every_y)
