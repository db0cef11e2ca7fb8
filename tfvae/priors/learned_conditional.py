"""A prior that is told the condition."""

from typing import Any

import keras

from tfvae import arguments
from tfvae.component import register
from tfvae.networks.conditional import as_vectors, condition_of, size_of
from tfvae.priors.prior import Prior, known_anywhere, tempered


@register
class LearnedConditional(Prior):
    """p(z|c) is a family's distribution, with parameters that a network makes of the condition c.

    p(z|c) = family(z; network(c))

    Where p(z) is the same for all c, z has to be independent of c; here it may say what c leaves
    open, and where c says all there is of x, the KL of the posterior from it is 0.

    Reference: Sohn, Lee and Yan (2015), Learning structured output representation using deep
    conditional generative models.

    Args:
        family: A `families.Family` with a density at any point.
        network: A Keras model from the condition, flat, to features: of `num_classes` numbers for a label,
            which is one-hot encoded.
        condition_shape: Shape of one condition; () for a label.
        num_classes: Number of labels.

    Raises:
        ValueError: `family` or `network` is anything else, or `num_classes` is given for a condition that is no scalar.

    >>> import tensorflow as tf
    >>> from tfvae import families, networks
    >>> prior = LearnedConditional(families.Normal((2,)), networks.linear((10,)), num_classes=10)
    >>> prior.distribution(tf.constant([3, 7])).batch_shape
    TensorShape([2])
    """

    def __init__(self, family, network, condition_shape=(), num_classes=None, **kwargs):
        super().__init__(known_anywhere(family).event_shape, **kwargs)
        self.condition_shape, num_classes = condition_of(condition_shape, num_classes)
        if not callable(network):
            raise arguments.invalid("network", "a Keras model, such as networks.linear((10,))", network)
        self.num_classes, self.family, self.network = num_classes, family, network
        size = size_of(self)
        with arguments.explained(f"`network` can't be called on conditions as vectors of {size} numbers. It says:"):
            features: Any = network(keras.Input((size,), dtype=self.compute_dtype))
        if not family.built:
            family.build(features.shape)

    @property
    def condition_dtype(self):
        """Dtype in which a condition is served: int32 for labels, else float32."""
        return "float32" if self.num_classes is None else "int32"

    def measure(self, posterior):
        """Returns the family's measure."""
        del posterior
        return self.family.measure

    def distribution(self, condition=None, encode=None):
        """Returns p(z|c), batch shape [B]; of no condition the kind of it, for checks, batch shape [1]."""
        del encode
        if condition is None:
            return self.family.kind()
        return self.family.distribution(self.network(as_vectors(self, condition)))

    def sample(self, count, seed, temperature=1.0, condition=None, encode=None):
        """Draws a latent for each of `count` conditions; arguments as for every prior."""
        del count
        return tempered(self.distribution(condition, encode), temperature, seed)
