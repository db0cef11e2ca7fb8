"""The Bernoulli's log density is one expression, and is TFP's."""

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tfvae import families

LOGITS = np.array([-60.0, -8.0, -1e-3, 0.0, 0.5, 8.0, 60.0])


def values(law, logits, x):
    """log p(x) and its gradients, x broadcast over draws."""
    logits, x = tf.constant(logits), tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch((logits, x))
        log_prob = law(logits).log_prob(x)
    return [tensor.numpy() for tensor in (log_prob, *tape.gradient(log_prob, (logits, x)))]


def ours(logits):
    return families.Bernoulli((7,)).build_distribution(logits)


def theirs(logits):
    return tfd.Independent(tfd.Bernoulli(logits=logits, dtype=logits.dtype), 1)


def test_it_is_tfps():
    logits = np.stack([LOGITS, -LOGITS, LOGITS / 3])[:, None]  # [3, 1, 7]: three draws
    for x in (np.zeros([2, 7]), np.ones([2, 7]), np.linspace(0, 1, 14).reshape(2, 7)):
        for one, two in zip(values(ours, logits, x), values(theirs, logits, x), strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-12, atol=1e-12)


def test_float32_is_float64_rounded():
    x = np.array([[0, 0, 0, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0, 0]], "float32")
    logits = np.float32(LOGITS)[None]
    exact = values(theirs, np.float64(logits), np.float64(x))
    for one, two in zip(values(ours, logits, x), exact, strict=True):
        # Gradients of two examples cancel: the rounding is that of numbers around 1.
        np.testing.assert_allclose(one, two, rtol=1e-6, atol=2**-23)
