"""Mixtures of discretised logistics, for pixels with discrete grey levels."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.families import levels as on
from tfvae.families import positive
from tfvae.families.family import Family

tfd = tfp.distributions


@register
class DiscretizedLogisticMixture(Family):
    """Mixtures of logistic distributions rounded to grey levels, one mixture per dimension of the event.

    P(x) = sum_c softmax(logits)_c P(x; loc_c, scale_c)

    with P(x; loc, scale) and x as in `DiscretizedLogistic`. Channels are independent
    given the features; in PixelCNN++ green depends on red, and blue on both.

    Reference: Salimans et al. (2017), PixelCNN++, arXiv 1701.05517, equations 1 and 2.

    Args:
        event_shape: Shape of one event.
        levels: Number of grey levels: 256 for photographs, 17 for scikit-learn's digits.
        components: Number of logistic distributions in each mixture.
        min_scale: Lower bound of a scale, in units of x.

    Raises:
        ValueError: `levels` or `components` is not a valid count, or `min_scale` is not positive.

    >>> import tensorflow as tf
    >>> likelihood = DiscretizedLogisticMixture((8, 8, 3), components=5)
    >>> likelihood.distribution(tf.zeros([2, 8, 8, 16])).mean().shape
    TensorShape([2, 8, 8, 3])
    """

    discrete = True

    def __init__(self, event_shape, levels=256, components=10, min_scale=1e-3, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.levels = on.check_levels(levels)
        if isinstance(components, bool) or components != int(components) or components < 1:
            raise ValueError(
                f"Invalid value for argument `components`. Expected an int >= 1. Received: components={components!r}"
            )
        if not 0.0 < min_scale < float("inf"):
            raise ValueError(
                f"Invalid value for argument `min_scale`. Expected a number > 0. Received: min_scale={min_scale!r}"
            )
        self.components = int(components)
        self.min_scale = min_scale

    def head_shapes(self):
        """Returns weight, location and scale of each component of each dimension."""
        each = (*self.event_shape, self.components)
        return {"logits": each, "loc": each, "scale": each}

    def constrain(self, raw):
        """Returns logits and loc as they are, and positive scales."""
        return {**raw, "scale": positive.positive(raw["scale"], self.min_scale)}

    def build_distribution(self, logits, loc, scale):
        """Returns Independent mixtures over the event."""
        levels = self.levels
        log_weight = on.log_softmax(logits)
        weight = tf.exp(log_weight)
        middle = tf.reduce_sum(weight * tf.clip_by_value(loc, 0, 1), axis=-1)

        def log_prob(level):
            each = on.logistic_log_prob(level[..., None], levels, loc, scale)
            return tf.reduce_logsumexp(log_weight + each, axis=-1)

        def sample(n, seed):
            chosen = tf.one_hot(random.index(logits, random.fold(seed, 0), [n]), self.components, dtype=loc.dtype)
            uniform = random.uniform(tf.shape(chosen)[:-1], random.fold(seed, 1), loc.dtype)
            noise = tf.math.log(uniform) - tf.math.log1p(-uniform)
            x = tf.reduce_sum(chosen * loc, -1) + tf.reduce_sum(chosen * scale, -1) * noise
            return on.nearest_level(x, levels)

        def survival(edge):
            standard = (edge - loc) / scale
            return tf.reduce_sum(weight * tf.sigmoid(-standard), -1), tf.reduce_sum(weight * tf.sigmoid(standard), -1)

        law = on.OnLevels(
            levels,
            like=middle,
            log_prob=log_prob,
            sample=sample,
            moments=lambda: on.moments_from_tails(levels, on.nearest_level(middle, levels), survival),
        )
        return tfd.Independent(law, reinterpreted_batch_ndims=len(self.event_shape))

    def in_support(self, x):
        """Returns [B] bool, whether every value of an example is one of the levels."""
        return on.on_levels(x, self.levels, len(self.event_shape))
