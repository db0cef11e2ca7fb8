"""The maximum mean discrepancy between the aggregate posterior and the prior."""

import math

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import arguments, random
from tfvae.component import register
from tfvae.networks import takes_condition
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
        if not prior.trainable_variables or takes_condition(prior):
            return
        if not all(_carry_gradient(p) for _, p in posterior.pairs(prior)):
            raise ValueError(
                f"MMD compares draws of z with draws of the prior, and those of a {type(prior).__name__} carry no "
                "gradient to all of its variables, which would learn something else than this term. Use a prior "
                "without variables, such as priors.StandardNormal, one of a family, such as "
                "priors.Learned(families.Normal((16,))), or set prior.trainable = False first."
            )

    def value(self, inference):
        """Returns [B], whose batch mean is the estimate."""
        weights = inference.whole_batch(inference.weights)
        if self.unbiased:
            own = tf.equal(inference.rows[:, None], tf.range(tf.shape(weights)[0]))
            others = tf.where(own, tf.zeros_like(weights), weights)
            weights = tf.math.divide_no_nan(others, 1 - tf.reduce_sum(weights**2))
        z = inference.z[: self.num_samples]
        pairs = self._pairs(inference, z, _draws_like(z, inference.prior(), random.fold(inference.seed(self), 0)))
        return tf.reduce_mean(tf.reduce_sum(tf.cast(weights, pairs.dtype) * pairs, axis=-1), axis=0)

    def _pairs(self, inference, z, y):
        """Returns h_ij for own i and every j, [K, B, N]; k(z_i, y_j) stands for k(y_i, z_j), too: the sums are one."""
        points = tf.concat([_flat(z), _flat(y)], axis=-1)
        whole = tf.transpose(inference.whole_batch(tf.transpose(points, [1, 0, 2])), [1, 0, 2])
        (z, y), (every_z, every_y) = (tf.split(values, 2, axis=-1) for values in (points, whole))
        gram = self.kernel.gram
        return gram(z, every_z) + gram(y, every_y) - 2 * gram(z, every_y)


def _flat(z):
    return tf.reshape(z, [*tf.unstack(tf.shape(z)[:2]), math.prod(z.shape[2:])])


def _draws_like(z, law, seed):
    """Returns draws of the prior for z [K, B, ...], each example's of its own where the prior knows a condition."""
    y = law.sample(tf.shape(z)[: 2 - law.batch_shape.rank], seed=seed)
    return y if _carry_gradient(law) else tf.stop_gradient(y)


def _carry_gradient(law):
    return all(kind == tfd.FULLY_REPARAMETERIZED for kind in tf.nest.flatten(law.reparameterization_type))
