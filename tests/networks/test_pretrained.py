"""Networks that others have trained."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfvae import networks


def test_vgg19_gets_the_pixels_that_it_was_trained_on(tmp_path):
    """Channels in the order blue, green, red, and ImageNet's means subtracted."""
    whole = keras.applications.VGG19(include_top=False, weights=None, input_shape=(32, 32, 3))
    whole.save_weights(tmp_path / "vgg19.weights.h5")
    network = networks.vgg19((32, 32, 3), ["block1_conv1"], weights=str(tmp_path / "vgg19.weights.h5"))
    x = np.random.default_rng(0).uniform(size=(2, 32, 32, 3)).astype("float32")
    pixels = 255 * x[..., ::-1] - np.array([103.939, 116.779, 123.68], "float32")
    expected = whole.get_layer("block1_conv1")(pixels)
    np.testing.assert_allclose(network(x), expected, rtol=1e-4, atol=1e-3)
    assert network.count_params() == 1792  # nothing behind what is asked for


def test_grey_is_colour_of_three_equal_channels():
    grey, colour = (networks.vgg19((32, 32, channels), weights=None) for channels in (1, 3))
    colour.set_weights(grey.get_weights())
    x = tf.random.stateless_uniform([1, 32, 32, 1], [0, 1])
    for one, other in zip(grey(x), colour(tf.repeat(x, 3, axis=-1)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-4)


def test_without_a_network_it_says_what_else_there_is(monkeypatch):
    def fails(*args, **kwargs):
        raise Exception("URL fetch failure on https://storage.example.org: None")  # what Keras raises

    monkeypatch.setattr(keras.applications, "VGG19", fails)
    with pytest.raises(ValueError, match=r"weights 'imagenet' of VGG19 can't be had.*evaluation.classifier.*URL fetch"):
        networks.vgg19((64, 64, 3))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"image_shape": (16, 16, 3)}, "sides of 32 or more"),
        ({"image_shape": (64, 64, 2)}, "1 or 3"),
        ({"image_shape": (64,)}, "image_shape"),
        ({"image_shape": (32, 32, 3), "layer_names": ["conv"], "weights": None}, "`layer_names`.*block1_conv1"),
        ({"image_shape": (32, 32, 3), "layer_names": [], "weights": None}, "`layer_names`"),
    ],
)
def test_it_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        networks.vgg19(**arguments)
