"""Steps whose gradients are not finite."""

import contextlib
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests import suites
from tests.models import SHAPE, digits, make, strategy
from tfvae import callbacks, data, families, networks, terms
from tfvae.training import guard, optimizers


def with_critic():
    keras.utils.set_random_seed(0)
    return [terms.NegativeLogLikelihood(), terms.KL(), terms.Adversarial(networks.mlp_critic(SHAPE, (8,)))]


def model(critic=False, **compiled):
    objective = with_critic() if critic else None
    vae = make(likelihood=families.Normal(SHAPE, scale=1.0), objective=objective, preprocessing=None)
    optimizer = keras.optimizers.SGD(1e-3)
    if keras.config.dtype_policy().name == "mixed_float16":
        # Keras's first scale, 2^15, overflows here and is halved by skipped steps: normal, but not what is tested.
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer, initial_scale=8.0)
        if critic:
            compiled["critic_optimizer"] = keras.optimizers.LossScaleOptimizer(
                keras.optimizers.Adam(), initial_scale=8.0
            )
    vae.compile(optimizer, **compiled)
    return vae


def batches(bad, value=np.nan):
    """Six batches of four; those in `bad` hold a NaN, or another value, in their last example."""
    x = digits()[:24].astype("float32").reshape(6, 4, *SHAPE) / 255
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


def _cases():
    """Each way of running with a critic, whose step holds the one without it; two ways at once are slow."""
    for case, critic in itertools.product(CASES, (False, True)):
        quick = critic if case in ("xla", "mixed_float16", "replicas") else case in ("graph", "eager")
        name = f"{case}, critic" if critic else case
        yield pytest.param(case, critic, id=name, marks=() if quick else pytest.mark.slow)


@pytest.mark.parametrize(("case", "critic"), [*_cases()])
def test_a_bad_step_is_counted_and_not_applied(case, critic):
    compiled, policy, replicated = CASES[case]
    keras.config.set_dtype_policy(policy)
    with strategy().scope() if replicated else contextlib.nullcontext():
        vae = model(critic, **compiled)
    weights = [vae.get_weights()]
    remember = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: weights.append(vae.get_weights()))
    with pytest.warns(UserWarning, match=r"Batch 1 of epoch 1 .* NaN or infinity.* 2 steps of this epoch were skipped"):
        history = vae.fit(batches(bad=[1, 2]), verbose=0, callbacks=[remember]).history
    moved = [
        any(not np.array_equal(a, b) for a, b in zip(one, two, strict=True)) for one, two in itertools.pairwise(weights)
    ]
    assert moved == [True, False, False, True, True, True]
    assert history["skipped_steps"] == [2]
    for optimizer in vae.optimizers:
        assert int(keras.ops.convert_to_numpy(optimizer.iterations)) == 4
    # The epoch's means are those of the good batches, taken with the noise that they have by themselves.
    assert np.isfinite([history["loss"], history["elbo"], history["kl"]]).all()
    if case in ("graph", "replicas"):
        with strategy().scope() if replicated else contextlib.nullcontext():
            alone = model(critic, **compiled)
        good = batches(bad=[]).take(1).concatenate(batches(bad=[]).skip(3))
        expected = alone.fit(good, verbose=0).history
        for name in ("loss", "elbo", "kl", "negative_log_likelihood"):
            assert history[name] == pytest.approx(expected[name], rel=1e-5)
    counter = next(metric for metric in vae.metrics if metric.name == "skipped_steps")
    assert float(keras.ops.convert_to_numpy(counter.in_a_row)) == 0


@pytest.mark.parametrize(
    "case",
    suites.quick(["graph", "replicas", "mixed_float16", "replicas mixed_float16"], keep=["graph", "mixed_float16"]),
)
def test_a_step_is_too_long_by_the_norm_of_the_whole_gradient(case):
    """A step of SGD is the gradient: of all variables, replicas together, and whatever the loss is scaled by."""
    compiled, policy, replicated = CASES[case]
    keras.config.set_dtype_policy(policy)

    def taken(**kwargs):
        with strategy().scope() if replicated else contextlib.nullcontext():
            vae = model(**compiled, **kwargs)
        before = vae.get_weights()
        history = vae.fit(digits()[:5].astype("float32") / 255, batch_size=5, verbose=0).history
        step = np.concatenate([np.ravel(b - a) for a, b in zip(before, vae.get_weights(), strict=True)])
        scale = getattr(vae.optimizer, "dynamic_scale", 0)
        return np.linalg.norm(step), history["skipped_steps"], float(keras.ops.convert_to_numpy(scale))

    step, skipped, scale = taken()
    norm = step / 1e-3
    assert skipped == [0]
    assert taken(skip_above=1.01 * norm) == (pytest.approx(step, rel=1e-3), [0], scale)
    # An infinite gradient would have halved the scale.
    assert taken(skip_above=0.99 * norm) == (0, [1], scale)


