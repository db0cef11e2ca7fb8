"""The categorical family, for pixels with discrete grey levels."""

import tensorflow as tf
import tensorflow_probability as tfp

from tfvae import random
from tfvae.component import register
from tfvae.families import levels as on
from tfvae.families.family import Family

tfd = tfp.distributions


@register
class Categorical(Family):
    """A probability for each grey level of each dimension of the event.

    log p(x) = sum_i log softmax(logits_i)[k_i],  x_i = k_i / (levels - 1)

    It ignores the order of the levels, and so fits any distribution over them.
    `data.Quantize(levels)` produces x. The mean is that of x.

    Reference: van den Oord, Kalchbrenner and Kavukcuoglu (2016), Pixel recurrent
    neural networks, arXiv 1601.06759, section 3.4.

    Args:
        event_shape: Shape of one event.
        levels: Number of grey levels: 256 for photographs, 17 for scikit-learn's digits.

    Raises:
        ValueError: `levels` is not an int >= 2.

    >>> import tensorflow as tf
    >>> likelihood = Categorical((3,), levels=4)
    >>> likelihood.distribution(tf.zeros([1, 8])).mean().numpy().tolist()
    [[0.5, 0.5, 0.5]]
    """

    discrete = True

    def __init__(self, event_shape, levels=256, **kwargs):
        super().__init__(event_shape, **kwargs)
        self.levels = on.check_levels(levels)

    def head_shapes(self):
        """Returns a logit for each level of each dimension."""
        return {"logits": (*self.event_shape, self.levels)}

    def constrain(self, raw):
        """Returns the logits as they are."""
        return raw

    def build_distribution(self, logits):
        """Returns Independent distributions over the levels."""
        levels = tf.range(self.levels, dtype=logits.dtype)
        log_probs = on.log_softmax(logits)

        def log_prob(level):
            chosen = tf.one_hot(tf.cast(level, tf.int32), self.levels, dtype=tf.bool, on_value=True, off_value=False)
            # A selection, not a product: for a level of probability 0, 0 * -inf would be NaN.
            return tf.reduce_sum(tf.where(chosen, log_probs, 0.0), axis=-1)

        def sample(n, seed):
            return tf.cast(random.index(logits, seed, [n]), logits.dtype)

        def moments():
            probs = tf.exp(log_probs)
            mean = tf.reduce_sum(probs * levels, axis=-1, keepdims=True)
            variance = tf.reduce_sum(probs * (levels - mean) ** 2, axis=-1)
            return tf.squeeze(mean, -1), variance

        law = on.OnLevels(self.levels, like=logits[..., 0], log_prob=log_prob, sample=sample, moments=moments)
        return tfd.Independent(law, reinterpreted_batch_ndims=len(self.event_shape))

    def in_support(self, x):
        """Returns [B] bool, whether every value of an example is one of the levels."""
        return on.on_levels(x, self.levels, len(self.event_shape))
