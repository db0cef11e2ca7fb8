"""Conformal p-values: the rank of a score among those of held-out data."""

import tensorflow as tf


def p_values(calibration, scores, two_sided=False):
    """Returns how probable a score as strange as each is where the example is like those that calibrate.

    p = (1 + #{i: s_i >= s}) / (n + 1)

    Where s and s_1 ... s_n are exchangeable, P(p <= a) <= a for every a, whatever the scores are and however bad the
    model behind them: the rank of s among n + 1 is uniform. Ties count against s, which is conservative: they make p
    larger. Without ties P(p <= a) = floor(a (n + 1)) / (n + 1). Two-sided, a score may be strange at either end:

    p = min(1, 2 min(p, (1 + #{i: s_i <= s}) / (n + 1)))

    References: Vovk, Gammerman and Shafer (2005), Algorithmic learning in a random world, equation 2.20; Bates et al.
    (2023), Testing for outliers with conformal p-values, arXiv 2104.08279, equation 1.

    Args:
        calibration: [n] floats in ascending order; n is known where it is traced.
        scores: [N] of the same type; larger is stranger.
        two_sided: Whether small scores are strange, too.

    Returns:
        [N] of the same type, from 1 / (n + 1) to 1.

    >>> p_values(tf.constant([1.0, 2.0, 2.0]), tf.constant([0.0, 2.0, 3.0])).numpy().tolist()
    [1.0, 0.75, 0.25]
    >>> p_values(tf.constant([1.0, 2.0, 2.0]), tf.constant([0.0, 2.0, 3.0]), two_sided=True).numpy().tolist()
    [0.5, 1.0, 0.5]
    """
    count = calibration.shape[0]

    def share(number):
        return tf.cast(1 + number, scores.dtype) / (count + 1)

    above = share(count - tf.searchsorted(calibration, scores, side="left"))
    if not two_sided:
        return above
    below = share(tf.searchsorted(calibration, scores, side="right"))
    return tf.minimum(2 * tf.minimum(above, below), 1)
