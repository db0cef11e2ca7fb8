"""Blocks of batches in one XLA program take the steps that a plain graph takes."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tests.models import LATENT, SHAPE, RegularNoise, digits, make, without_noise
from tfvae import data, families, networks, priors, random, terms, vae
from tfvae.data import blocks, epoch, resident
from tfvae.devices import xla
from tfvae.training import execution, plan

# 9 batches of 4 and one of 2.
X = digits(38)


def train(dataset, steps_per_execution, model=None, optimizer="adam", epochs=2, **fit):
    model = model or without_noise(make())
    model.compile(optimizer() if callable(optimizer) else optimizer, **COMPILED[steps_per_execution])
    history = model.fit(dataset, epochs=epochs, verbose=0, **fit).history
    return model, history


# One by one in a plain graph; blocks of 4 in an XLA program.
COMPILED = {1: {"jit_compile": False}, 4: {"jit_compile": True, "steps_per_execution": 4}}


def assert_same(runs, rtol=2e-4, atol=2e-6):
    (plain, expected), (blocks, history) = runs
    assert blocks.train_function.blocks > 0
    assert plain.train_function.blocks == 0
    assert set(history) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=rtol, atol=atol, err_msg=name)
    for one, two in zip(plain.variables, blocks.variables, strict=True):
        np.testing.assert_allclose(one.numpy(), two.numpy(), rtol=rtol, atol=1e-4, err_msg=one.path)
    # Seeds and counters are integers, and equal.
    for one, two in zip(random.states(plain), random.states(blocks), strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    assert int(plain.optimizer.iterations) == int(blocks.optimizer.iterations)


def weighted():
    """Ends in a smaller batch."""
    return data.from_array(X, sample_weight=np.arange(38.0) % 3, batch_size=4)


def streamed():
    """Of unknown length and shape, with an odd batch in its middle."""
    sizes = [4, 4, 4, 2, 4, 4, 4, 4, 4, 4]
    return tf.data.Dataset.from_generator(
        lambda: np.split(X, np.cumsum(sizes)[:-1]), output_signature=tf.TensorSpec((None, *SHAPE), "uint8")
    )


def ema():
    return keras.optimizers.AdamW(global_clipnorm=1.0, use_ema=True, ema_overwrite_frequency=5)


def accumulation():
    return keras.optimizers.Adam(gradient_accumulation_steps=3)


@pytest.mark.parametrize(
    ("dataset", "optimizer"),
    [
        pytest.param(weighted, accumulation, id="weights, accumulation"),
        pytest.param(streamed, ema, id="stream, ema", marks=pytest.mark.slow),
    ],
)
# Keras says that a stream of unknown length has ended.
@pytest.mark.filterwarnings("ignore:.*ran out of data:UserWarning")
def test_steps_are_the_same(dataset, optimizer):
    assert_same([train(dataset(), number, optimizer=optimizer) for number in (1, 4)])


@pytest.mark.filterwarnings("ignore:Batch 2 of epoch .* NaN or infinity:UserWarning")
def test_skipped_steps_are_the_same():
    x = X.astype("float32") / 255
    x[[9, 10, 30]] = np.nan  # batches 2 and 7
    dataset = tf.data.Dataset.from_tensor_slices(x).batch(4)
    runs = [train(dataset, number) for number in (1, 4)]
    assert_same(runs)
    assert runs[1][1]["skipped_steps"] == [2, 2]
    assert int(runs[1][0].optimizer.iterations) == 16


class Root(keras.layers.Layer):
    """Adds the root of a trained number where an image isn't black: of black ones the value is 0, its gradient NaN."""

    def build(self, shape):
        self.number = self.add_weight(shape=(), initializer="ones")

    def call(self, x):
        return x + keras.ops.sqrt(self.number * keras.ops.max(x))


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", [keras.optimizers.SGD, lambda: keras.optimizers.Adam(clipvalue=1.0)])
def test_a_gradient_that_is_not_finite_under_a_finite_loss(optimizer):
    x = np.minimum(X, 200)
    x[12:16] = 0  # batch 3

    def model():
        keras.utils.set_random_seed(0)
        layers = [keras.Input(SHAPE), keras.layers.Flatten(), Root(), keras.layers.Dense(16, "relu")]
        return without_noise(make(encoder=keras.Sequential(layers)))

    dataset = data.from_array(x, batch_size=4, shuffle=False)
    runs = [train(dataset, number, model(), optimizer=optimizer) for number in (1, 4)]
    assert_same(runs)
    assert runs[1][1]["skipped_steps"] == [1, 1]


