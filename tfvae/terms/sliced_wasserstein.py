"""The sliced Wasserstein distance between the aggregate posterior and the prior."""

import tensorflow as tf

from tfvae import arguments, random
from tfvae.component import register
from tfvae.terms import draws
from tfvae.terms.term import Term, Weight


@register
class SlicedWasserstein(Term):
    """The Wasserstein distance of the aggregate posterior q(z) from the prior, along random directions.

    SW_p^p = E_theta W_p^p(theta z, theta y),  z ~ q(z),  y ~ p(z),  |theta| = 1
    W_p^p(a, b) = int_0^1 |F_a^-1(t) - F_b^-1(t)|^p dt

    In one dimension the best way to carry one law to another is by their order, so that it takes no more than sorting.
    Each example brings a draw z_i of its posterior and a draw y_i of its prior, both with its share w_i of the batch,
    and F are the steps of these weights: a sample weight of 2 is the same as the example with its draws standing in
    the batch twice. Of equal weights it is the mean of |z_(i) - y_(i)|^p, the draws in their order. The batch is that
    of all replicas, each with directions of its own.

    It is 0 for equal draws. Those of a batch are never quite equal, so that it stays above 0 where q(z) is p(z), the
    less the larger the batch. Where q(z) is p(z) shifted by v it is |v|^2 / D at the power 2. It needs no density: a
    `families.Deterministic` posterior makes it a sliced Wasserstein autoencoder.

    Reference: Kolouri et al. (2018), Sliced-Wasserstein auto-encoders, arXiv 1804.01947, equations 11 to 14.

    Args:
        weight: Nats for each unit of SW_p^p, or a schedule.
        num_projections: Directions theta, drawn anew for each batch.
        power: p, a number >= 1.
        num_samples: Draws of each example; the value is the mean over them.

    Raises:
        ValueError: `num_projections` is no positive int, or `power` no number >= 1; when the model is made, a prior
            that is learned and whose draws carry no gradient.

    >>> SlicedWasserstein(weight=10.0, num_projections=100)
    SlicedWasserstein(weight=10.0, num_projections=100)
    """

    couples_examples = True

    def __init__(self, weight: Weight = 1.0, num_projections=50, power=2, num_samples=1, **kwargs):
        super().__init__(weight=weight, num_samples=num_samples, **kwargs)
        self.num_projections = arguments.integer("num_projections", num_projections)
        self.power = arguments.number("power", power, "a number >= 1", minimum=1)

    def check(self, posterior, prior, likelihood):
        """Refuses a learned prior whose draws carry no gradient to all that is learned."""
        super().check(posterior, prior, likelihood)
        draws.refuse_without_gradient(self, posterior, prior)

    def value(self, inference):
        """Returns [B], the distance for each example alike."""
        z, y, weights = draws.of_whole_batch(self, inference)
        directions = self._directions(z.shape[-1], random.fold(inference.seed(self), 1), z.dtype)
        of_z, of_y = (tf.matmul(directions, each, transpose_b=True) for each in (z, y))
        return inference.alike(tf.reduce_mean(_between(of_z, of_y, weights, self.power)))

    def _directions(self, size, seed, dtype):
        """Returns unit vectors, [num_projections, D]."""
        return tf.math.l2_normalize(random.normal([self.num_projections, 1, size], seed, dtype)[:, 0], axis=-1)


def _between(a, b, weights, power):
    """Returns W_p^p of numbers a and b with weights [N], [..., N] -> [...].

    Both quantile functions are constant between neighbours among all steps of both. The steps before one of them say
    which number of each it is.
    """
    (a, ends), (b, other_ends) = (_by_order(each, weights) for each in (a, b))
    count = tf.shape(weights)[0]
    steps = tf.concat([ends, other_ends], axis=-1)
    order = tf.argsort(steps, axis=-1, stable=True)
    steps = _in_order(steps, order)
    passed = tf.cumsum(tf.cast(order < count, tf.int32), axis=-1, exclusive=True)
    rows = passed, tf.range(2 * count) - passed
    # A number without weight is passed by a step of width 0, as is the last one.
    a, b = (_in_order(each, tf.minimum(row, count - 1)) for each, row in zip((a, b), rows, strict=True))
    widths = steps - tf.pad(steps[..., :-1], [[0, 0]] * (steps.shape.rank - 1) + [[1, 0]])
    return tf.reduce_sum(widths * tf.abs(a - b) ** power, axis=-1)


def _by_order(values, weights):
    """Returns values [..., N] from the least on, and where in (0, 1] the quantile function leaves each of them."""
    order = tf.argsort(values, axis=-1, stable=True)
    ends = tf.cumsum(tf.gather(weights, order), axis=-1)
    return _in_order(values, order), tf.math.divide_no_nan(ends, ends[..., -1:])


def _in_order(values, order):
    return tf.gather(values, order, axis=-1, batch_dims=order.shape.rank - 1)
