"""The network of a data set's own labels, or of its pictures' turns."""

import keras
import numpy as np
import pytest

from tests.models import digits
from tfvae import data, evaluation


@pytest.fixture(scope="module")
def made():
    (images, labels), test = data.digits("train"), data.digits("test")
    return evaluation.classifier((images, labels), test, epochs=5, verbose=0)


def test_it_learns_the_labels(made):
    images, labels = data.digits("test")
    logits = made.logits.predict(images / np.float32(255), verbose=0)
    assert made.accuracy == pytest.approx((logits.argmax(axis=1) == labels).mean())
    assert made.accuracy > 0.8  # chance is 0.1


def test_its_features_are_those_that_the_logits_are_made_of_but_for_their_scale(made):
    x = data.digits("train")[0] / np.float32(255)
    features = made.features.predict(x, verbose=0)
    assert (features.astype("float64") ** 2).mean() == pytest.approx(1.0, rel=1e-4)
    kernel, bias = made.logits.get_layer("logits").get_weights()
    logits = made.logits.predict(x, verbose=0)
    scale, *_ = np.linalg.lstsq((features @ kernel).reshape(-1, 1), (logits - bias).reshape(-1), rcond=None)
    np.testing.assert_allclose(scale * (features @ kernel) + bias, logits, rtol=1e-3, atol=1e-3)


def test_it_is_kept_in_a_file(made, tmp_path):
    made.features.save(tmp_path / "features.keras")
    again = keras.saving.load_model(tmp_path / "features.keras")
    x = digits() / np.float32(255)
    np.testing.assert_array_equal(again.predict(x, verbose=0), made.features.predict(x, verbose=0))


def test_the_seed_decides_and_no_other():
    images, labels = data.digits("validation")
    dataset = data.from_array(images, labels, seed=3)

    def weights(seed):
        return evaluation.classifier(dataset, epochs=1, seed=seed, verbose=0).features.get_weights()

    first = weights(0)
    next(iter(dataset))  # a pass that was begun elsewhere
    keras.utils.set_random_seed(5)
    again = weights(0)
    drawn = keras.random.normal([3]).numpy()
    keras.utils.set_random_seed(5)
    np.testing.assert_array_equal(drawn, keras.random.normal([3]).numpy())
    for a, b in zip(first, again, strict=True):
        # The order of additions differs between threads, and Adam divides by small gradients.
        np.testing.assert_allclose(a, b, atol=1e-4)
    assert max(np.abs(a - b).max() for a, b in zip(first, weights(1), strict=True)) > 0.1


def test_turned_pictures_are_told_apart():
    found = evaluation.classifier(evaluation.rotations(digits(360)), epochs=5, verbose=0)
    turned, labels = next(iter(evaluation.rotations(data.digits("test")[0][:100])))
    logits = found.logits.predict(turned.numpy() / np.float32(255), verbose=0)
    assert logits.shape == (400, 4)
    assert (logits.argmax(axis=1) == labels.numpy()).mean() > 0.5  # chance is 0.25


def test_pictures_that_are_not_square_are_turned_upside_down():
    images = np.arange(12, dtype="uint8").reshape(2, 2, 3, 1)
    turned, labels = next(iter(evaluation.rotations(data.from_array(images, np.zeros(2, int), shuffle=False))))
    assert labels.numpy().tolist() == [0, 0, 1, 1]
    np.testing.assert_array_equal(turned[:2], images)
    np.testing.assert_array_equal(turned[2:], images[:, ::-1, ::-1])


def test_its_maps_are_those_of_its_convolutions_with_a_mean_square_of_1(made):
    images, _ = data.digits("train")
    found = made.maps(images / np.float32(255))
    assert [each.shape[1:] for each in found] == [(8, 8, 32), (4, 4, 64)]
    np.testing.assert_allclose([np.mean(each**2) for each in found], 1, rtol=1e-3)
    first = next(layer for layer in made.logits.layers if "conv" in layer.name)
    ratio = first(images / np.float32(255)) / found[0]
    np.testing.assert_allclose(ratio[found[0] > 0.1], ratio[found[0] > 0.1].numpy().mean(), rtol=1e-4)