@pytest.mark.slow
def test_conditions_and_weights():
    def model():
        keras.utils.set_random_seed(0)
        encoder = networks.Conditional(networks.mlp_encoder((8, 8, 11), (16,)), num_classes=10)
        decoder = networks.Conditional(networks.mlp_decoder((13,), (16,)), num_classes=10)
        return without_noise(
            vae.VAE(
                encoder,
                families.Normal(LATENT, min_scale=1e-9),
                priors.StandardNormal(LATENT),
                decoder,
                families.Bernoulli(SHAPE),
                [terms.NegativeLogLikelihood(), terms.KL()],
                data.Binarize(),
                seed=0,
            )
        )

    labels, weights = data.digits("train")[1][:38], np.arange(38.0) % 3
    assert_same([train(data.from_array(X, labels, weights, batch_size=4), number, model()) for number in (1, 4)])


@pytest.mark.slow
def test_mixed_precision():
    keras.config.set_dtype_policy("mixed_float16")
    runs = [train(data.from_array(X, batch_size=4), number) for number in (1, 4)]
    assert_same(runs, rtol=2e-2, atol=2e-2)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Batch 2 of epoch .* NaN or infinity:UserWarning")
def test_two_backward_passes_and_skipped_steps():
    x = X.astype("float32") / 255
    x[[9, 10, 30]] = np.nan
    dataset = tf.data.Dataset.from_tensor_slices(x).batch(4)

    def model():
        keras.utils.set_random_seed(0)
        objective = [terms.PathGradient(terms.ImportanceWeighted(3)), terms.KL(weight=0.5)]
        return make(posterior=RegularNoise(LATENT, scale="shared"), objective=objective)

    runs = [train(dataset, number, model()) for number in (1, 4)]
    assert_same(runs)
    assert runs[1][1]["skipped_steps"] == [2, 2]


def test_steps_per_epoch_are_kept():
    # 21 steps of an endless dataset: an execution's steps divide them.
    model = make()
    model.compile("adam")
    model.planned_steps = None
    model.fit(data.from_array(X, batch_size=4).repeat(), steps_per_epoch=42, epochs=1, verbose=0)
    assert int(model.optimizer.iterations) == 42


def per_execution(steps, fixed=False, callbacks=(), conv=False):
    return plan.steps_per_execution(make(conv=conv), steps, fixed, callbacks)


def test_an_execution_is_a_quarter_of_the_epoch():
    assert [per_execution(steps) for steps in (None, 1, 7, 8, 469, 10**6)] == [16, 1, 1, 2, 117, 128]
    # Keras runs whole executions, so a number of steps that was asked for is divided.
    assert [per_execution(steps, fixed=True) for steps in (469, 400, 401)] == [67, 100, 1]
    # A step takes longer there, and people look at the progress bar.
    assert [per_execution(steps, conv=True) for steps in (39, 40, 469)] == [1, 2, 23]


def test_who_watches_batches_sees_each():
    class Mine(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            pass

    assert per_execution(469, callbacks=[Mine()]) == 1
    assert per_execution(469, callbacks=[keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_: None)]) == 1
    assert per_execution(469, callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: None)]) == 117
    assert per_execution(469, callbacks=[keras.callbacks.TerminateOnNaN(), keras.callbacks.Callback()]) == 117


def test_the_steps_of_an_epoch():
    dataset = data.from_array(X, batch_size=4)
    assert plan.epoch_steps(dataset) == 10
    assert plan.epoch_steps(dataset.repeat()) is None
    assert plan.epoch_steps(dataset, steps_per_epoch=3) == 3
    assert plan.epoch_steps(X) == 2
    assert plan.epoch_steps(X, 4, validation_split=0.5) == 5
    assert plan.epoch_steps(iter([X])) is None


def chosen(model, dataset, planned, per_execution=2):
    model.compile("adam", steps_per_execution=per_execution)
    model.planned_steps = planned
    model.make_train_function()
    model.train_function._run_one(next(iter(dataset)))
    return model.train_function._like is not None


def test_xla_is_chosen_by_length_and_model():
    dataset = data.from_array(X, batch_size=4)
    assert chosen(make(), dataset, planned=1000)
    assert chosen(make(), dataset, planned=None)
    assert not chosen(make(), dataset, planned=999)
    assert not chosen(make(), dataset, planned=1000, per_execution=1)
    # On a CPU, which tests run on, XLA's convolutions are slow.
    assert not chosen(make(conv=True), dataset, planned=1000)


def test_what_keras_keeps_from_xla_is_not_compiled():
    model = make()
    model.encoder.layers[-1].supports_jit = False
    assert not chosen(model, data.from_array(X, batch_size=4), planned=1000)


