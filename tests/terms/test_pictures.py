"""Terms that compare pictures: against TensorFlow's own SSIM, Parseval's identity, and features by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tests.models import digits, gradients_of, make
from tfvae import data, families, terms
from tfvae.inference import Inference

tfd = tfp.distributions


def seen(x, made):
    """What a term sees of x [B, ...] and its reconstructions [K, B, ...]."""
    made = tf.convert_to_tensor(made)
    likelihood = tfd.Independent(tfd.Normal(made, tf.ones([], made.dtype)), made.shape.rank - 2)
    weights = tf.fill([x.shape[0]], tf.cast(1 / x.shape[0], made.dtype))
    return Inference(tf.convert_to_tensor(x), (), likelihood, made.shape[0], weights, tf.constant(1.0))


def pictures(shape, draws=1, noise=0.2, seed=0):
    """Smooth pictures and noisy copies of them, float64."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*(np.linspace(0, 1, side) for side in shape[:2]), indexing="ij"), axis=-1)
    waves = np.sin(grid @ rng.normal(size=(2, 3 * shape[2])) * 8).reshape(*shape[:2], 3, shape[2])
    x = 0.5 + 0.4 * waves.transpose(2, 0, 1, 3)
    return x, x + noise * rng.normal(size=(draws, *x.shape))


@pytest.mark.parametrize(
    ("shape", "scales"), [((176, 180, 3), 5), ((64, 64, 3), 3), ((28, 30, 1), 2), ((27, 23, 1), 2)]
)
def test_the_similarity_is_tensorflow_s(shape, scales):
    term = terms.MultiScaleSSIM()
    assert term.num_scales(shape) == scales
    x, made = (each.astype("float32") for each in pictures(shape))
    powers = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])[:scales]
    theirs = tf.image.ssim_multiscale(x, made[0], 1.0, list(powers / powers.sum()))
    assert np.all((theirs > 0.1) & (theirs < 0.97))
    np.testing.assert_allclose(1 - term.value(seen(x, made)), theirs, rtol=0, atol=3e-5)


def test_a_window_of_its_own_size_is_tensorflow_s():
    x, made = (each.astype("float32") for each in pictures((32, 32, 1)))
    powers = np.array([0.0448, 0.2856, 0.3001])
    theirs = tf.image.ssim_multiscale(
        255 * x, 255 * made[0], 255.0, list(powers / powers.sum()), filter_size=7, filter_sigma=1.5 * 7 / 11
    )
    term = terms.MultiScaleSSIM(peak=255.0, window=7)
    np.testing.assert_allclose(1 - term.value(seen(255 * x, 255 * made)), theirs, rtol=0, atol=3e-5)


def test_unrelated_and_inverted_pictures_have_a_finite_gradient():
    """TensorFlow's own is NaN there, as a power of 0."""
    x, _ = pictures((28, 28, 1))
    for made in (1 - x, np.zeros_like(x), x[::-1].copy()):
        variable = tf.Variable(made[None])
        with tf.GradientTape() as tape:
            value = terms.MultiScaleSSIM().value(seen(x, variable + 0.0))
        assert np.all(value <= 1)
        assert np.isfinite(tape.gradient(value, variable)).all()
    np.testing.assert_allclose(terms.MultiScaleSSIM().value(seen(x, x[None])), 0, atol=1e-12)


def test_all_frequencies_alike_are_the_squared_error():
    """Parseval: an orthonormal transform keeps lengths."""
    x, made = pictures((8, 12, 3), draws=2)
    value = terms.FocalFrequency(alpha=0.0, num_samples=2).value(seen(x, made))
    np.testing.assert_allclose(value, ((x - made) ** 2).sum(axis=(2, 3, 4)).mean(axis=0), rtol=1e-12)


def test_frequencies_weigh_by_how_much_they_are_missed():
    x, made = pictures((8, 12, 3))
    spectrum = np.abs(np.fft.fft2(x - made[0], axes=(1, 2), norm="ortho"))
    weights = (spectrum / spectrum.max(axis=(1, 2), keepdims=True)) ** 1.5
    value = terms.FocalFrequency(alpha=1.5).value(seen(x, made))
    np.testing.assert_allclose(value, (weights * spectrum**2).sum(axis=(1, 2, 3)), rtol=1e-10)


def test_the_weights_of_frequencies_are_constant_to_the_gradient():
    """Of one frequency, w = 1: the gradient is that of its squared error, whatever alpha."""
    wave = np.cos(2 * np.pi * np.arange(8) / 8)[None, :, None, None] * np.ones([1, 1, 8, 1])
    made = tf.Variable(0.3 * wave[None])
    with tf.GradientTape() as tape:
        value = terms.FocalFrequency(alpha=2.0).value(seen(wave, made + 0.0))
    np.testing.assert_allclose(value, 0.49 * (wave**2).sum(), rtol=1e-10)
    np.testing.assert_allclose(tape.gradient(value, made), -1.4 * wave[None], atol=1e-10)
    same = terms.FocalFrequency().value(seen(wave, wave[None]))
    np.testing.assert_array_equal(same, 0)


def classifier():
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    first = keras.layers.Conv2D(4, 3, activation="relu", name="first")(inputs)
    second = keras.layers.Conv2D(6, 3, 2, activation="relu", name="second")(keras.layers.Dropout(0.5)(first))
    return keras.Model(inputs, keras.layers.Dense(10)(keras.layers.Flatten()(second)))


def test_features_are_compared_layer_by_layer():
    network = classifier()
    x, made = (each.astype("float32") for each in pictures((8, 8, 1), draws=3))
    value = terms.Perceptual(network, ["first", "second"], num_samples=2).value(seen(x, made))
    by_hand = np.zeros(3)
    for name in ("first", "second"):
        features = keras.Model(network.input, network.get_layer(name).output)
        true = features(x).numpy()
        for draw in made[:2]:
            by_hand += 0.25 * np.mean((true - features(draw).numpy()) ** 2, axis=(1, 2, 3))
    np.testing.assert_allclose(value, by_hand, rtol=1e-5)
    output = terms.Perceptual(network).value(seen(x, made))
    np.testing.assert_allclose(output, 0.5 * np.mean((network(x) - network(made[0])) ** 2, axis=1), rtol=1e-5)


def test_the_network_of_features_is_frozen_and_stands_in_the_file(tmp_path):
    network = classifier()
    before = network.get_weights()
    vae = make(
        likelihood=families.Normal((8, 8, 1), scale="shared"),
        objective=[terms.NegativeLogLikelihood(), terms.KL(), terms.Perceptual(network, ["second"], 50.0)],
        preprocessing=data.Rescale(),
    )
    vae.compile("adam")
    history = vae.fit(digits(), epochs=10, batch_size=12, verbose=0).history
    assert history["perceptual"][-1] < history["perceptual"][0]
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    vae.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for old, new in zip(before, loaded.objective[2].network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert not loaded.objective[2].trainable_variables
    first, second = (model.evaluate(digits(), verbose=0, return_dict=True) for model in (vae, loaded))
    assert first == second


def test_each_gives_the_decoder_a_gradient():
    chosen = [
        terms.Perceptual(classifier(), ["first"]),
        terms.MultiScaleSSIM(window=5),
        terms.FocalFrequency(),
    ]
    for term in chosen:
        vae = make(likelihood=families.Bernoulli((8, 8, 1)), objective=[term], preprocessing=data.Rescale())
        found, _ = gradients_of(vae, digits(6))
        assert all(np.isfinite(each).all() and np.any(each) for each in found if each is not None)
        assert sum(each is not None for each in found) >= 8
