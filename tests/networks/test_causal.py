"""The causal transformer: what each place sees, and one place after the other as all at once."""

import keras
import numpy as np
import tensorflow as tf

from tfvae import networks


def made(length=5, units=8, layers=2, heads=2):
    network = networks.CausalTransformer(length, units, layers, heads, dtype="float64")
    rng = np.random.default_rng(0)
    for variable in network.trainable_variables:
        variable.assign(variable + 0.3 * rng.normal(size=variable.shape))
    return network, tf.constant(rng.normal(size=(3, length, units)))


def test_a_place_sees_itself_and_those_before_it_and_no_other():
    network, x = made()
    with tf.GradientTape() as tape:
        tape.watch(x)
        # Not the sum of a normalised vector, which is constant.
        y = tf.reduce_sum(network(x) ** 3, axis=[0, 2])
    told = np.abs(tape.jacobian(y, x)).max(axis=(1, 3))
    np.testing.assert_array_equal(told > 1e-6, np.tri(5, dtype=bool))
    assert np.all(told[~np.tri(5, dtype=bool)] == 0)


def test_steps_make_what_a_pass_does():
    network, x = made()
    memory, found = network.memory(3), []
    for place in range(5):
        y, memory = network.step(x[:, place], tf.constant(place), memory)
        found.append(y)
    np.testing.assert_allclose(tf.stack(found, axis=1), network(x), rtol=1e-12, atol=1e-12)


def test_a_layer_is_made_of_keras_own_attention_and_dense_layers():
    """`keras.layers.MultiHeadAttention` with a causal mask, given the same weights."""
    network, x = made(layers=1)
    (branch,) = network._branches
    attention = keras.layers.MultiHeadAttention(2, 4, dtype="float64")
    attention.build((None, 5, 8), (None, 5, 8))
    kernels = np.split(branch["attention"].kernel.numpy(), 3, axis=1)
    for layer, kernel in zip((attention.query_dense, attention.key_dense, attention.value_dense), kernels, strict=True):
        layer.set_weights([kernel.reshape(8, 2, 4), np.zeros((2, 4))])
    weights = branch["looked_up"].get_weights()
    attention.output_dense.set_weights([weights[0].reshape(2, 4, 8), weights[1]])
    normed = branch["attention_norm"](x)
    hidden = x + attention(normed, normed, use_causal_mask=True)
    hidden += branch["narrow"](branch["wide"](branch["dense_norm"](hidden)))
    np.testing.assert_allclose(network(x), network.last_norm(hidden), rtol=1e-9, atol=1e-9)
