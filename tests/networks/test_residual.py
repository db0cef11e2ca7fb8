"""Residual networks and what they are made of."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.contracts import config_round_trip
from tfvae import networks
from tfvae.networks import activations
from tfvae.networks.group_norm import groups

ENLARGING = [keras.layers.Conv2DTranspose, networks.ResizeConv2D, networks.SubPixelConv2D]


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype("float32")


def perturbed(network, seed=0):
    """Moves every weight, as training would: no bias is 0 and no branch small any more."""
    rng = np.random.default_rng(seed)
    network.set_weights([value + 0.1 * rng.standard_normal(value.shape) for value in network.get_weights()])
    return network


@pytest.mark.parametrize(
    ("shape", "filters", "strides", "smallest"),
    [
        ((32, 32, 1), (4, 8, 8), None, (4, 4)),
        ((48, 32, 3), (3, 5), None, (12, 8)),
        ((256, 256, 3), (2, 4, 4), (4, 4, 4), (4, 4)),
        ((9, 12, 2), (4, 6), (3, 1), (3, 4)),
    ],
)
def test_shapes(shape, filters, strides, smallest):
    mirrored = strides and strides[::-1]
    encoder = networks.residual_encoder(shape, filters, strides=strides)
    assert encoder.output_shape == (None, smallest[0] * smallest[1] * filters[-1])
    encoder = networks.residual_encoder(shape, filters, strides=strides, flatten=False, attention=True)
    assert encoder.output_shape == (None, *smallest, filters[-1])
    for latent in ((5,), (2, 3), (*smallest, 2)):
        decoder = networks.residual_decoder(latent, shape[:2], filters[::-1], strides=mirrored)
        assert decoder.output_shape == (None, *shape[:2], filters[0])
    assert encoder(normal(2, *shape)).shape == (2, *smallest, filters[-1])
    assert decoder(normal(2, *latent)).shape == (2, *shape[:2], filters[0])


def test_every_pixel_is_seen_and_made():
    x, z = tf.constant(normal(1, 16, 16, 1)), tf.constant(normal(1, 4))
    encoder = networks.residual_encoder((16, 16, 1), (4, 4), strides=(4, 1))
    # Convolutions alone: what a block normalises by depends on every pixel that is seen at all.
    first = encoder.layers[0]
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(first(x) * normal(1, 4, 4, 4))
    assert np.all(tape.gradient(loss, x))
    decoder = networks.residual_decoder((4,), (16, 16), (4, 4), strides=(1, 4))
    assert np.all(np.any(np.abs(decoder(z) - decoder(2 * z)) > 0, axis=-1))


def test_parameters():
    def convolution(side, inputs, outputs):
        return (side**2 * inputs + 1) * outputs

    def block(channels):
        return 2 * (2 * channels + convolution(3, channels, channels))

    attention = 2 * 8 + 3 * 8 * 8 + 8 * 8 + 8
    encoder = networks.residual_encoder((8, 8, 3), (4, 8), blocks=2, attention=True)
    stages = convolution(3, 3, 4) + 2 * block(4) + convolution(3, 4, 8) + 2 * block(8)
    assert encoder.count_params() == stages + attention
    decoder = networks.residual_decoder((5,), (8, 8), (8, 4), blocks=2, attention=True)
    stages = 2 * block(8) + convolution(3, 8, 4) + 2 * block(4) + convolution(3, 4, 4)
    assert decoder.count_params() == 6 * 2 * 2 * 8 + attention + stages
    wider = networks.ResidualBlock(6)
    wider.build((None, 4, 4, 2))
    assert wider.count_params() == 2 * 2 + convolution(3, 2, 6) + 2 * 6 + convolution(3, 6, 6) + convolution(1, 2, 6)


@pytest.mark.parametrize("enlarge", ENLARGING, ids=lambda layer: layer.__name__)
def test_a_file_holds_all_of_it(enlarge, tmp_path):
    options = {"blocks": 2, "attention": True, "activation": "relu"}
    decoder = perturbed(networks.residual_decoder((4, 4, 2), (16, 16), (8, 4), enlarge=enlarge, **options))
    encoder = perturbed(networks.residual_encoder((16, 16, 1), (4, 8), **options))
    for network, x in ((decoder, normal(2, 4, 4, 2)), (encoder, normal(2, 16, 16, 1))):
        network.save(tmp_path / "network.keras")
        loaded = keras.saving.load_model(tmp_path / "network.keras")
        np.testing.assert_array_equal(loaded(x), network(x))


def test_an_initializer_of_ones_own_is_in_the_configuration():
    layer = networks.SubPixelConv2D(2, 3, kernel_initializer=keras.initializers.Constant(0.5))
    rebuilt = config_round_trip(layer)
    np.testing.assert_array_equal(rebuilt(np.ones((1, 1, 1, 3), "float32")), np.full((1, 2, 2, 2), 1.5))


@pytest.mark.parametrize(("channels", "group_size"), [(32, 16), (6, 2), (6, 4), (7, 4), (3, 16), (10, 4)])
def test_a_group_has_at_least_so_many_channels(channels, group_size):
    count = groups(channels, group_size)
    assert channels % count == 0
    assert channels // count >= min(group_size, channels)
    # And no larger number of groups would do.
    assert not any(channels % more == 0 and channels // more >= group_size for more in range(count + 1, channels + 1))


def reference(x, layer):
    """Group normalisation in float64, group by group."""
    x, y = x.astype("float64"), np.empty(x.shape)
    size = x.shape[-1] // groups(x.shape[-1], layer.group_size)
    for example in range(len(x)):
        for start in range(0, x.shape[-1], size):
            part = x[example, ..., start : start + size]
            y[example, ..., start : start + size] = (part - part.mean()) / np.sqrt(part.var() + layer.epsilon)
    return y * layer.gamma.numpy() + layer.beta.numpy()


@pytest.mark.parametrize("mean", [0.0, 1000.0])
def test_group_norm_is_its_definition(mean):
    x = mean + (1 + np.arange(6)) * normal(3, 4, 5, 6)
    layer = networks.GroupNorm(group_size=3)
    layer.build(x.shape)
    perturbed(layer)
    # x has 24 bits: the mean is known to 2^-24 of it, over a deviation of 2.
    tolerance = 4 * 2**-24 * (abs(mean) / 2 + 4)
    np.testing.assert_allclose(layer(x), reference(x, layer), rtol=0, atol=tolerance)
    assert layer(np.zeros((1, 4, 5, 6), "float32")).numpy().tolist() == (np.zeros((1, 4, 5, 6)) + layer.beta).tolist()


def by_definition(x, gamma, beta, layer):
    """Group normalisation in plain operations, whose gradients are the tape's own."""
    count = groups(x.shape[-1], layer.group_size)
    parts = tf.reshape(x, [*x.shape[:-1], count, x.shape[-1] // count])
    mean, variance = tf.nn.moments(parts, [1, 2, 4], keepdims=True)
    return tf.reshape((parts - mean) / tf.sqrt(variance + layer.epsilon), x.shape) * gamma + beta


@pytest.mark.parametrize("mean", [0.0, 1000.0])
def test_group_norm_has_the_gradients_of_its_definition(mean):
    x = tf.constant(mean + (1 + np.arange(6)) * normal(3, 4, 5, 6).astype("float64"))
    upstream = tf.constant(normal(3, 4, 5, 6, seed=1).astype("float64"))
    layer = networks.GroupNorm(group_size=3, epsilon=0.5, dtype="float64")
    layer.build(x.shape)
    perturbed(layer)
    gamma, beta = layer.gamma.value, layer.beta.value
    found = []
    for call in (layer, lambda x: by_definition(x, gamma, beta, layer)):
        with tf.GradientTape() as outer:
            outer.watch([x, gamma])
            with tf.GradientTape() as tape:
                tape.watch(x)
                loss = tf.reduce_sum(upstream * tf.sin(call(x)))
            first = tape.gradient(loss, [x, gamma, beta])
            size = tf.add_n([tf.reduce_sum(tf.square(each)) for each in first])
        # And those of the gradient, which a penalty on it takes.
        found.append([*first, *outer.gradient(size, [x, gamma])])
    for own, expected in zip(*found, strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-8, atol=1e-8 * np.abs(expected).max())


@pytest.mark.parametrize(("policy", "digits"), [("mixed_bfloat16", 8), ("mixed_float16", 11)])
def test_statistics_are_wide_in_half_precision(policy, digits):
    # Squares of these overflow float16, and 2,048 of them sum to no bfloat16.
    x = tf.cast(300 + 30 * normal(2, 16, 16, 8), keras.DTypePolicy(policy).compute_dtype)
    layer = networks.GroupNorm(8, dtype=policy)
    y = layer(x)
    assert y.dtype == x.dtype
    expected = reference(np.array(tf.cast(x, "float64")), layer)
    # Only the result is rounded.
    assert np.all(np.abs(tf.cast(y, "float64") - expected) <= 2.0**-digits * np.abs(expected) + 1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_silu_and_its_gradients_are_those_of_keras(dtype):
    x = tf.cast(tf.linspace(-30.0, 30.0, 601), dtype)
    found = []
    for function in (activations.get("silu"), keras.activations.silu):
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = function(x)
            first = tape.gradient(y, x)
        found.append([y, first, outer.gradient(first, x)])
    tolerance = 8 * float(np.finfo(dtype).eps) if dtype != "bfloat16" else 2**-5
    for own, expected in zip(*found, strict=True):
        assert own.dtype == dtype
        np.testing.assert_allclose(
            tf.cast(own, "float64"), tf.cast(expected, "float64"), rtol=tolerance, atol=tolerance
        )


def test_a_network_says_silu_as_before_and_takes_that_of_earlier_files():
    assert activations.get("relu") is keras.activations.relu
    assert activations.get("swish") is activations.get(keras.activations.silu) is activations.silu
    assert networks.ResidualBlock(16).get_config()["activation"] == "silu"
    network = networks.residual_encoder((8, 8, 1), (4,))
    for earlier in (False, True):
        config = network.get_config()
        if earlier:
            config["layers"][-2]["config"]["activation"] = "silu"
        again = keras.Sequential.from_config(config)
        again.set_weights(network.get_weights())
        np.testing.assert_allclose(again(normal(2, 8, 8, 1)), network(normal(2, 8, 8, 1)), rtol=1e-5, atol=1e-6)


def test_nothing_couples_a_batch():
    encoder = perturbed(networks.residual_encoder((8, 8, 1), (4, 8), attention=True))
    x = normal(3, 8, 8, 1)
    together = encoder(x).numpy()
    x[1:] *= 100
    np.testing.assert_allclose(encoder(x)[0], together[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(encoder(x, training=True), encoder(x, training=False))


def test_attention_is_its_definition():
    x = normal(2, 3, 4, 6)
    layer = networks.SelfAttention()
    layer.build(x.shape)
    perturbed(layer)
    seen = reference(x, layer.norm).reshape(2, 12, 6)
    q, k, v = (seen @ each.kernel.numpy().astype("float64") for each in (layer.query, layer.key, layer.value))
    table = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(6))
    found = (table / table.sum(-1, keepdims=True)) @ v
    found = found @ layer.output_projection.kernel.numpy() + layer.output_projection.bias.numpy()
    np.testing.assert_allclose(layer(x), x + found.reshape(x.shape), atol=1e-5)


def test_a_block_is_its_definition():
    x = normal(2, 5, 4, 3)
    layer = networks.ResidualBlock(6, activation="relu")
    layer.build(x.shape)
    perturbed(layer)
    h = x
    for norm, convolution in zip(layer.norms, layer.convolutions, strict=True):
        h = np.maximum(reference(h, norm), 0).astype("float32")
        h = tf.nn.conv2d(h, convolution.kernel, 1, "SAME").numpy() + convolution.bias.numpy()
    around = x @ layer.skip.kernel.numpy()[0, 0] + layer.skip.bias.numpy()
    np.testing.assert_allclose(layer(x), around + h, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "make", [lambda: networks.ResidualBlock(32), networks.SelfAttention], ids=["block", "attention"]
)
def test_a_branch_begins_small_but_not_at_nothing(make):
    x = normal(4, 8, 8, 32)
    added = np.std(make()(x).numpy() - x)
    assert 0.01 < added < 0.3


@pytest.mark.parametrize("enlarge", ENLARGING, ids=lambda layer: layer.__name__)
@pytest.mark.parametrize("blocks", [1, 4])
def test_features_begin_of_order_one_and_every_weight_with_a_gradient(enlarge, blocks):
    keras.utils.set_random_seed(0)
    x, z = np.random.default_rng(0).random((4, 32, 32, 3), "float32"), normal(4, 16)
    options = {"blocks": blocks, "attention": True}
    encoder = networks.residual_encoder((32, 32, 3), (16, 32, 32), **options)
    decoder = networks.residual_decoder((16,), (32, 32), (32, 32, 16), enlarge=enlarge, **options)
    for network, given in ((encoder, x), (decoder, z)):
        with tf.GradientTape() as tape:
            features = network(given)
            loss = tf.reduce_sum(features * normal(*features.shape, seed=1))
        assert 0.1 < np.sqrt(np.mean(np.square(features))) < 3
        variables = network.trainable_variables
        for variable, gradient in zip(variables, tape.gradient(loss, variables), strict=True):
            # Of a sum of unit normals over thousands of features, far above rounding.
            assert np.sqrt(np.mean(np.square(gradient))) > 1e-4, variable.path


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_is_near_to_float32(policy):
    x = np.random.default_rng(0).random((2, 32, 32, 3), "float32")
    exact = networks.residual_encoder((32, 32, 3), (8, 16), attention=True)
    keras.config.set_dtype_policy(policy)
    half = networks.residual_encoder((32, 32, 3), (8, 16), attention=True)
    keras.config.set_dtype_policy("float32")
    half.set_weights(exact.get_weights())
    expected, received = exact(x).numpy(), tf.cast(half(x), "float32").numpy()
    # A dozen layers, each of which rounds to 8 bits or more.
    assert np.std(received - expected) < 12 * 2**-8 * np.std(expected)


def test_layers_of_half_precision_inside_know_their_policy():
    decoder = networks.residual_decoder((3,), (8, 8), (4, 4), attention=True)
    assert {each.dtype_policy.name for each in decoder._flatten_layers()} == {"float32"}
    block = networks.ResidualBlock(4, dtype="mixed_bfloat16")
    block.build((None, 4, 4, 2))
    assert {each.dtype_policy.name for each in block._flatten_layers()} == {"mixed_bfloat16"}
