"""The steps of each modality."""

import numpy as np
import pytest
import tensorflow as tf

from tfvae import data

SHAPES = {"a": (4, 50), "b": (4, 50), "c": (2,)}


def steps(**chosen):
    step = data.PerModality(chosen)
    step.take_shapes(SHAPES)
    return step


def raw(count=3):
    return np.full([count, 402], 0.5, "float32")


def test_steps_draw_their_own_noise():
    x = steps(a=data.DynamicBinarize(), b=data.DynamicBinarize())(raw(), seed=tf.constant([1, 2])).numpy()
    a, b, c = np.split(x, [200, 400], axis=1)
    assert set(np.unique(a)) == set(np.unique(b)) == {0.0, 1.0}
    # Of 600 fair coins as many agree as chance has it: 0.5 +- 4 * 0.02.
    assert abs(np.mean(a == b) - 0.5) < 0.08
    np.testing.assert_array_equal(c, 0.5)


def test_only_the_encoder_sees_the_corruption_of_a_modality():
    step = steps(a=data.Corrupt(masking=1.0))
    given = raw()
    given[1, :200] = np.nan
    x = step(given, seed=tf.constant([1, 2]))
    np.testing.assert_array_equal(x, given)
    seen = step.corrupted(x, tf.constant([1, 2])).numpy()
    np.testing.assert_array_equal(seen[[0, 2], :200], 0)
    assert np.isnan(seen[1, :200]).all()
    np.testing.assert_array_equal(seen[:, 200:], 0.5)
    np.testing.assert_array_equal(step.corrupted(x), x)


def test_absent_modalities_stay_absent_and_hide_nothing():
    step = steps(a=data.Binarize(), c=data.Rescale(2.0, 1.0, raw_dtype="float32"))
    given = raw()
    given[0, :200] = given[1, 400:] = np.nan
    x = step(given).numpy()
    np.testing.assert_array_equal(np.isnan(x), np.isnan(given))
    np.testing.assert_array_equal(x[0, 400:], 2.0)
    given[2, 3] = 300.0
    with pytest.raises(ValueError, match="Binarize"):
        step.bounds(given)


def test_the_jacobian_is_the_sum_of_the_steps():
    step = steps(a=data.Rescale(2.0), c=data.Rescale(0.5))
    np.testing.assert_allclose(step.log_jacobian((402,)), 198 * np.log(2))


def test_steps_of_one_model_are_not_those_of_another_shape():
    step = steps(a=data.Binarize())
    step.take_shapes(dict(SHAPES))
    with pytest.raises(ValueError, match="Make a new one"):
        step.take_shapes({**SHAPES, "c": (3,)})


@pytest.mark.parametrize(
    ("step", "value", "expected"),
    [
        (data.Binarize(), np.uint8(51), 0.2),
        (data.Binarize(maximum=4095), np.uint16(51), 51),
        (data.Quantize(17), np.uint16(13107), 0.2),
        (data.Rescale(), np.uint8(51), 0.2),
        (data.Rescale(1.0), np.uint8(51), 51),
        (data.Corrupt(data.Binarize(), masking=0.1), np.uint8(51), 0.2),
        (data.Corrupt(masking=0.1), np.int32(51), 51),
        (data.Binarize(), np.float64(0.2), 0.2),
    ],
)
def test_floats_mean_what_the_integers_did(step, value, expected):
    array = np.full([1, 3], value)
    floats = step.floats(array)
    assert floats.dtype == tf.float32
    np.testing.assert_allclose(floats, expected, rtol=1e-6)
    np.testing.assert_allclose(step(floats), tf.cast(step(tf.constant(array)), tf.float32), rtol=1e-6)
