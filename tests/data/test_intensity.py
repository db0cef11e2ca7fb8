"""Which raw value is white: by the dtype or by name, and held against the data."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import digits, make
from tfvae import data, families, recipes

STEPS = {
    "Binarize": data.Binarize,
    "DynamicBinarize": data.DynamicBinarize,
    "Dequantize": data.Dequantize,
    "Quantize": data.Quantize,
    "Rescale": data.Rescale,
}
IMAGES = digits(12)
TRUE = {
    "uint8": IMAGES,
    "uint16": IMAGES.astype("uint16") * 257,
    "int64 of 0..255": IMAGES.astype("int64"),
    "floats": IMAGES.astype("float32") / 255,
}
NAMED = {
    "0 and 1": ((IMAGES > 127).astype("uint8"), 1),
    "12 bits": (IMAGES.astype("uint16") * 16, 4080),
    "floats 0..255": (IMAGES.astype("float32"), 255),
    "0..16": (IMAGES // 16, 15),
    "int32 of 10 bits": (IMAGES.astype("int32") * 4, 1020),
}


def seen(step, raw):
    return step(tf.constant(raw), seed=tf.constant([0, 1])).numpy()


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("kind", TRUE)
def test_the_dtype_says_which_value_is_white(name, kind):
    step = STEPS[name]()
    step.check(TRUE[kind])
    np.testing.assert_allclose(seen(step, TRUE[kind]), seen(step, TRUE["uint8"]), atol=1e-6)


def test_bool_is_black_and_white():
    for name in ("Binarize", "DynamicBinarize", "Quantize", "Rescale"):
        step, bits = STEPS[name](), IMAGES > 127
        step.check(bits)
        np.testing.assert_array_equal(seen(step, bits), bits)


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("kind", NAMED)
def test_other_ranges_are_refused_until_they_are_named(name, kind):
    raw, maximum = NAMED[kind]
    with pytest.raises(ValueError, match=rf"{name} takes .* Name the value that is white: data\.{name}\(maximum=\d+"):
        STEPS[name]().check(raw)
    step = STEPS[name](maximum=maximum)
    step.check(raw)
    np.testing.assert_allclose(seen(step, raw), seen(STEPS[name](), raw / np.float32(maximum)), atol=1e-6)
    again = type(step).from_config(step.get_config())
    assert (again.maximum, again.raw_dtype) == (maximum, step.raw_dtype)
    assert step.raw_dtype == ("uint8" if maximum <= 255 else "float32")


def test_what_is_dark_may_be_said_to_be_so():
    dark = IMAGES // 32
    with pytest.raises(ValueError, match=r"maximum=255 says so"):
        data.Rescale().check(dark)
    data.Rescale(maximum=255).check(dark)
    data.Rescale().check(np.zeros_like(dark))  # nothing is known of it


def test_values_below_black_are_refused():
    for name in STEPS:
        with pytest.raises(ValueError, match=r"from -1 to 1.*preprocessing=None"):
            STEPS[name]().check(np.float32([[-1.0, 1.0]]))
    with pytest.raises(ValueError, match=r"`maximum`.*maximum=0"):
        data.Binarize(maximum=0)


def test_a_bad_range_is_refused_before_the_first_step():
    bits = (IMAGES > 127).astype("uint8")
    vae = make(preprocessing=data.DynamicBinarize())
    vae.compile("adam")
    with pytest.raises(ValueError, match=r"DynamicBinarize takes uint8 .* above 1, .*maximum=1"):
        vae.fit(bits, verbose=0)
    assert int(vae.progress.steps) == 0
    with pytest.raises(ValueError, match="maximum=1"):
        vae.fit(IMAGES, validation_data=data.from_array(bits), verbose=0)
    assert int(vae.progress.steps) == 0


@pytest.mark.parametrize("name", ["sigma_vae", "continuous_bernoulli_vae", "ppca", "denoising_autoencoder"])
def test_floats_are_not_scaled_twice(name):
    vae = getattr(recipes, name)((8, 8, 1), 2, seed=0)
    for kind in ("uint8", "floats", "uint16"):
        np.testing.assert_allclose(vae.preprocess(TRUE[kind]), TRUE["floats"], atol=1e-6)
    with pytest.raises(ValueError, match=r"scaled already.*Leave scale out"):
        data.Rescale(1 / 255).check(TRUE["floats"])


def test_densities_and_pictures_are_in_the_units_of_raw():
    twelve = data.Rescale(maximum=4095)
    assert twelve.log_jacobian((2,)) == pytest.approx(-2 * np.log(4095))
    assert data.Rescale().log_jacobian((2,)) == pytest.approx(-2 * np.log(255))
    assert data.Rescale(raw_dtype="float32").log_jacobian((2,)) == 0
    deep = data.Rescale(offset=0.5, raw_dtype="uint16")
    for step, scale in ((twelve, 4095), (data.Rescale(), 255), (data.Rescale(raw_dtype="float32"), 1), (deep, 65535)):
        x = np.float32([0.0, 0.25, 1.0]) + step.offset
        np.testing.assert_allclose(step.intensity(x), [0.0, 0.25, 1.0], rtol=1e-6)
        assert step.log_jacobian((1,)) == pytest.approx(-np.log(scale))


def test_a_model_of_twelve_bits_is_saved(tmp_path):
    vae = make(preprocessing=data.Rescale(maximum=4095), likelihood=families.Normal((8, 8, 1), scale="shared"))
    vae.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    raw = IMAGES.astype("uint16") * 16
    np.testing.assert_array_equal(loaded.preprocess(raw), vae.preprocess(raw))


def test_a_bad_range_is_refused_wherever_values_are_seen():
    vae = make(preprocessing=data.Rescale(), likelihood=families.Normal((8, 8, 1), scale="shared"))
    vae.compile("adam")
    vae.trained = True
    bytes_as_floats = IMAGES.astype("float32")
    for use in (vae.encode, vae.reconstruct, vae.preprocess, vae.predict, vae.evaluate, vae):
        with pytest.raises(ValueError, match=r"Received floats from 0 to 255\. Name .*maximum=255"):
            use(bytes_as_floats)
