"""Steps whose gradients are not finite."""

import contextlib
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import SHAPE, digits, make, strategy
from tfvae import callbacks, data, families


def model(**compiled):
    vae = make(likelihood=families.Normal(SHAPE, scale=1.0), preprocessing=data.Rescale(raw_dtype="float32"))
    optimizer = keras.optimizers.SGD(1e-3)
    if keras.config.dtype_policy().name == "mixed_float16":
        # Keras's first scale, 2^15, overflows here and is halved by skipped steps: normal, but not what is tested.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=8.0)
    vae.compile(optimizer, **compiled)
    return vae


def batches(bad, value=np.nan):
    """Six batches of four; those in `bad` hold a NaN, or another value, in their last example."""
    x = digits()[:24].astype("float32").reshape(6, 4, *SHAPE)
    x[list(bad), -1] = value
    return tf.data.Dataset.from_tensor_slices(x)


CASES = {
    "graph": ({}, "float32", False),
    "eager": ({"run_eagerly": True}, "float32", False),
    "xla": ({"jit_compile": True}, "float32", False),
    "mixed_float16": ({}, "mixed_float16", False),
    "mixed_float16 xla": ({"jit_compile": True}, "mixed_float16", False),
    "replicas": ({}, "float32", True),
    "replicas mixed_float16": ({}, "mixed_float16", True),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_step_is_counted_and_not_applied(case):
    compiled, policy, replicated = CASES[case]
    keras.config.set_dtype_policy(policy)
    with strategy().scope() if replicated else contextlib.nullcontext():
        vae = model(**compiled)
    weights = [vae.get_weights()]
    remember = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: weights.append(vae.get_weights()))
    with pytest.warns(UserWarning, match=r"Batch 1 of epoch 1 .* NaN or infinity.* 2 steps of this epoch were skipped"):
        history = vae.fit(batches(bad=[1, 2]), verbose=0, callbacks=[remember]).history
    moved = [
        any(not np.array_equal(a, b) for a, b in zip(one, two, strict=True)) for one, two in itertools.pairwise(weights)
    ]
    assert moved == [True, False, False, True, True, True]
    assert history["skipped_steps"] == [2]
    assert int(keras.ops.convert_to_numpy(vae.optimizer.iterations)) == 4
    # The epoch's means are those of the good batches.
    assert np.isfinite([history["loss"], history["elbo"], history["kl"]]).all()
    counter = next(metric for metric in vae.metrics if metric.name == "skipped_steps")
    assert float(keras.ops.convert_to_numpy(counter.in_a_row)) == 0


def test_the_callback_stops_a_broken_run():
    vae = model()
    before = vae.get_weights()
    # Finite data, whose squares are not.
    with pytest.raises(
        callbacks.TrainingDiverged, match=r"3 train steps in a row .* batch 2;.* No batch .*learning rate"
    ):
        vae.fit(batches(range(6), 1e30), verbose=0, callbacks=[callbacks.StopOnSkippedSteps(patience=2)])
    for one, two in zip(before, vae.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    # A row that ends in time is borne.
    vae.fit(batches([0, 1, 3, 4], 1e30), verbose=0, callbacks=[callbacks.StopOnSkippedSteps(patience=2)])
    with pytest.raises(
        callbacks.TrainingDiverged, match=r"at batch 4; .*data itself is to blame: batch 2 of this epoch"
    ):
        vae.fit(batches(range(2, 6)), verbose=0, callbacks=[callbacks.StopOnSkippedSteps(patience=2)])


def test_a_row_goes_on_across_epochs():
    vae = model()
    with pytest.raises(callbacks.TrainingDiverged):
        vae.fit(batches([0, 5], 1e30), epochs=2, verbose=0, callbacks=[callbacks.StopOnSkippedSteps(patience=1)])
