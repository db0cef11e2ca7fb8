"""Errors of reconstructions, against their definitions in NumPy."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import SHAPE, digits, make
from tfvae import VAE, data, evaluation, families, networks, priors, recipes, terms
from tfvae.evaluation import estimate


def measured(vae, images, batch_size=7, **given):
    return evaluation.reconstruction(vae, data.from_array(images, batch_size=batch_size), verbose=0, **given)


def similarity(first, second, side):
    """Structural similarity of two grey pictures by Wang et al. (2004): a Gaussian window of deviation 1.5."""
    place = np.arange(side) - side // 2
    window = np.exp(-(place**2) / 4.5)
    window = np.outer(window, window) / window.sum() ** 2
    found = []
    for top in range(len(first) - side + 1):
        for left in range(first.shape[1] - side + 1):
            x, y = (each[top : top + side, left : left + side] for each in (first, second))
            a, b = (window * x).sum(), (window * y).sum()
            spread = (window * (x - a) ** 2).sum() + (window * (y - b) ** 2).sum()
            both = (window * (x - a) * (y - b)).sum()
            small, less = 0.01**2, 0.03**2
            found.append((2 * a * b + small) * (2 * both + less) / ((a**2 + b**2 + small) * (spread + less)))
    return np.mean(found)


@pytest.mark.parametrize("batch_size", [7, 36])
def test_they_are_the_definitions_whatever_the_batches(batch_size):
    vae, images = make(preprocessing=data.Rescale()), digits()
    x = images.astype("float64") / 255
    again = vae.decode(vae.encode(images).mean()).mean().numpy().astype("float64")
    found = measured(vae, images, batch_size)
    squares = ((x - again) ** 2).sum(axis=(1, 2, 3))
    decibel = 10 * np.log10(1.0 / (squares / 64))
    for got, expected in ((found.squared_error, squares), (found.psnr, decibel)):
        np.testing.assert_allclose(got.per_example, expected, rtol=1e-5)
        assert got.value == pytest.approx(expected.mean(), rel=1e-5)
        assert got.standard_error == pytest.approx(expected.std(ddof=1) / 6, rel=1e-5)
    assert found.squared_error_per_entry.value == pytest.approx(squares.mean() / 64, rel=1e-5)
    similar = [similarity(a[..., 0], b[..., 0], 7) for a, b in zip(x, again, strict=True)]
    np.testing.assert_allclose(found.ssim.per_example, similar, rtol=1e-4, atol=1e-5)
    assert (found.ssim_window, found.num_examples, found.network, found.feature_distance) == (7, 36, None, None)


def untrained(shape):
    return recipes.vae(shape, 2, preprocessing=data.Rescale(), seed=0)


def test_colour_and_the_window_of_the_paper():
    images = np.random.default_rng(0).integers(0, 256, (3, 13, 12, 3)).astype("uint8")
    vae = untrained((13, 12, 3))
    found = measured(vae, images)
    x, again = images / 255, vae.decode(vae.encode(images).mean()).mean().numpy().astype("float64")
    similar = [np.mean([similarity(a[..., c], b[..., c], 11) for c in range(3)]) for a, b in zip(x, again, strict=True)]
    assert found.ssim_window == 11
    np.testing.assert_allclose(found.ssim.per_example, similar, rtol=1e-3, atol=1e-5)


def test_a_picture_of_two_rows_has_no_structure():
    found = measured(untrained((2, 9, 1)), np.random.default_rng(0).integers(0, 256, (3, 2, 9, 1)).astype("uint8"))
    assert (found.ssim, found.ssim_window) == (None, None)
    assert np.isfinite(found.psnr.value)


def test_the_unit_is_intensity_whatever_the_preprocessing():
    """A model on [-1, 1] whose pictures are those of one on [0, 1]."""
    images, likelihood = digits(), families.Normal(SHAPE, scale=1.0)
    vae = make(likelihood=likelihood, preprocessing=data.Rescale(1 / 127.5, -1.0))
    x = images.astype("float64") / 255
    again = (vae.decode(vae.encode(images).mean()).mean().numpy().astype("float64") + 1) / 2
    squares = ((x - again) ** 2).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(measured(vae, images).squared_error.per_example, squares, rtol=1e-4)


@pytest.mark.parametrize("step", [data.DynamicBinarize(), data.Corrupt(data.DynamicBinarize(), stddev=0.5)])
def test_noise_of_the_preprocessing_is_no_part_of_the_picture(step):
    """The encoder is given black and white, and what it is held against is grey."""
    images = digits()
    vae = make(preprocessing=step)
    again = vae.decode(vae.encode_preprocessed(tf.cast(images > 127, tf.float32)).mean()).mean().numpy()
    squares = ((images / 255 - again.astype("float64")) ** 2).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(measured(vae, images).squared_error.per_example, squares, rtol=1e-4)


def test_black_and_white_of_a_threshold_is_the_picture():
    images, vae = digits(), make(preprocessing=data.Binarize())
    again = vae.decode(vae.encode(images).mean()).mean().numpy()
    squares = (((images > 127) - again.astype("float64")) ** 2).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(measured(vae, images).squared_error.per_example, squares, rtol=1e-4)


def vectors(likelihood=None, encoder=None):
    return VAE(
        encoder=encoder or networks.mlp_encoder((5,), (8,)),
        posterior=families.Normal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=networks.mlp_decoder((2,), (8,)),
        likelihood=likelihood or families.Normal((5,)),
        objective=[terms.NegativeLogLikelihood(), terms.KL()],
        seed=0,
    )


def test_vectors_have_squared_errors_alone():
    rows = (10 * np.random.default_rng(0).normal(size=(20, 5))).astype("float32")
    vae = vectors()
    found = measured(vae, rows)
    squares = ((rows - vae.decode(vae.encode(rows).mean()).mean().numpy()) ** 2).sum(axis=1)
    np.testing.assert_allclose(found.squared_error.per_example, squares, rtol=1e-5)
    assert (found.psnr, found.ssim, found.ssim_window) == (None, None, None)


def test_what_is_missing_is_not_counted():
    rows = np.random.default_rng(0).normal(size=(20, 5)).astype("float32")
    rows[3, [0, 2]] = np.nan
    encoder = networks.WithMask(networks.mlp_encoder((10,), (8,)))
    vae = vectors(families.Observed(families.Normal((5,))), encoder)
    found = evaluation.reconstruction(vae, data.from_array(rows, missing=True), verbose=0)
    squares = (rows - vae.decode(vae.encode(rows).mean()).mean().numpy())[3] ** 2
    assert found.squared_error.per_example[3] == pytest.approx(np.nansum(squares), rel=1e-5)
    assert found.squared_error_per_entry.per_example[3] == pytest.approx(np.nansum(squares) / 3, rel=1e-5)


def test_a_picture_with_gaps_has_no_structural_similarity():
    images = digits().astype("float32") / 255
    images[3, 0, 0] = np.nan
    vae = make(
        likelihood=families.Observed(families.Bernoulli(SHAPE)),
        encoder=networks.WithMask(networks.mlp_encoder((8, 8, 2), (16,))),
    )
    found = evaluation.reconstruction(vae, data.from_array(images, missing=True), verbose=0)
    assert (found.ssim, found.ssim_window) == (None, None)
    assert np.isfinite(found.psnr.per_example).all()


def test_distances_in_features():
    vae, images = make(preprocessing=data.Rescale()), digits()
    network = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(4)], name="four")
    again = vae.decode(vae.encode(images).mean()).mean().numpy()
    apart = network.predict(images / np.float32(255), verbose=0) - network.predict(again, verbose=0)
    found = measured(vae, images, network=network)
    np.testing.assert_allclose(found.feature_distance.per_example, np.linalg.norm(apart, axis=1), rtol=1e-3)
    assert found.network.startswith("four, 260 weights, sha256 ")


def test_a_condition_is_told():
    images, labels = digits(), np.arange(36) % 10
    vae = recipes.conditional_vae(SHAPE, 2, preprocessing=data.Rescale(), seed=0)
    found = evaluation.reconstruction(vae, data.from_array(images, labels, batch_size=7), verbose=0)
    again = vae.decode(vae.encode(images, labels).mean(), labels).mean().numpy()
    squares = ((images / 255 - again) ** 2).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(found.squared_error.per_example, squares, rtol=1e-4)


def test_one_example_or_an_exact_one_has_no_error():
    assert np.isnan(measured(make(), digits()[:1], 1).psnr.standard_error)
    exact = estimate.of_examples([np.inf, 3.0])
    assert exact.value == np.inf
    assert np.isnan(exact.standard_error)
