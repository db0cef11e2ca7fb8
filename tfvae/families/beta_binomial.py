"""The beta-binomial family, for pixels with discrete grey levels."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae.component import register
from tfvae.families import levels as on
from tfvae.families import positive
from tfvae.families.counts import deviance, factorial_excess
from tfvae.families.family import Family

tfd = tfp.distributions

_LEAST_CONCENTRATION = 1e-3


def log_prob_of_level(k, n, mean, rest, concentration):
    """Returns log P(k), with the log-gamma functions grouped so that no digits cancel.

    TFP's version loses digits where the concentration is large: 1e-3 nats per pixel at 1e7 in float32, and the
    gradient.

    Args:
        k: 0..n.
        n: Number of trials.
        mean: Mean of one trial, in (0, 1).
        rest: 1 - mean, computed separately to keep its digits.
        concentration: > 0, the sum of the beta distribution's two parameters.
    """
    a, b = concentration * mean, concentration * rest
    total = n + concentration
    weight_k, weight_rest = (k + a) / total, (n - k + b) / total
    deviances = (
        deviance(k, n * weight_k)
        + deviance(n - k, n * weight_rest)
        + deviance(a, concentration * weight_k)
        + deviance(b, concentration * weight_rest)
    )
    logs = tf.math.log(mean / weight_k) + tf.math.log(b / (n - k + b))
    excess = factorial_excess(k + a) + factorial_excess(n - k + b) - factorial_excess(total)
    excess -= factorial_excess(a) + factorial_excess(b) - factorial_excess(concentration)
    excess += factorial_excess(n + tf.zeros_like(k)) - factorial_excess(k) - factorial_excess(n - k)
    return excess + logs - deviances


@register
class BetaBinomial(Family):
    """Beta-binomial grey levels, one distribution per dimension of the event.

    P(x) = C(n, k) B(k + a, n - k + b) / B(a, b),  n = levels - 1,  k = n x
    a = mean concentration,  b = (1 - mean) concentration

    It is a binomial for concentration -> infinity, uniform at a = b = 1, and bimodal,
    with peaks at black and white, below that. `data.Quantize(levels)` produces x.

    Args:
        event_shape: Shape of one event.
        levels: Number of grey levels: 256 for photographs, 17 for scikit-learn's digits.

    Raises:
        ValueError: `levels` is not an int >= 2.

    >>> import tensorflow as tf
    >>> likelihood = BetaBinomial((3,), levels=17)
    >>> likelihood.distribution(tf.zeros([1, 8])).mean().numpy().tolist()
    [[0.5, 0.5, 0.5]]
    """

    discrete = True

    def __init__(self, event_shape, levels=256, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.levels = on.check_levels(levels)

    def head_shapes(self):
        """Returns the logit of the mean and the concentration of each dimension."""
        return {"logits": self.event_shape, "concentration": self.event_shape}

    def constrain(self, raw):
        """Returns the mean's logits as they are, and the concentration, positive; 2 where the head gives 0."""
        return {**raw, "concentration": 2 * positive.positive(raw["concentration"], _LEAST_CONCENTRATION)}

    def build_distribution(self, logits, concentration):
        """Returns Independent beta-binomial distributions over the levels."""
        n = tf.constant(self.levels - 1, logits.dtype)
        # Kept away from 0 and 1, where all mass is on one level and the others have a log-probability of -infinity.
        least = tf.constant(1e-6, logits.dtype)
        mean = least + (1 - 2 * least) * tf.sigmoid(logits)
        rest = least + (1 - 2 * least) * tf.sigmoid(-logits)

        def moments():
            return n * mean, n * mean * rest * (concentration + n) / (concentration + 1)

        law = on.OnLevels(
            self.levels,
            like=logits,
            log_prob=lambda level: log_prob_of_level(level, n, mean, rest, concentration),
            sample=lambda count, seed: tfd.BetaBinomial(n, concentration * mean, concentration * rest).sample(
                count, seed=seed
            ),
            moments=moments,
        )
        return tfd.Independent(law, reinterpreted_batch_ndims=len(self.event_shape))

    def in_support(self, x):
        """Returns [B] bool, whether every value of an example is one of the levels."""
        return on.on_levels(x, self.levels, len(self.event_shape))
