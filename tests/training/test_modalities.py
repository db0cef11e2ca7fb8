"""Modalities as a dict are trained on as the vector that they make is, whoever hands them over."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import digits, make, regular_noise, strategy, without_noise
from tests.parts.composed import by_modality, with_views
from tfvae import callbacks, data
from tfvae.vectors import by_name

SHAPES = {"image": (8, 8, 1), "label": (10,)}


def views(count=36):
    """The dict that `with_views` makes one vector of: of every third example only one modality is there."""
    return {name: value.numpy() for name, value in by_name.split(with_views(count), SHAPES).items()}


def fresh(**parts):
    """A model with the same weights each time."""
    keras.utils.set_random_seed(0)
    return make(**{**by_modality(), **parts})


def in_float64():
    keras.config.set_dtype_policy("float64")
    model = without_noise(fresh())
    keras.config.set_dtype_policy("float32")
    return model


def trained(x, y=None, **kwargs):
    model = fresh()
    model.compile(keras.optimizers.Adam(1e-2))
    options = {"epochs": 2, "batch_size": 12, "shuffle": False, "verbose": 0} | kwargs
    history = model.fit(x, y, **options).history
    return model.get_weights(), history["loss"]


@functools.cache
def trained_on_arrays():
    """What the others are compared with."""
    return trained(views())


def assert_same(one, other, atol=0.0):
    for mine, theirs in zip(tf.nest.flatten(one), tf.nest.flatten(other), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=atol)


def test_a_dict_of_arrays_is_the_vector():
    assert_same(trained_on_arrays(), trained(with_views()))


def test_a_dataset_of_dicts_is_the_dict_of_arrays():
    batches = tf.data.Dataset.from_tensor_slices(views()).batch(12)
    assert_same(trained(batches, batch_size=None), trained_on_arrays())


def test_the_order_in_which_they_are_named_is_nothing():
    x = views()
    assert_same(trained({name: x[name] for name in ("label", "image")}), trained_on_arrays())


def test_rows_in_memory_are_the_batches_of_the_pipeline():
    rows = data.from_array(views(), batch_size=12, missing=True)
    assert_same(trained(rows, batch_size=None), trained(rows.map(lambda x: x), batch_size=None))


def test_one_that_is_left_out_is_absent_in_all():
    x = views()
    gone = {**x, "image": np.full_like(x["image"], np.nan)}
    assert_same(trained({"label": x["label"]}), trained(gone))


def test_bytes_are_the_intensities_that_they_stand_for():
    levels = data.PerModality({"image": data.Quantize(17)})
    for step, expected in ((levels, np.rint(digits() / 255 * 16) / 16), (None, digits())):
        x = fresh(preprocessing=step).preprocess({"image": digits()}).numpy()
        assert x.shape == (36, 74)
        np.testing.assert_array_equal(x[:, :64].reshape(expected.shape), expected.astype("float32"))
        assert np.isnan(x[:, 64:]).all()
    floats = fresh(preprocessing=levels).preprocess({"image": (digits() / 255).astype("float32")})
    np.testing.assert_array_equal(floats, fresh(preprocessing=levels).preprocess({"image": digits()}))


@pytest.mark.parametrize("examples", [17, pytest.param(24, marks=pytest.mark.slow)])
def test_replicas_share_dicts_of_examples_of_which_some_lack_one(examples):
    """Even and uneven shares; of 17, one replica is left with no example of the last batch."""
    x, weights = {name: value[:examples] for name, value in views().items()}, []
    with regular_noise():
        for scope in (tf.distribute.get_strategy().scope(), strategy().scope()):
            with scope:
                model = in_float64()
                model.compile(keras.optimizers.SGD(1e-6))
            before = model.get_weights()
            model.fit(tf.data.Dataset.from_tensor_slices(x).batch(16), verbose=0)
            weights.append([after - start for after, start in zip(model.get_weights(), before, strict=True)])
    assert any(np.any(moved) for moved in weights[0])
    for one, several in zip(*weights, strict=True):
        np.testing.assert_allclose(several, one, rtol=0, atol=1e-9 * max(np.abs(one).max(), 1e-12))


@pytest.mark.slow
def test_steps_in_one_program_take_the_steps_of_the_plain_graph():
    with regular_noise():
        rows = data.from_array(views(), batch_size=6, missing=True)
        found = []
        for compiled in (False, True):
            model = in_float64()
            model.compile(keras.optimizers.SGD(1e-6), jit_compile=compiled)
            before = model.get_weights()
            model.fit(rows, epochs=3, verbose=0)
            assert (model.train_function.blocks > 0) == compiled
            found.append([after - start for after, start in zip(model.get_weights(), before, strict=True)])
    for plain, program in zip(*found, strict=True):
        np.testing.assert_allclose(program, plain, rtol=0, atol=1e-6 * max(np.abs(plain).max(), 1e-12))


@pytest.mark.slow
def test_a_training_that_stopped_goes_on_exactly(tmp_path):
    rows = data.from_array(views(), batch_size=12, missing=True).map(data.with_each_alone)
    whole, _ = trained(rows, batch_size=None, epochs=4)
    trained(rows, batch_size=None, epochs=2, callbacks=[callbacks.BackupAndRestore(tmp_path, delete_checkpoint=False)])
    again, _ = trained(rows, batch_size=None, epochs=4, callbacks=[callbacks.BackupAndRestore(tmp_path)])
    assert_same(again, whole)


def test_a_condition_and_weights_go_with_each_copy():
    x, labels, weights = {"a": np.ones((2, 1)), "b": np.zeros((2, 2))}, np.array([3, 4]), np.array([1.0, 2.0])
    many, told, weighed = data.with_each_alone(x, labels, weights)
    assert told.numpy().tolist() == [3, 4] * 3
    assert weighed.numpy().tolist() == [1.0, 2.0] * 3
    there = {name: by_name.present(value, value.shape[1:]).numpy().tolist() for name, value in many.items()}
    assert there == {"a": [True] * 4 + [False] * 2, "b": [True] * 2 + [False] * 2 + [True] * 2}
    rows = data.from_array(x, sample_weight=weights, batch_size=2, shuffle=False).map(data.with_each_alone)
    _, none, weighed = next(iter(rows))
    assert np.size(none) == 0
    assert weighed.numpy().tolist() == [1.0, 2.0] * 3


def test_an_example_of_nothing_costs_nothing_and_teaches_nothing():
    x = {name: np.full_like(value[:4], np.nan) for name, value in views().items()}
    model = fresh()
    model.compile("sgd")
    before = model.get_weights()
    history = model.fit(x, verbose=0).history
    # Of a scale of 1, some processors' square root is off by float32's rounding, 6e-8, whose square is the KL.
    assert 0 <= history["loss"][0] < 1e-13
    assert history["skipped_steps"] == [0.0]
    assert_same(model.get_weights(), before, atol=1e-8)


def test_a_plain_model_has_no_operation_more():
    """What modalities need stands outside of the step of a model without them."""
    model = make()
    model.compile("sgd")
    step = tf.function(model.train_step, autograph=False).get_concrete_function(tf.constant(digits()))
    graph = step.graph.as_graph_def()
    kinds = [node.op for node in graph.node] + [n.op for f in graph.library.function for n in f.node_def]
    assert "IsNan" not in kinds