def test_a_dataset_in_memory_is_read_as_its_pipeline_is():
    dataset = data.from_array(X, np.arange(38), np.arange(38.0) % 3, batch_size=4, seed=5)
    for number in (0, 3):
        epoch.set_to(number)
        read, expected = resident.Epoch(resident.of(dataset)), list(dataset)
        assert resident.of(dataset).steps == len(expected)
        np.testing.assert_equal(tf.nest.map_structure(np.asarray, read.next()), as_arrays(expected[0]))
        block = read.block(None, 6, 5)
        assert (block.count, block.odd, block.ended) == (5, None, False)
        for position in range(5):
            np.testing.assert_equal(as_arrays(blocks.at(block.batches, position)), as_arrays(expected[1 + position]))
        assert read.block(None, 6, 6).count == 3
        odd = read.block(None, 6, 6)
        assert (odd.batches, odd.count, odd.ended) == (None, 0, False)
        np.testing.assert_equal(as_arrays(odd.odd), as_arrays(expected[-1]))
        assert read.block(None, 6, 6).ended
    epoch.set_to(0)


class Seen(keras.callbacks.Callback):
    """Keeps the first pixels of what each step of `fit` was given, and has the model do something else meanwhile."""

    def __init__(self, meanwhile):
        super().__init__()
        self.meanwhile, self.batches = meanwhile, []

    def on_train_begin(self, logs=None):
        step = self.model.train_step

        def seen(batch):
            self.batches.append(batch.numpy())
            return step(batch)

        self.model.train_function._one = seen

    def on_train_batch_end(self, batch, logs=None):
        if batch == 4:
            self.meanwhile(self.model)


@pytest.mark.parametrize(
    "meanwhile",
    [lambda model: model.predict(X, verbose=0), lambda model: model.evaluate(X, verbose=0)],
    ids=["predict", "evaluate"],
)
def test_what_a_callback_asks_of_the_model_moves_no_batch(meanwhile):
    dataset = data.from_array(X, batch_size=4)
    model, seen = make(), Seen(meanwhile)
    model.compile("adam")
    model.fit(dataset, epochs=2, verbose=0, callbacks=[seen])
    for number in (0, 1):
        epoch.set_to(number)
        expected = list(dataset)
        for batch, found in zip(expected, seen.batches[10 * number : 10 * (number + 1)], strict=True):
            np.testing.assert_array_equal(batch, found)
    epoch.set_to(0)


def as_arrays(batch):
    return tf.nest.map_structure(np.asarray, batch)


def test_what_is_made_of_a_dataset_in_memory_is_read_by_its_pipeline():
    dataset = data.from_array(X, batch_size=4)
    assert resident.of(dataset.take(3)) is None
    assert resident.of(data.from_array(X, batch_size=4, endless=True)) is None
    assert resident.of(X) is None
    # Keras maps the weights of classes over the dataset.
    model = make()
    assert execution.source(model, dataset, epochs=2) is resident.of(dataset)
    assert execution.source(model, dataset, class_weight={0: 1.0}) is None
    assert execution.source(model, dataset, steps_per_epoch=3) is None
    # The same batches either way, in a plain graph: the same training.
    runs = [train(source, 1) for source in (dataset, data.from_array(X, batch_size=4).map(lambda x: x))]
    assert runs[0][1] == runs[1][1]


def test_what_xla_refuses_runs_without_it(monkeypatch):
    @keras.saving.register_keras_serializable("tests")
    class Python(keras.layers.Layer):
        def call(self, x):
            return tf.ensure_shape(tf.numpy_function(lambda x: x, [x], x.dtype, stateful=False), x.shape)

    def run(**compiled):
        keras.utils.set_random_seed(0)
        layers = [keras.Input(SHAPE), Python(), keras.layers.Flatten(), keras.layers.Dense(16)]
        model = without_noise(make(encoder=keras.Sequential(layers)))
        model.compile("adam", steps_per_execution=4, **compiled)
        model.fit(data.from_array(X, batch_size=4), epochs=1, verbose=0)
        return model

    plain = run(jit_compile=False)
    monkeypatch.setattr(execution, "_WORTH_COMPILING", 10)
    with pytest.warns(UserWarning, match="XLA can't compile"):
        other = run()
    for one, two in zip(plain.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


def test_the_noise_of_a_program_has_the_same_law():
    @tf.function(jit_compile=True)
    def draw(seed):
        with xla.program():
            return random.normal([40_000], seed, "float32"), random.uniform([40_000], seed, "float32")

    count = 40_000
    normal, uniform = (values.numpy() for values in draw(tf.constant([1, 2])))
    again = draw(tf.constant([1, 2]))[0].numpy()
    other = draw(tf.constant([1, 3]))[0].numpy()
    np.testing.assert_array_equal(normal, again)
    # Correlation of independent draws: standard error n**-0.5.
    assert abs(np.mean(normal * other)) < 4 * count**-0.5
    assert abs(np.mean(normal[1:] * normal[:-1])) < 4 * count**-0.5
    # Kolmogorov and Smirnov: the supremum exceeds 1.95 n**-0.5 with a chance of 1 in 1,000.
    for values, law in ((normal, tfd.Normal(0.0, 1.0)), (uniform, tfd.Uniform())):
        expected = law.cdf(np.sort(values)).numpy()
        assert np.max(np.abs(expected - (np.arange(count) + 0.5) / count)) < 1.95 * count**-0.5
