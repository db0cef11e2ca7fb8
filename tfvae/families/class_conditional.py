"""A class, and what is drawn given the class: both latent, the class summed out."""

import math

import tensorflow as tf

from tfvae import arguments
from tfvae.component import register
from tfvae.families import per_class
from tfvae.families.family import Family
from tfvae.hierarchy.of_class import OfClass, one_hot_labels


@register
class ClassConditional(Family):
    """A class y and, given the class, v of another family: z = [one-hot y, v].

    q(z|x) = q(y|x) q(v|x, y)

    As a posterior its draws are not random in y: every class is decoded, and counts for q(y|x), so
    that the expectation over y and its gradient are exact. A batch may bring labels, y itself for each
    example or -1 where it is unknown: of a labelled example q(y|x) is 1 at the label. The model's condition
    is that label, and may be left out altogether. The prior is `priors.WithClass`.

    Terms that take the draws as equally likely are refused; `terms.NegativeLogLikelihood`, `terms.KL`
    and `terms.Classification` know their shares.

    Reference: Kingma et al. (2014), Semi-supervised learning with deep generative models,
    arXiv 1406.5298, whose M2 has this posterior.

    Args:
        num_classes: C.
        family: A `families.Family` over v; it stays without a head.

    Raises:
        ValueError: Fewer than two classes, or a family without a density at any point, or that moves by itself.

    >>> from tfvae.families import Normal
    >>> law = ClassConditional(3, Normal((2,))).kind()
    >>> law.event_shape, [round(float(p), 3) for p in law.mean()[0]]
    (TensorShape([5]), [0.333, 0.333, 0.333, 0.0, 0.0])
    """

    condition_shape = ()
    condition_dtype = "int32"
    condition_optional = True
    path_gradient = False

    def __init__(self, num_classes, family, **kwargs):
        num_classes = arguments.integer("num_classes", num_classes, "an int >= 2", minimum=2)
        per_class.check(family)
        super().__init__((num_classes + math.prod(family.event_shape),), **kwargs)
        self.num_classes, self.family = num_classes, family
        self.enumerated = num_classes

    @property
    def measure(self):
        """A probability for each class, and the family's measure."""
        return (*["discrete"] * self.num_classes, *self.family.measure)

    def head_shapes(self):
        """Returns a logit for each class, and the family's parameters for each."""
        return per_class.head_shapes(self.num_classes, self.family)

    def constrain(self, raw):
        """Returns the logits as they are, and the family's parameters for each class."""
        return per_class.constrain(self.family, raw)

    def build_distribution(self, logits, **parameters):
        """Returns p(y) p(v|y)."""
        return OfClass(logits, per_class.build(self.family, parameters))

    def told(self, law, condition):
        """Returns the law of examples of which some are labelled, [B] with -1 where the label is unknown."""
        return law.told(one_hot_labels(condition, self.num_classes, law.dtype))

    def draw(self, law, num_samples, seed, exact=True):
        """Returns every class with `num_samples` draws each; see `Family.draw`."""
        if not exact:
            return super().draw(law, num_samples, seed, exact)
        return law.enumerated(num_samples, seed)

    def in_support(self, x):
        """Returns [B] bool, whether y is one class and v in the family's support."""
        y, v = tf.split(x, [self.num_classes, x.shape[-1] - self.num_classes], axis=-1)
        one = tf.logical_and(tf.equal(tf.reduce_sum(y, -1), 1), tf.equal(tf.reduce_max(y, -1), 1))
        return tf.logical_and(one, self.family.in_support(tf.reshape(v, [-1, *self.family.event_shape])))
