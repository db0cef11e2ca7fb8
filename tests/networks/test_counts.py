"""What encoders of counts see."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfvae import networks

COUNTS = np.array([[0, 0, 0], [3, 0, 4], [0, 100_000, 0]], "float32")


@pytest.mark.parametrize("policy", ["float32", "mixed_float16", "mixed_bfloat16", "float64"])
def test_logarithms_are_taken_of_counts_that_half_precision_does_not_hold(policy):
    keras.config.set_dtype_policy(policy)
    seen = networks.LogCounts(networks.linear((3,)))(COUNTS)
    keras.config.set_dtype_policy("float32")
    assert seen.dtype == keras.DTypePolicy(policy).compute_dtype
    np.testing.assert_allclose(np.asarray(seen, "float32"), np.log1p(COUNTS), rtol=5e-3)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_a_vector_has_length_one_and_a_gradient_also_where_it_is_zero(policy):
    keras.config.set_dtype_policy(policy)
    network = networks.UnitLength(networks.linear((3,)))
    keras.config.set_dtype_policy("float32")
    x = tf.constant(COUNTS)
    with tf.GradientTape() as tape:
        tape.watch(x)
        seen = network(x)
    np.testing.assert_allclose(np.asarray(seen, "float32"), [[0, 0, 0], [0.6, 0, 0.8], [0, 1, 0]], rtol=1e-3)
    assert np.isfinite(tape.gradient(seen, x)).all()
    # Of a picture it is the length of all of it.
    pictures = networks.UnitLength(networks.linear((2, 2, 1)))(np.full((1, 2, 2, 1), 3, "float32"))
    np.testing.assert_allclose(np.asarray(pictures), [[0.5] * 4])


def test_a_network_within_is_run_as_in_training_or_not():
    inner = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(1 - 1e-6)])
    for network in (networks.LogCounts(inner), networks.UnitLength(inner)):
        assert not np.any(network(COUNTS, training=True))
        assert np.any(network(COUNTS, training=False))
