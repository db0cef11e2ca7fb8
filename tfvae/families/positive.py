"""A map from real numbers to positive ones."""

import math

import tensorflow as tf
import tensorflow_probability as tfp

_SOFTPLUS_INVERSE_ONE = math.log(math.e - 1.0)


def positive(raw, minimum):
    """Returns minimum + softplus(raw + log(e - 1)): 1 + minimum at raw = 0, never below `minimum`.

    It grows only linearly, so that no gradient step makes it overflow, as an exponential would.

    >>> float(positive(tf.constant(0.0), 0.5))
    1.5
    """
    return minimum + tf.math.softplus(raw + _SOFTPLUS_INVERSE_ONE)


def inverse(value, minimum):
    """Returns the raw number that `positive` maps to `value`; value > minimum."""
    return tfp.math.softplus_inverse(value - minimum) - _SOFTPLUS_INVERSE_ONE
