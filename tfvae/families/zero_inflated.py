"""A family of counts with more zeros."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import arguments, random
from tfvae.component import register
from tfvae.families.family import Family

tfd = tfp.distributions


class _ZeroInflated(tfd.Distribution):
    """Scalar laws of counts, 0 in their place with a probability.

    Args:
        law: The scalar laws.
        logits: Of that probability.
    """

    def __init__(self, law: Any, logits):
        self._law, self._logits = law, logits
        super().__init__(
            dtype=law.dtype,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            name="ZeroInflated",
        )

    def _batch_shape(self):
        return tf.broadcast_static_shape(self._law.batch_shape, self._logits.shape)

    def _batch_shape_tensor(self):
        return tf.broadcast_dynamic_shape(self._law.batch_shape_tensor(), tf.shape(self._logits))

    def _event_shape(self):
        return tf.TensorShape([])

    def _event_shape_tensor(self):
        return tf.constant([], tf.int32)

    def _log_prob(self, x):
        counted = self._law.log_prob(x) - tf.math.softplus(self._logits)
        inflated = tfp.math.log_add_exp(counted, -tf.math.softplus(-self._logits))
        return tf.where(tf.equal(x, 0), inflated, counted)

    def _sample_n(self, n, seed=None):
        first, second = tf.unstack(tfp.random.split_seed(seed, n=2))
        counts = self._law.sample(n, seed=first)
        shape = tf.concat([[n], self._batch_shape_tensor()], 0)
        dropped = random.uniform(shape, second, self.dtype) < tf.sigmoid(self._logits)
        return tf.where(dropped, tf.zeros_like(counts), counts)

    def _mean(self):
        return tf.sigmoid(-self._logits) * self._law.mean()

    def _variance(self):
        kept, mean = tf.sigmoid(-self._logits), self._law.mean()
        return kept * (self._law.variance() + (1 - kept) * mean**2)

    def _stddev(self):
        return tf.sqrt(self._variance())


@register
class ZeroInflated(Family):
    """A family of independent counts, each of which is 0 with a probability of its own whatever its law.

    p(x) = prod_i pi_i [x_i = 0] + (1 - pi_i) p_i(x_i),  pi = sigmoid(zero_logits)

    `ZeroInflated(NegativeBinomial((2000,)))` is the zero-inflated negative binomial of genes that were there and not
    seen; `LibrarySized` goes around both. Moments are those of the whole law.

    Reference: Lambert (1992), Zero-inflated Poisson regression, Technometrics 34, equation 1; of genes: Lopez et al.
    (2018), Deep generative modeling for single-cell transcriptomics, Nature Methods 15.

    Args:
        family: A family of independent counts: `families.NegativeBinomial` or `families.Poisson`; it stays without a
            head.

    Raises:
        ValueError: `family` is no such family.

    >>> from tfvae.families import Poisson
    >>> law = ZeroInflated(Poisson((2,), min_rate=1e-9)).distribution(tf.zeros([1, 8]))
    >>> round(tf.exp(law.log_prob([[0.0, 0.0]])).numpy().item(), 3)  # ((1 + 1 / e) / 2)^2
    0.468
    """

    discrete = True

    def __init__(self, family, **kwargs):
        if not isinstance(family, Family) or family.mean_parameter is None or "zero_logits" in family.head_shapes():
            expected = "a family of independent counts, such as families.NegativeBinomial((2000,))"
            raise arguments.invalid("family", expected, family)
        super().__init__(family.event_shape, **kwargs)
        self.family: Any = family
        self.mean_parameter = family.mean_parameter

    def head_shapes(self):
        """Returns those of the family, and a logit for each dimension."""
        return {**self.family.head_shapes(), "zero_logits": self.event_shape}

    def constrain(self, raw):
        """Returns the family's parameters, and the logits as they are; at 0 half of all counts are dropped."""
        others = {name: value for name, value in raw.items() if name != "zero_logits"}
        return {**self.family.constrain(others), "zero_logits": raw["zero_logits"]}

    def build_distribution(self, zero_logits, **parameters):
        """Returns Independent zero-inflated laws."""
        law: Any = self.family.build_distribution(**parameters)
        each = _ZeroInflated(law.distribution, zero_logits)
        return tfd.Independent(each, reinterpreted_batch_ndims=len(self.event_shape))

    def in_support(self, x):
        """Returns that of the family."""
        return self.family.in_support(x)
