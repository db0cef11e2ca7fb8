"""Labels of factors, each of which one latent learns to tell."""

import math

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.terms import factors
from tfvae.terms.term import Term, Weight


@register
class FactorLabels(Term):
    """-sum_k log p(y_k | m_k): the mean of latent k says the value of factor k, for the examples that have labels.

    m is the mean of q(z|x), p a family whose one parameter a dimension m_k is, before it is constrained, and y_k in
    [0, 1] the number of the factor's value over that of its last one. With `families.Bernoulli` it is a cross-entropy,
    -y_k log s(m_k) - (1 - y_k) log(1 - s(m_k)) with s the sigmoid; with `families.Normal` and a fixed scale a squared
    error. Latents beyond the factors are free.

    The labels are the condition of a batch, fit(x, labels), [B, number of factors] whole numbers, -1 for each that is
    unknown. Only this term sees them: the model is not conditional, and encodes and samples without. An unknown label
    costs 0, so where a hundredth of the data is labelled, a weight of 100 is that of one for the labelled alone.

    Reference: Locatello et al. (2020), Disentangling factors of variation using few labels, arXiv 1905.01258.

    Args:
        family: A `families.Family` of independent dimensions, one for each factor; it stays without a head.
        num_values: How many values each factor takes.
        weight: Nats for each, or a schedule.

    Raises:
        ValueError: `family` is no such family, or not of as many dimensions as `num_values`; when the model is made, a
            posterior with fewer latents than factors, or whose mean is not known.

    >>> from tfvae import families
    >>> FactorLabels(families.Bernoulli((5,)), (3, 6, 12, 12, 12), weight=4.0).condition_shape
    (5,)
    """

    def __init__(self, family, num_values, weight: Weight = 1.0, **kwargs):
        super().__init__(weight=weight, **kwargs)
        self.num_values = factors.num_values(num_values)
        self.family, self.condition_shape = family, (len(self.num_values),)
        self._parameter = _parameter_of(family, self.condition_shape)

    def check(self, posterior, prior, likelihood):
        """Refuses a posterior with fewer latents than factors, and one without a mean."""
        super().check(posterior, prior, likelihood)
        top = posterior.by_level()[0]
        if math.prod(top.event_shape) < len(self.num_values):
            raise ValueError(
                f"FactorLabels has a latent for each of {len(self.num_values)} factors, and the posterior is of "
                f"{math.prod(top.event_shape)}. Give the posterior more latents, or leave out factors."
            )
        with arguments.explained(
            f"FactorLabels needs the mean of q(z|x), and that of a {type(top).__name__} posterior is not known. Use "
            "another posterior, such as families.Normal. It says:"
        ):
            top.kind().mean()

    def value(self, inference):
        """Returns [B]."""
        if inference.condition is None:
            return tf.zeros_like(inference.weights)
        means, labels, known = factors.labelled(inference, self.num_values)
        raw = {self._parameter: means[:, : len(self.num_values)]}
        law = self.family.build_distribution(**self.family.constrain(raw)).distribution
        # Replaced before and after: the gradient of a selection alone would be 0 * NaN.
        each = law.log_prob(tf.where(known, labels, tf.stop_gradient(law.mean())))
        return -tf.reduce_sum(tf.where(known, each, tf.zeros_like(each)), axis=-1)


def _parameter_of(family, shape):
    """Returns the name of a family's one raw parameter, refusing a family that has others."""
    expected = f"a family of independent dimensions with one parameter for each, such as families.Bernoulli({shape})"
    if not hasattr(family, "head_shapes") or not family.has_density or family.statistic_shapes():
        raise arguments.invalid("family", expected, family)
    if family.event_shape != shape:
        raise arguments.invalid("family", f"one of the shape {shape}, a dimension for each of `num_values`", family)
    shapes, law = family.head_shapes(), family.kind()
    scalars = hasattr(law, "reinterpreted_batch_ndims") and law.distribution.event_shape.rank == 0
    if tuple(shapes.values()) != (shape,) or not scalars:
        raise arguments.invalid("family", expected, family)
    return next(iter(shapes))
