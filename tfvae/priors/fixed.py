"""A family with fixed parameters as a prior."""

import numpy as np
import tensorflow as tf

from tfvae.component import register
from tfvae.priors.prior import Prior, known_anywhere


@register
class Fixed(Prior):
    """p(z) is a family's distribution with fixed parameters, which are not learned.

    Any family that can be q(z|x) can be p(z):
    `Fixed(families.Laplace((16,)), {"loc": 0.0, "scale": 1.0})`, and, through
    `families.Of`, any distribution of TensorFlow Probability.

    Args:
        family: A `families.Family`; it stays without a head.
        parameters: {name: number} as `family.parameters` would give them, or nested
            lists of numbers of the parameter's shape.

    Raises:
        ValueError: A family that doesn't know its density at any point, or
            parameters that it doesn't have or lacks.

    >>> from tfvae import families
    >>> prior = Fixed(families.Laplace((16,)), {"loc": 0.0, "scale": 1.0})
    >>> prior.distribution().event_shape
    TensorShape([16])
    """

    def __init__(self, family, parameters, **kwargs):
        super().__init__(known_anywhere(family).event_shape, **kwargs)
        self.family = family
        self.parameters = dict(parameters)
        try:
            shape = self.distribution().event_shape
        except (TypeError, ValueError, tf.errors.InvalidArgumentError) as error:
            raise ValueError(
                f"Invalid value for argument `parameters`. {family!r} can't be made of them: {error}. "
                f"Received: parameters={self.parameters!r}"
            ) from error
        if shape != self.event_shape:
            raise ValueError(
                f"Invalid value for argument `parameters`. They make events of shape {tuple(shape)}, and those of "
                f"{family!r} are {self.event_shape}. Received: parameters={self.parameters!r}"
            )

    def measure(self, posterior):
        """Returns the family's measure."""
        del posterior
        return self.family.measure

    def distribution(self, condition=None, encode=None):
        """Returns p(z), whatever the condition."""
        del condition, encode
        parameters = {}
        for name, value in self.parameters.items():
            value = np.asarray(value, self.float_dtype)
            # A single number applies to every dimension.
            parameters[name] = tf.constant(np.broadcast_to(value, self.event_shape) if value.ndim == 0 else value)
        return self.family.build_distribution(**parameters)
