"""Schedules: their formulas, where they end, and that they go on where a training stood."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfvae
from tests.models import digits, make
from tfvae import callbacks, data, schedules, terms


def reference(step, start, end, steps, cycles, rise):
    """Fu et al. (2019), equations 6 and 7, in fractions."""
    if step >= steps:
        return end
    tau = step * cycles / steps - step * cycles // steps
    return start + (end - start) * min(tau / rise, 1.0)


@pytest.mark.parametrize(("steps", "cycles", "rise"), [(40, 4, 0.5), (7, 3, 1.0), (1000, 7, 0.25), (3, 3, 0.5)])
def test_cyclical_is_its_formula(steps, cycles, rise):
    schedule = schedules.Cyclical(0.1, 2.0, steps, cycles, rise)
    expected = [reference(step, 0.1, 2.0, steps, cycles, rise) for step in range(steps + 5)]
    np.testing.assert_allclose([schedule(step) for step in range(steps + 5)], expected, rtol=1e-5)
    assert float(schedule(0)) == pytest.approx(0.1)
    # As the optimizer counts, in a graph of XLA.
    compiled = tf.function(schedule, jit_compile=True)
    np.testing.assert_allclose([compiled(tf.constant(step, tf.int64)) for step in range(steps)], expected[:steps], 1e-5)


def test_a_cycle_begins_exactly_after_millions_of_steps():
    schedule = schedules.Cyclical(0.0, 1.0, steps=3 * 10**8, cycles=300)
    begin = 17 * 10**6
    assert (float(schedule(begin - 1)), float(schedule(begin))) == (1.0, 0.0)


def test_cyclical_ends_at_its_end():
    schedule = schedules.Cyclical(0.0, 3.0, steps=1024)
    assert float(schedules.end(schedule)) == 3.0
    assert not schedules.is_final(schedule, 800)
    assert schedules.is_final(schedule, 1024)


def test_cyclical_has_a_configuration():
    schedule = schedules.Cyclical(0.0, 1.0, steps=30, cycles=3, rise=0.25)
    rebuilt = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(schedule))
    assert repr(rebuilt) == repr(schedule) == "Cyclical(0.0, 1.0, steps=30, cycles=3, rise=0.25)"
    assert repr(schedules.Cyclical(0.0, 1.0, 30)) == "Cyclical(0.0, 1.0, steps=30)"


def model():
    cyclical = schedules.Cyclical(0.0, 1.0, steps=12, cycles=2, rise=1.0)
    vae = make(objective=[terms.NegativeLogLikelihood(), terms.KL(weight=cyclical)])
    vae.compile("adam")
    return vae


def weights(vae, *called, epochs):
    """Returns the KL's mean weight of each epoch of three steps."""
    history = vae.fit(
        data.from_array(digits(), batch_size=12), epochs=epochs, verbose=0, callbacks=list(called)
    ).history
    return history["kl_weight"]


@pytest.mark.filterwarnings("ignore:The weight of KL:UserWarning")
def test_its_position_survives_a_file_and_a_resume(tmp_path):
    whole = weights(model(), epochs=5)
    # Steps 0, 1, 2 of a cycle of 6, then 3, 4, 5, and again; from step 12 on the end.
    np.testing.assert_allclose(whole, np.array([1, 4, 1, 4, 6]) / 6, rtol=1e-6)

    vae = model()
    assert weights(vae, epochs=1) == whole[:1]
    vae.save(tmp_path / "model.keras")
    loaded = tfvae.load_model(tmp_path / "model.keras")
    assert weights(loaded, epochs=2) == whole[1:3]

    path = tmp_path / "backup"
    weights(model(), callbacks.BackupAndRestore(path, delete_checkpoint=False), epochs=3)
    assert weights(model(), callbacks.BackupAndRestore(path), epochs=5) == whole[3:]
