"""Raw counts as they are."""

import tensorflow as tf

from tfvae.component import register
from tfvae.data import intensity
from tfvae.data.preprocessing import Preprocessing


@register
class Counts(Preprocessing):
    """x = raw, of which every value has to be 0, 1, 2, ...

    A matrix that was normalised, or whose logarithm was taken, is no longer one of counts, and the likelihoods of
    counts would give it numbers without a meaning: it is refused.

    Args:
        maximum: The count that is white where an x is shown as a picture, and nothing else.

    Raises:
        ValueError: `maximum` is no number above 0. When called: values below 0; from `fit`, before its first step,
            values that aren't whole.

    >>> Counts()(tf.constant([[0, 255]], tf.uint8)).numpy().tolist()
    [[0.0, 255.0]]
    """

    raw_dtype = "float32"
    raw_is_x = True

    def __init__(self, maximum=255, **kwargs):
        super().__init__(**kwargs)
        self.maximum = intensity.maximum(maximum)

    def bounds(self, raw):
        """Refuses values below 0; within a graph, where they are unknown, nothing."""
        low, top, kind = intensity.extremes(tf.convert_to_tensor(raw))
        if low < 0:
            raise ValueError(
                f"Counts takes whole numbers from 0 on. Received {kind} from {low:.6g} to {top:.6g}. Give the counts "
                "themselves, before they are centred or scaled."
            )

    def check(self, raw):
        """Refuses values below 0, and those that aren't whole."""
        super().check(raw)
        raw = tf.convert_to_tensor(raw)
        if not raw.dtype.is_floating:
            return
        # NaN, which marks what is missing, is no fraction.
        fractions = int(tf.math.count_nonzero(tf.abs(raw - tf.round(raw)) > 0))
        if fractions:
            low, top, kind = intensity.extremes(raw)
            raise ValueError(
                f"Counts takes whole numbers from 0 on. Received {kind} from {low:.6g} to {top:.6g}, and {fractions} "
                f"of {int(tf.size(raw))} in the first batch are not whole. Give the counts themselves, before they are "
                "normalised or their logarithm is taken."
            )

    def call(self, raw, seed=None):
        """Returns the counts as floats."""
        del seed
        return tf.cast(raw, self.float_dtype)

    def intensity(self, x):
        """Returns x as a part of `maximum`, at most 1."""
        return tf.minimum(x / self.maximum, 1.0)
