"""The negative binomial family, for overdispersed counts."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families import counts, positive
from tfvae.families.family import Family

tfd = tfp.distributions

_LEAST = 1e-4


class _NegativeBinomial(tfd.NegativeBinomial):
    """TFP's, except for the log-probability, whose log-gamma functions lose digits where counts are large."""

    def _log_prob(self, x):
        return counts.negative_binomial(x, self.total_count, self.logits)


@register
class NegativeBinomial(Family):
    """Independent negative binomial counts, one per dimension of the event.

    p(x) = prod_i G(x_i + n_i) / (G(n_i) x_i!) (n_i / (n_i + mean_i))^n_i (mean_i / (n_i + mean_i))^x_i

    G is the gamma function. The variance is mean + mean^2 / n: that of a Poisson for
    n -> infinity, and of a "zero-inflated" distribution for n -> 0. x is a raw count; see
    `Poisson`.

    Reference: Lopez et al. (2018), Deep generative modeling for single-cell
    transcriptomics, Nature Methods 15, whose n ("inverse dispersion") is one number per
    gene, as with `shared_total_count=True`.

    Args:
        event_shape: Shape of one event.
        shared_total_count: Whether n is one learned vector for all data, instead of
            given by the head.

    >>> import tensorflow as tf
    >>> likelihood = NegativeBinomial((3,))
    >>> likelihood.distribution(tf.zeros([1, 8])).mean().numpy().round(3).tolist()
    [[1.0, 1.0, 1.0]]
    """

    discrete = True
    mean_parameter = "mean"

    def __init__(self, event_shape, shared_total_count=False, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.shared_total_count = shared_total_count
        if shared_total_count:
            self.raw_total_count = self.add_weight(
                shape=self.event_shape, initializer="zeros", name="raw_total_count", autocast=False
            )

    def head_shapes(self):
        """Returns the mean, and n where the head gives it."""
        shapes = {"mean": self.event_shape}
        return shapes if self.shared_total_count else shapes | {"total_count": self.event_shape}

    def constrain(self, raw):
        """Returns mean and total_count (n), positive; about 1 where the head gives 0."""
        mean = positive.positive(raw["mean"], _LEAST)
        total_count = tf.cast(self.raw_total_count, mean.dtype) if self.shared_total_count else raw["total_count"]
        return {"mean": mean, "total_count": positive.positive(total_count, _LEAST)}

    def build_distribution(self, mean, total_count):
        """Returns Independent negative binomials, with float outcomes."""
        law = _NegativeBinomial(total_count, logits=tf.math.log(mean) - tf.math.log(total_count))
        return tfd.Independent(law, reinterpreted_batch_ndims=len(self.event_shape))

    def in_support(self, x):
        """Returns [B] bool, whether every value of an example is a count."""
        return tf.reduce_all(counts.are_counts(x), axis=list(range(1, len(self.event_shape) + 1)))
