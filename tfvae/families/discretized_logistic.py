"""The discretised logistic family, for pixels with discrete grey levels."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.families import levels as on
from tfvae.families.location_scale import LocationScale

tfd = tfp.distributions


@register
class DiscretizedLogistic(LocationScale):
    """Logistic distributions rounded to grey levels, one per dimension of the event.

    P(x) = sigmoid((x + w/2 - loc) / scale) - sigmoid((x - w/2 - loc) / scale),  w = 1 / (levels - 1)

    for x = k w, k = 0..levels-1, where the lowest level's bin extends to -infinity and
    the highest's to infinity. This is a probability of the pixels themselves, so no
    dequantisation is needed: `data.Quantize(levels)` produces x.

    Reference: Kingma et al. (2016), arXiv 1606.04934, appendix; Salimans et al.
    (2017), PixelCNN++, arXiv 1701.05517, equation 2.

    Args:
        event_shape: Shape of one event.
        levels: Number of grey levels: 256 for photographs, 17 for scikit-learn's digits.
        scale: "dimension" (default), "example", "shared", "shared_dimension" or a
            number > 0; see `Normal`.
        min_scale: Lower bound of a learned scale, in units of x.

    Raises:
        ValueError: `levels`, `scale` or `min_scale` is not one of these.

    >>> import tensorflow as tf
    >>> likelihood = DiscretizedLogistic((1,), levels=2, scale=1.0)
    >>> probability = tf.exp(likelihood.distribution(tf.zeros([2, 8])).log_prob([[0.0], [1.0]])).numpy()
    >>> [round(value, 3) for value in probability.tolist()]
    [0.622, 0.378]
    """

    discrete = True

    def __init__(self, event_shape, levels=256, scale: str | float = "dimension", min_scale=1e-3, **kwargs):
        super().__init__(event_shape, scale=scale, min_scale=min_scale, **kwargs)
        self.levels = on.check_levels(levels)

    def build_distribution(self, loc, scale):
        """Returns Independent rounded logistic distributions over the event."""
        levels = self.levels
        scale = scale + tf.zeros_like(loc)

        def sample(n, seed):
            uniform = random.uniform(tf.concat([[n], tf.shape(loc)], 0), seed, loc.dtype)
            return on.nearest_level(loc + scale * (tf.math.log(uniform) - tf.math.log1p(-uniform)), levels)

        def survival(edge):
            standard = (edge - loc) / scale
            return tf.sigmoid(-standard), tf.sigmoid(standard)

        law = on.OnLevels(
            levels,
            like=loc,
            log_prob=lambda level: on.logistic_log_prob(level, levels, loc, scale),
            sample=sample,
            moments=lambda: on.moments_from_tails(levels, on.nearest_level(loc, levels), survival),
        )
        return tfd.Independent(law, reinterpreted_batch_ndims=len(self.event_shape))

    def in_support(self, x):
        """Returns [B] bool, whether every value of an example is one of the levels."""
        return on.on_levels(x, self.levels, len(self.event_shape))