def test_a_program_leaves_out_its_long_steps_alone():
    """Of six steps the first is plain, and the program of the other five holds two that are too long."""
    vae = model(jit_compile=True, skip_above=1e3)
    weights = [vae.get_weights()]
    remember = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: weights.append(vae.get_weights()))
    assert vae.fit(batches([1, 4], value=300.0), verbose=0, callbacks=[remember]).history["skipped_steps"] == [2]
    moved = [
        any(not np.array_equal(a, b) for a, b in zip(one, two, strict=True)) for one, two in itertools.pairwise(weights)
    ]
    assert moved == [True, False, True, True, False, True]


def test_a_row_of_long_steps_says_so_and_the_limit_is_kept_in_files(tmp_path):
    vae = model(skip_above=1e-3)
    with pytest.raises(callbacks.TrainingDiverged, match=r"or longer than skip_above=0.001, .* raise skip_above, or?"):
        vae.fit(batches([]), verbose=0, callbacks=[callbacks.StopOnSkippedSteps(patience=2)])
    vae.save(tmp_path / "model.keras")
    assert keras.saving.load_model(tmp_path / "model.keras").skip_above == 1e-3
    vae.compile("sgd")
    assert vae.skip_above is None
    assert vae.fit(batches([]), verbose=0).history["skipped_steps"] == [0]


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


@keras.saving.register_keras_serializable("tests")
class Meter(keras.layers.Layer):
    """Keeps a metric of what it sees."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.mean = keras.metrics.Mean()

    def call(self, x):
        self.mean.update_state(tf.reduce_mean(x))
        return x


def with_state():
    """A model with state that no gradient moves: averages, a random stream, a metric of a layer."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Flatten(), Meter(), keras.layers.BatchNormalization(), keras.layers.Dropout(0.3)]
    encoder = keras.Sequential([keras.Input(SHAPE), *layers, keras.layers.Dense(16)])
    likelihood = families.Normal(SHAPE, scale="optimal")
    vae = make(encoder=encoder, likelihood=likelihood, objective=with_critic(), preprocessing=data.Rescale(1.0))
    vae.compile("adam", jit_compile=False)
    return vae


@pytest.mark.parametrize("replicated", [False, True], ids=["one", "replicas"])
@pytest.mark.filterwarnings("ignore:Batch 1 of epoch .* NaN or infinity:UserWarning")
def test_a_skipped_step_leaves_everything_as_it_was(replicated):
    """The training is the one without the bad batches: weights, averages, random streams, metrics, counts."""
    x = digits()[:24].astype("float32").reshape(6, 4, *SHAPE) / 255
    bad = x.copy()
    bad[[1, 4], -1] = np.nan
    found = []
    for batches in (bad, np.delete(x, [1, 4], axis=0)):
        with strategy().scope() if replicated else contextlib.nullcontext():
            vae = with_state()
        history = vae.fit(tf.data.Dataset.from_tensor_slices(batches), epochs=2, verbose=0).history
        state = [*vae.weights, *optimizers.variables(vae), *vae.progress.variables, *guard.state(vae)]
        found.append(([np.array(keras.ops.convert_to_numpy(variable)) for variable in state], history))
    (left, told), (expected, told_without) = found
    assert told.pop("skipped_steps") == [2, 2]
    assert told_without.pop("skipped_steps") == [0, 0]
    for one, two in zip(left, expected, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-6, atol=1e-7)
    assert told.keys() == told_without.keys()
    for name, values in told.items():
        np.testing.assert_allclose(values, told_without[name], rtol=1e-5)


def test_of_an_epoch_without_a_step_nothing_is_known():
    vae = model()
    # Six steps, and a row of them is borne up to 20: validation is no step of it.
    validation = batches([])
    history = vae.fit(batches(range(6), 1e30), validation_data=validation, epochs=3, verbose=0).history
    assert np.isnan([*history["loss"], *history["elbo"], *history["kl"]]).all()
    assert np.isfinite(history["val_loss"]).all()
    assert history["skipped_steps"] == [6, 6, 6]
    assert not vae.trained
    with pytest.raises(callbacks.TrainingDiverged, match=r"21 train steps in a row .*the last at batch 2;"):
        vae.fit(batches(range(6), 1e30), validation_data=validation, epochs=4, verbose=0)
    # Whoever wants to go on says so.
    long = callbacks.StopOnSkippedSteps(patience=100)
    assert len(vae.fit(batches(range(6), 1e30), epochs=4, verbose=0, callbacks=[long]).history["loss"]) == 4
