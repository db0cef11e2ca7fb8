"""Encoders and decoders."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfvae import networks


@pytest.mark.parametrize("shape", [(8, 8, 1), (28, 28, 1), (32, 48, 3), (12, 4, 2)])
def test_conv_shapes(shape):
    encoder = networks.conv_encoder(shape, (4, 8))
    assert encoder.output_shape == (None, shape[0] * shape[1] // 16 * 8)
    assert networks.conv_decoder((5,), shape[:2], (8, 4)).output_shape == (None, *shape[:2], 4)


def test_strides_of_ones_own():
    encoder = networks.conv_encoder((9, 9, 1), (4, 8, 8), strides=(3, 1, 3))
    assert encoder.output_shape == (None, 8)
    assert networks.conv_decoder((5,), (9, 9), (8, 4), strides=(3, 3)).output_shape == (None, 9, 9, 4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: networks.conv_encoder((30, 28, 1)), r"30x28 is no multiple.*32x28.*input_shape=\(30, 28, 1\)"),
        (lambda: networks.conv_decoder((5,), (27, 27)), r"27x27.*28x28.*image_shape"),
        (lambda: networks.conv_encoder((64,)), "image shape.*mlp network"),
        (lambda: networks.conv_encoder((8, 8, 1), (4, 4), strides=(2,)), r"`strides`.*one for each of `filters`"),
        (lambda: networks.conv_decoder((5,), (8, 8), enlarge="sub_pixel"), r"`enlarge`.*a class of layers.*sub_pixel"),
        (lambda: networks.conv_decoder((5,), (8, 8), enlarge=len), r"`enlarge`.*a class of layers"),
        (lambda: networks.SubPixelConv2D(4, 3, padding="valid"), r"`padding`.*'same'.*padding='valid'"),
        (lambda: networks.ResizeConv2D(4, 3, strides=0), r"`strides`.*positive int.*strides=0"),
        (lambda: networks.mlp_encoder((8, 8, 1), units=(0,)), r"`units`.*units=\(0,\)"),
        (lambda: networks.mlp_decoder((-1,)), r"`latent_shape`.*latent_shape=\(-1,\)"),
        (lambda: networks.Conditional(networks.linear((3,)), condition_shape=(2,), num_classes=4), "num_classes"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_conditional_appends_channels_everywhere():
    network = networks.Conditional(networks.linear((2, 2, 4)), num_classes=3)
    features = network(tf.ones([2, 2, 2, 1]), tf.constant([0, 2])).numpy().reshape(2, 4, 4)
    np.testing.assert_array_equal(features[0], [[1, 1, 0, 0]] * 4)
    np.testing.assert_array_equal(features[1], [[1, 0, 0, 1]] * 4)
    network = networks.Conditional(networks.linear((5,)), condition_shape=(2,))
    np.testing.assert_array_equal(network(tf.zeros([1, 3]), tf.constant([[7.0, 8.0]])), [[0, 0, 0, 7, 8]])


@pytest.mark.parametrize(
    "enlarge",
    [keras.layers.Conv2DTranspose, networks.ResizeConv2D, networks.SubPixelConv2D],
    ids=lambda layer: layer.__name__,
)
def test_a_decoder_enlarges_as_it_is_told(enlarge, tmp_path):
    decoder = networks.conv_decoder((5,), (6, 12), (8, 4), strides=(3, 1), enlarge=enlarge)
    assert decoder.output_shape == (None, 6, 12, 4)
    z = np.random.default_rng(0).standard_normal((2, 5)).astype("float32")
    decoder.save(tmp_path / "decoder.keras")
    np.testing.assert_array_equal(keras.saving.load_model(tmp_path / "decoder.keras")(z), decoder(z))


def test_a_pixel_becomes_as_many_as_the_strides_make():
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype("float32")
    resized = networks.ResizeConv2D(7, 1, strides=2)
    kernel = resized(x).shape and resized.convolution.kernel.numpy()[0, 0]
    np.testing.assert_allclose(resized(x), (x @ kernel).repeat(2, 1).repeat(2, 2), rtol=1e-5, atol=1e-5)
    # The definition: y[s i + a, s j + b, c] is channel (s a + b) filters + c at [i, j].
    layer = networks.SubPixelConv2D(7, 1, strides=3)
    kernel = layer(x).shape and layer.convolution.kernel.numpy()[0, 0]
    expected = (x @ kernel).reshape(2, 3, 4, 3, 3, 7).transpose(0, 1, 3, 2, 4, 5).reshape(2, 9, 12, 7)
    np.testing.assert_allclose(layer(x), expected, rtol=1e-5, atol=1e-5)
