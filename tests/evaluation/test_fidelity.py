"""Samples against data: what is compared, in which features, and with what seeds."""

import functools

import keras
import numpy as np
import pytest

from tests.models import SHAPE, digits, make
from tfvae import data, evaluation, random, recipes
from tfvae.evaluation import frechet, neighbourhoods
from tfvae.evaluation.kernel_distance import kernel_distance


@functools.cache
def network(shape=SHAPE, size=6, name="flat"):
    start = keras.initializers.GlorotUniform(0)
    layers = [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(size, "tanh", kernel_initializer=start)]
    return keras.Sequential(layers, name=name)


def features(x):
    return network().predict(np.asarray(x, "float32"), verbose=0).astype("float64")


def measured(real, generated, with_network=True, **given):
    return evaluation.fidelity(real, generated, network() if with_network else None, verbose=0, **given)


def numbers(found):
    return [value[:2] if isinstance(value, evaluation.Estimate) else value for value in found]


def halves():
    images = digits(240)
    return images[:120], images[120:]


def test_it_is_the_measures_of_the_features_of_intensities():
    real, made = halves()
    found = measured(real, made / np.float32(255))
    one, two = features(real / np.float32(255)), features(made / np.float32(255))
    assert found.frechet.value == pytest.approx(frechet.distance(one, two), rel=1e-4)
    for name, value in zip(neighbourhoods.NAMES, neighbourhoods.measures(one, two, 5), strict=True):
        assert getattr(found, name).value == pytest.approx(value, abs=0.02)  # a point or two on an edge: float32
    # The kernel's pairs x_i, y_i are left out, and the order is random.
    assert abs(found.kernel.value - kernel_distance(one, two).value) < 4 * found.kernel.standard_error
    assert (found.num_images, found.num_features, found.neighbours) == (120, 6, 5)
    assert found.network.startswith("flat, 390 weights, sha256 ")
    assert all(getattr(found, name).standard_error > 0 for name in ("frechet", "kernel", *neighbourhoods.NAMES))


def test_a_dataset_is_its_array():
    real, made = halves()
    datasets = (data.from_array(images, np.zeros(len(images), int), batch_size=50, seed=3) for images in (real, made))
    for got, expected in zip(numbers(measured(*datasets)), numbers(measured(real, made)), strict=True):
        assert got == pytest.approx(expected, rel=1e-3) if not isinstance(got, str) else got == expected


def test_both_sets_have_the_number_of_the_smaller():
    real, made = halves()
    assert measured(real, made[:50]).num_images == 50
    assert measured(real[:40], made).num_images == 40
    assert measured(real, made, count=60).num_images == 60


def test_what_is_picked_is_no_matter_of_the_order():
    """Of data that is sorted the first images are not what the whole is."""
    rows = np.sort(np.random.default_rng(0).normal(size=(2000, 1)), axis=0)
    found = measured(rows, np.random.default_rng(1).normal(size=(2000, 1)), False, count=200)
    assert abs(found.frechet_extrapolated.value) < 4 * found.frechet_extrapolated.standard_error
    assert found.network == "none: the values themselves"
    again = measured(rows, rows[::-1], False, count=200, seed=1)
    assert again.precision.value > 0.8


def test_a_model_samples_as_many_with_its_seed():
    vae = make(preprocessing=data.DynamicBinarize())
    real, _ = halves()
    found = measured(real, vae, seed=3)
    assert found.num_images == 120
    assert numbers(found) == numbers(measured(real, vae, seed=3))
    assert found.frechet.value != measured(real, vae, seed=4).frechet.value
    assert measured(real, vae, count=60).num_images == 60


