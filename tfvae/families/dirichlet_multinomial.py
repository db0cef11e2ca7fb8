"""The Dirichlet-multinomial family: overdispersed counts of a given total."""

import math

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families import positive
from tfvae.families.counts import negative_binomial
from tfvae.families.family import PER_EXAMPLE
from tfvae.families.given_total import OfTotal, log_proportions, over_event, total_of
from tfvae.families.multinomial import CountsOf

tfd = tfp.distributions

# Of the mean concentration of a dimension.
_LEAST = 1e-4
# Of a dimension's log-proportion: below it, its concentration would be too small for log-gamma functions in float32.
_LEAST_LOG = -25.0


class _DirichletMultinomial(CountsOf):
    def __init__(self, total, log_probs, concentration, event_rank):
        self._concentration = concentration
        super().__init__(total, tf.maximum(log_probs, _LEAST_LOG), event_rank)

    def _log_prob(self, x):
        # Negative binomial counts of one p, divided by the probability of their sum, which is one, too.
        total, expected = total_of(x, self._rank), self._at_least_one()
        logits = tf.math.log(expected) - tf.math.log(self._concentration)
        each = self._sizes()
        whole = total_of(each, self._rank)
        value = total_of(negative_binomial(x, each, over_event(logits, self._rank)), self._rank)
        return self._where_counts(x, value - negative_binomial(total, whole, logits))

    def _sizes(self):
        return over_event(self._concentration, self._rank) * tf.exp(self._log_probs)

    def _variance(self):
        total, probs = over_event(self._total, self._rank), tf.exp(self._log_probs)
        concentration = over_event(self._concentration, self._rank)
        return total * probs * (1 - probs) * (total + concentration) / (1 + concentration)

    def _sample_n(self, n, seed=None):
        first, second = tf.unstack(tfp.random.split_seed(seed, n=2))
        sizes = tf.cast(self._sizes(), tf.float64)
        flat = tf.concat([tf.shape(sizes)[: -self._rank], [self._event_shape().num_elements()]], 0)
        return self._fall(n, second, tfd.Dirichlet(tf.reshape(sizes, flat)).sample(n, seed=first))


@register
class DirichletMultinomial(OfTotal):
    """Counts of a given total whose proportions vary around those of z: words that come in bursts.

    p(x | n) = n! G(A) / G(n + A) prod_i G(x_i + a_i) / (G(a_i) x_i!),  a = A softmax(logits),  n = sum_i x_i

    G is the gamma function. A, one number an example, is the concentration: for A -> infinity it is a `Multinomial`,
    and the variance is (n + A) / (1 + A) times that one's. The mean of an x is n softmax(logits).

    Reference: Minka (2000), Estimating a Dirichlet distribution; of words: Madsen, Kauchak and Elkan (2005), Modeling
    word burstiness using the Dirichlet distribution, ICML, equation 5.

    Args:
        event_shape: Shape of one event.
        total_count: As for `Multinomial`.

    Raises:
        ValueError: `total_count` is no number >= 0.

    >>> law = DirichletMultinomial((3,)).distribution(tf.zeros([1, 8]))
    >>> round(tf.exp(law.log_prob([[1.0, 0.0, 1.0]])).numpy().item(), 2)  # a = 1: all six x of two words are alike
    0.17
    """

    def head_shapes(self):
        """Returns a logit for each dimension and the example's concentration."""
        return {"logits": self.event_shape, "concentration": PER_EXAMPLE}

    def constrain(self, raw):
        """Returns the logits as they are, and the concentration, positive; that of a = 1 where the head gives 0."""
        mean = positive.positive(raw["concentration"], _LEAST)
        whole = math.prod(self.event_shape) * mean
        return {"logits": raw["logits"], "concentration": whole}

    def law(self, total, logits, concentration):
        """Returns the Dirichlet-multinomial of these totals."""
        rank = len(self.event_shape)
        each = total_of(concentration, rank)  # of axes of 1
        return _DirichletMultinomial(total, log_proportions(logits, rank), each, rank)
