"""A likelihood of what is there of x, where entries are missing."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.families.family import Family
from tfvae.families.of_family import OfFamily

tfd = tfp.distributions


class _OfWhatIsThere(tfd.Distribution):
    """Scalar laws whose log density of a NaN is 0, the log of what it integrates to; otherwise as they were.

    Args:
        law: The scalar laws.
        stand_in: A value within their support for each entry of the event.
    """

    def __init__(self, law: Any, stand_in):
        self._law, self._stand_in = law, stand_in
        super().__init__(
            dtype=law.dtype,
            reparameterization_type=law.reparameterization_type,
            validate_args=False,
            allow_nan_stats=True,
            name="OfWhatIsThere",
        )

    def _batch_shape(self):
        return self._law.batch_shape

    def _batch_shape_tensor(self):
        return self._law.batch_shape_tensor()

    def _event_shape(self):
        return self._law.event_shape

    def _event_shape_tensor(self):
        return self._law.event_shape_tensor()

    def _log_prob(self, x):
        missing = tf.math.is_nan(x)
        # Replaced before and after: the gradient of a selection alone would be 0 * NaN.
        each = self._law.log_prob(tf.where(missing, tf.cast(self._stand_in, x.dtype), x))
        return tf.where(missing, tf.zeros_like(each), each)

    def _sample_n(self, n, seed=None):
        return self._law.sample(n, seed=seed)

    def _mean(self):
        return self._law.mean()

    def _variance(self):
        return self._law.variance()

    def _stddev(self):
        return self._law.stddev()


@tfd.RegisterKL(_OfWhatIsThere, _OfWhatIsThere)
def _kl(a, b, name=None):
    """Returns the KL of the complete laws."""
    return tfd.kl_divergence(a._law, b._law, name=name)


@register
class Observed(OfFamily):
    """A family's density of the entries that are there; NaN in x marks those that are missing.

    log p(x_observed|z) = sum over the observed i of log p(x_i|z)

    This is exact: entries are independent given z, so the missing ones integrate to 1.
    Draws and moments are of the whole x, so that `reconstruct` fills the gaps. It assumes
    that whether an entry is missing doesn't depend on its value (missing at random). The
    encoder must take NaN, too: `networks.WithMask`.

    Reference: Nazabal et al. (2020), Handling incomplete heterogeneous data using VAEs,
    arXiv 1807.03653, section 2; Mattei and Frellsen (2019), MIWAE, arXiv 1812.02633,
    for importance weights.

    Args:
        family: A `families.Family` with a density, whose entries are independent and whose
            support doesn't depend on its parameters.

    Raises:
        ValueError: `family` is no such family.

    >>> import math
    >>> from tfvae.families import Normal
    >>> law = Observed(Normal((3,), scale=1.0)).build_distribution(loc=tf.zeros([1, 3]), scale=tf.ones([]))
    >>> gaps = law.log_prob(tf.constant([[0.0, math.nan, 0.0], [math.nan] * 3]))
    >>> [round(float(value), 4) for value in gaps]
    [-1.8379, 0.0]
    """

    takes_missing = True

    def __init__(self, family, **kwargs):
        if not isinstance(family, Family):
            raise arguments.invalid("family", "a families.Family, such as families.Normal((16,))", family)
        super().__init__(family, **kwargs)
        self.discrete = family.discrete
        with tf.init_scope():
            self._stand_in = self._trial().sample(seed=random.as_seed(0, None)).numpy()[0]

    def _trial(self):
        """Returns the family's law where the head gives 0, batch shape [1]; refuses a family that it can't be of."""
        family = self.family
        if family.takes_missing:
            raise arguments.invalid("family", "a family that doesn't take missing entries already", family)
        if not family.has_density:
            fix = f"Mean squared error is families.Normal({family.event_shape}, scale=1.0)"
            raise ValueError(f"Observed sums log densities, and {type(family).__name__} has none. {fix}.")
        trial = family.kind()
        scalars = hasattr(trial, "reinterpreted_batch_ndims") and trial.distribution.event_shape.rank == 0
        if not scalars or not family.path_gradient:
            reason = "its support moves with its parameters" if scalars else "its entries are not independent"
            raise ValueError(
                f"Invalid value for argument `family`. Expected a family of independent entries with a fixed support, "
                f"such as families.Normal({family.event_shape}): only of these is the density of what is there the "
                f"sum over what is there. Received: family={family!r}; {reason}."
            )
        return trial

    @property
    def measure(self):
        """The family's measure."""
        return self.family.measure

    def build_distribution(self, **parameters):
        """Returns the family's distribution of the whole x, whose log density is of what is there."""
        law: Any = self.family.build_distribution(**parameters)
        there = _OfWhatIsThere(law.distribution, self._stand_in)
        return tfd.Independent(there, reinterpreted_batch_ndims=len(self.event_shape))

    def in_support(self, x):
        """Returns [B] bool, whether what is there of each x is in the family's support."""
        return self.family.in_support(tf.where(tf.math.is_nan(x), tf.cast(self._stand_in, x.dtype), x))
