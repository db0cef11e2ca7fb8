"""Sums of log-gamma functions, without cancellation.

log n! is large for large n, and a log-probability is a small difference of several such
terms: in float32, that of a count of a million is wrong by a nat. Written in terms of
deviances and the remainder of Stirling's formula, every summand is about as small as
the result. Reference: Loader (2000), Fast and accurate computation of binomial
probabilities.
"""

import math

import tensorflow as tf

# Coefficients of Stirling's series in 1/x, 1/x^3, ...: accurate to 1e-12 for x > 10.
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)
_SERIES_FROM = 10.0
# Terms of the deviance's series in ((x - mean) / (x + mean))^2: accurate to 1e-16 where that ratio is below 0.1.
_TERMS = 8


def _horner(x, coefficients):
    result = tf.zeros_like(x)
    for coefficient in reversed(coefficients):
        result = result * x + coefficient
    return result


def deviance(x, mean):
    """Returns x log(x / mean) + mean - x, for x >= 0 and mean > 0; never negative.

    >>> float(deviance(tf.constant(0.0), tf.constant(3.0)))
    3.0
    """
    difference = x - mean
    ratio = difference / (x + mean)
    near = tf.abs(ratio) < 0.1
    small = tf.where(near, ratio, 0.0)
    series = small**2 * _horner(small**2, [1 / (2 * term + 3) for term in range(_TERMS)])
    close = small * (difference + 2 * x * series)
    far = tf.math.xlogy(x, tf.where(x > 0, x / mean, 1.0)) - difference
    return tf.where(near, close, far)


def negative_binomial(x, size, logits):
    """Returns log G(x + size) / (G(size) x!) + size log(1 - p) + x log p, p = sigmoid(logits); -infinity for x < 0.

    Args:
        x: Counts.
        size: > 0; the mean is size * exp(logits).
        logits: Of p.
    """
    total = size + x
    value = (
        tf.math.log(size / total)
        + factorial_excess(total)
        - factorial_excess(x)
        - factorial_excess(size)
        - deviance(x, total * tf.sigmoid(logits))
        - deviance(size, total * tf.sigmoid(-logits))
    )
    return tf.where(x < 0, tf.constant(float("-inf"), value.dtype), value)


def deviance_of_log(x, log_mean):
    """Returns `deviance(x, exp(log_mean))`, with a finite gradient also where the mean is too small for a float.

    >>> float(deviance_of_log(tf.constant(1.0), tf.constant(-200.0)))
    199.0
    """
    mean = tf.exp(log_mean)
    seen = log_mean > -30.0
    # Selected before and after: the gradient of a selection alone would be 0 * NaN.
    usual = deviance(x, tf.exp(tf.where(seen, log_mean, 0.0)))
    tiny = tf.math.xlogy(x, tf.where(x > 0, x, 1.0)) - x * log_mean + mean - x
    return tf.where(seen, usual, tiny)


def factorial_excess(x):
    """Returns log G(x + 1) - x log x + x, for x >= 0, G the gamma function: log x! without Stirling's x log x - x.

    1/2 log(2 pi x) + 1/(12 x) - ..., and 0 at x = 0.

    >>> float(factorial_excess(tf.constant(0.0)))
    0.0
    """
    large = x > _SERIES_FROM
    safe = tf.where(large, x, _SERIES_FROM)
    series = 0.5 * tf.math.log(2 * math.pi * safe) + _horner(1 / safe**2, _STIRLING) / safe
    few = tf.where(large, tf.ones_like(x), x)
    direct = tf.math.lgamma(few + 1) - tf.math.xlogy(few, tf.where(few > 0, few, 1.0)) + few
    return tf.where(large, series, direct)


def are_counts(x):
    """Returns a bool for each value, whether it is 0, 1, 2, ..."""
    return tf.logical_and(x >= 0, tf.equal(x, tf.round(x)))