def test_the_pictures_of_a_model_are_those_that_it_shows():
    """Grey ones for a noise that has their mean, and the samples' means, clipped."""
    vae = make(preprocessing=data.DynamicBinarize())
    real, _ = halves()
    samples = vae.sample(120, seed=random.fold(random.as_seed(3, None), 1, 0)).numpy()
    found, expected = measured(real, vae, seed=3), measured(real / np.float32(255), samples, seed=3)
    assert found.frechet.value == pytest.approx(expected.frechet.value, rel=1e-4)
    assert found.recall.value == pytest.approx(expected.recall.value, abs=0.02)
    assert measured(real, vae, mean=False, seed=3).frechet.value != found.frechet.value
    samples = vae.sample(60, seed=random.fold(random.as_seed(3, None), 1, 0)).numpy()
    few = measured(real / np.float32(255), samples, seed=3)
    assert measured(real, vae, count=60, seed=3).frechet.value == pytest.approx(few.frechet.value, rel=1e-4)


def test_of_a_threshold_the_pictures_are_black_and_white():
    real, _ = halves()
    black = make(preprocessing=data.Binarize())
    samples = black.sample(120, seed=random.fold(random.as_seed(3, None), 1, 0)).numpy()
    expected = measured((real > 127).astype("float32"), samples, seed=3)
    assert measured(real, black, seed=3).frechet.value == pytest.approx(expected.frechet.value, rel=1e-4)


def test_samples_are_clipped_as_a_picture_is():
    vae = recipes.sigma_vae(SHAPE, 2, preprocessing=data.Rescale(), seed=0)
    vae.likelihood.head.bias.assign(np.full(vae.likelihood.head.bias.shape, 5.0))
    real, _ = halves()
    expected = measured(real, np.ones_like(real, "float32"))
    assert vae.sample(3, seed=0).numpy().min() > 1
    assert measured(real, vae).frechet.value == pytest.approx(expected.frechet.value, rel=1e-4)


def test_a_model_samples_with_the_conditions_of_the_data(monkeypatch):
    images, labels = data.digits("train")
    images, labels = images[:60], labels[:60]
    vae, told = recipes.conditional_vae(SHAPE, 2, seed=0), []
    sample = vae.sample

    def told_of(n, condition, **given):
        told.extend(np.asarray(condition).tolist())
        return sample(n, condition, **given)

    monkeypatch.setattr(type(vae), "sample", lambda self, *args, **given: told_of(*args, **given))
    measured(data.from_array(images, labels, batch_size=25), vae, count=40, seed=3)
    picked = np.argsort(random.uniform([60], random.fold(random.as_seed(3, None), 0), "float64").numpy())[:40]
    assert told == labels[picked].tolist()


@pytest.mark.slow
def test_a_network_of_keras_applications_takes_grey_digits():
    applications = keras.applications
    keras.utils.set_random_seed(0)
    pixels = applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None, pooling="avg")
    adapted = evaluation.adapted(pixels, applications.mobilenet_v2.preprocess_input, channels=1)
    real, made = (images[:40] for images in halves())
    found = evaluation.fidelity(real, made, adapted, verbose=0)
    assert (found.num_features, found.num_images) == (1280, 40)
    assert found.network.startswith("mobilenetv2_0.35")
    assert np.isfinite(numbers(found)[:7]).all()


@pytest.mark.parametrize("family", ["mobilenet_v2", "resnet50", "densenet", "efficientnet"])
def test_pixels_are_what_the_network_was_made_for(family):
    """Each family's own conversion of bytes, of pictures that need no resizing."""
    preprocess = getattr(keras.applications, family).preprocess_input
    identity = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten()])
    bytes_ = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3)).astype("uint8")
    found = evaluation.adapted(identity, preprocess)(bytes_ / np.float32(255)).numpy()
    expected = preprocess(bytes_.astype("float32"))
    np.testing.assert_allclose(found, np.asarray(expected).reshape(4, -1), rtol=1e-4, atol=1e-3)


def test_any_weight_has_another_name():
    one = network()
    before = measured(*halves()).network
    kernel, bias = one.get_weights()
    changed = keras.models.clone_model(one)
    changed.set_weights([kernel, bias + 1e-6])
    real, made = halves()
    assert evaluation.fidelity(real, made, changed, verbose=0).network != before
