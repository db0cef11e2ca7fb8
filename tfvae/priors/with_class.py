"""The prior of a class beside that of the other latents."""

import math

import tensorflow as tf

from tfvae import arguments, random
from tfvae.component import register
from tfvae.hierarchy.of_class import OfClass, one_hot_labels
from tfvae.priors.prior import Prior


@register
class WithClass(Prior):
    """p(z) = p(y) p(v),  z = [one-hot y, v],  y one of C classes, all alike: the prior of `families.ClassConditional`.

    Given the label of an example, y is the label. So `vae.sample(n, condition=labels)` draws of these classes, and
    `vae.sample(n)` of all.

    Reference: Kingma et al. (2014), arXiv 1406.5298.

    Args:
        num_classes: C.
        prior: A `Prior` of v, the same for all classes, that takes neither a condition nor the encoder.

    Raises:
        ValueError: Fewer than two classes, or no such prior.

    >>> from tfvae.priors import StandardNormal
    >>> WithClass(10, StandardNormal((16,))).distribution().event_shape
    TensorShape([26])
    """

    condition_shape = ()
    condition_dtype = "int32"
    condition_optional = True

    def __init__(self, num_classes, prior, **kwargs):
        num_classes = arguments.integer("num_classes", num_classes, "an int >= 2", minimum=2)
        if not isinstance(prior, Prior) or prior.latent_shapes or hasattr(prior, "condition_shape"):
            raise arguments.invalid("prior", "a prior of one z, such as priors.StandardNormal((16,))", prior)
        super().__init__((num_classes + math.prod(prior.event_shape),), **kwargs)
        self.num_classes, self.prior = num_classes, prior

    def check(self, encoder, posterior, likelihood):
        """Asks the prior of v, which refuses a posterior that it can't be built from."""
        self.prior.check(encoder, posterior, likelihood)

    def has_density(self, posterior):
        """Returns whether the prior of v has one."""
        return self.prior.has_density(posterior)

    def measure(self, posterior):
        """Returns a probability for each class, and the measure of the prior of v."""
        return (*["discrete"] * self.num_classes, *self.prior.measure(posterior))

    def distribution(self, condition=None, encode=None):
        """Returns p(z), or p(z|y) where there is a label; -1 is none."""
        law = OfClass(tf.zeros([self.num_classes], self.float_dtype), self.prior.distribution(None, encode))
        return law if condition is None else law.told(one_hot_labels(condition, self.num_classes, law.dtype))

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws `count` latents; v is tempered, y never. Arguments as for every prior."""
        v = self.prior.sample(count, random.fold(seed, 0), temperature, None, encode)
        law = self.distribution(condition, encode)
        logits = tf.broadcast_to(law.log_classes, [count, self.num_classes])
        y = tf.one_hot(random.index(logits, random.fold(seed, 1)), self.num_classes, dtype=logits.dtype)
        return tf.concat([y, tf.reshape(tf.cast(v, y.dtype), [count, self.event_shape[0] - self.num_classes])], axis=-1)
