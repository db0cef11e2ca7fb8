"""From raw pixels to x."""

import math

import numpy as np
import pytest
import tensorflow as tf

from tfvae import data

SEED = tf.constant([1, 2])
PIXELS = np.arange(256, dtype="uint8").reshape(1, 16, 16, 1)


def test_rescale_and_its_jacobian():
    x = data.Rescale(2 / 255, -1.0)(PIXELS)
    np.testing.assert_allclose(x[0].numpy().ravel(), np.linspace(-1, 1, 256), atol=1e-6)
    assert data.Rescale(0.5).log_jacobian((4, 2)) == pytest.approx(8 * math.log(0.5))


def test_dynamic_binarize_draws_intensities():
    layer = data.DynamicBinarize()
    repeats = 400
    draws = np.stack([layer(PIXELS, seed=tf.constant([0, i])) for i in range(repeats)])
    assert set(np.unique(draws)) == {0.0, 1.0}
    p = PIXELS / 255.0
    error = np.sqrt(p * (1 - p) / repeats)
    # 256 comparisons: 4.5 standard errors leave a chance of a failure below 1 in 500.
    assert np.all(np.abs(draws.mean(0) - p) <= 4.5 * error)
    np.testing.assert_array_equal(layer(PIXELS), data.Binarize(0.5)(PIXELS))


def test_dequantize_fills_each_level():
    layer = data.Dequantize(17)
    raw = np.rint(np.arange(17) * 255 / 16).astype("uint8").reshape(1, 17)
    x = layer(np.repeat(raw, 1000, axis=0), seed=SEED).numpy()
    levels = np.floor(x * 17)
    np.testing.assert_array_equal(levels, np.broadcast_to(np.arange(17), levels.shape))
    # Uniform within a level: mean 1/2 with standard error sqrt(1/12/n).
    within = x * 17 - levels
    assert np.abs(within.mean(0) - 0.5).max() < 4 * np.sqrt(1 / 12 / 1000)
    np.testing.assert_allclose(layer(raw)[0], (np.arange(17) + 0.5) / 17, rtol=1e-6)
    assert layer.log_jacobian((8, 8, 1)) == pytest.approx(-64 * math.log(17))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: data.Rescale(0.0), r"`scale`.*scale=0\.0"),
        (lambda: data.Binarize(1.0), r"`threshold`.*\[0, 1\)"),
        (lambda: data.Dequantize(1), r"`levels`.*2\.\.256.*1"),
    ],
)
def test_bad_arguments(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_float_policies():
    for policy, expected in (("float64", tf.float64), ("mixed_float16", tf.float32)):
        for layer in (data.Rescale, data.Binarize, data.DynamicBinarize, data.Dequantize):
            assert layer(dtype=policy)(PIXELS, seed=SEED).dtype == expected


def test_a_nan_stays_a_nan():
    raw = tf.constant([[0.2, float("nan"), 0.7]])
    for layer in (
        data.Binarize(),
        data.DynamicBinarize(),
        data.Dequantize(17),
        data.Quantize(17),
        data.Rescale(1.0),
        data.Rescale(),
        data.Corrupt(data.Rescale(), masking=0.5),
    ):
        layer.check(raw)
        assert np.isnan(layer(raw, seed=SEED).numpy()).tolist() == [[False, True, False]]


@pytest.mark.parametrize("bad", [-1.0, 255.0])
def test_a_nan_hides_no_value_that_is_no_intensity(bad):
    for place in range(3):
        raw = np.full([1, 3], np.nan, "float32")
        raw[0, place] = bad
        with pytest.raises(ValueError, match=rf"Rescale takes uint8 pixels.*Received floats from {bad:g} to {bad:g}"):
            data.Rescale().check(raw)
    with pytest.raises(ValueError, match="are scaled already"):
        data.Rescale(1 / 255).check(np.array([[np.nan, 0.5]]))


def test_floats_that_are_no_intensities_are_refused():
    for layer in (data.Binarize(), data.DynamicBinarize(), data.Dequantize(), data.Quantize(), data.Rescale()):
        layer.check(PIXELS)
        layer.check(PIXELS / 255.0)
        with pytest.raises(ValueError, match=r"uint8 pixels.*from 0 to 255"):
            layer.check(PIXELS.astype("float32"))
    assert data.Rescale(1 / 255).check(PIXELS.astype("float32")) is None


# Each step with a Jacobian: raw values one apart, and the class that makes a density of them.
STEPS = {
    "rescale": (data.Rescale(), 1.0),
    "rescale to [-1, 1]": (data.Rescale(2 / 255, -1.0), 1.0),
    "rescale with a maximum": (data.Rescale(maximum=16), 1.0),
    "rescale 16 bits": (data.Rescale(raw_dtype="uint16"), 1.0),
    "rescale floats": (data.Rescale(0.25, 3.0, raw_dtype="float32"), 1 / 16),
    "dequantize": (data.Dequantize(), 1.0),
    "dequantize 17 levels": (data.Dequantize(17, maximum=16), 1.0),
    "corrupt": (data.Corrupt(data.Rescale(0.5), stddev=0.1), 1.0),
}


@pytest.mark.parametrize("name", STEPS)
def test_the_log_jacobian_is_that_of_the_step(name):
    step, distance = STEPS[name]
    dtype = {"uint16": "uint16", "float32": "float32"}.get(step.raw_dtype, "uint8")
    raw = np.arange(17)[None] * distance
    x = step(raw.astype(dtype), seed=tf.constant([1, 2])).numpy().astype("float64")
    other = step((raw[:, ::-1]).astype(dtype), seed=tf.constant([1, 2])).numpy().astype("float64")
    # The same noise on both, so that the slope is exact.
    slope = (x - other) / (raw - raw[:, ::-1] + (raw == raw[:, ::-1]))
    slope = slope[raw != raw[:, ::-1]]
    np.testing.assert_allclose(np.log(np.abs(slope)), step.log_jacobian((1,)), atol=1e-4)
    assert step.log_jacobian((3, 2)) == pytest.approx(6 * step.log_jacobian((1,)))
