"""The model is used as any Keras model is."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tfvae import data, families, networks, priors, schedules, terms, vae


def fitted(**kwargs):
    model = make()
    model.compile(**{"optimizer": "adam", **kwargs})
    return model, model.fit(digits(), batch_size=12, epochs=2, verbose=0).history


def test_metrics_have_the_terms_names():
    model = make(
        objective=[terms.NegativeLogLikelihood(), terms.KL(weight=schedules.Linear(0, 1, 6)), terms.KL(weight=0.5)]
    )
    model.compile("adam")
    history = model.fit(digits(), batch_size=12, epochs=2, verbose=0, validation_data=(digits(),)).history
    names = {"loss", "elbo", "negative_log_likelihood", "kl", "kl_1", "kl_weight", "skipped_steps"}
    assert set(history) == names | {f"val_{name}" for name in names}
    # Steps 0..2 of the first epoch are weighted 0, 1/6, 2/6; validation sees step 3's.
    np.testing.assert_allclose(history["kl_weight"], [1 / 6, 4 / 6], rtol=1e-6)
    np.testing.assert_allclose(history["val_kl_weight"], [0.5, 1.0], rtol=1e-6)


def test_a_named_term_names_its_metric():
    model = make(objective=[terms.NegativeLogLikelihood(name="distortion"), terms.KL(name="rate")])
    model.compile()
    assert {"distortion", "rate"} < set(model.evaluate(digits(), verbose=0, return_dict=True))


def test_regularization_is_part_of_the_loss():
    encoder = keras.Sequential(
        [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(8, kernel_regularizer="l2")]
    )
    model = make(encoder=encoder)
    model.compile()
    logs = model.evaluate(digits(), batch_size=36, verbose=0, return_dict=True)
    kernel = encoder.layers[-1].kernel
    np.testing.assert_allclose(logs["regularization"], 0.01 * tf.reduce_sum(kernel**2), rtol=1e-5)
    np.testing.assert_allclose(logs["loss"], logs["regularization"] - logs["elbo"], rtol=1e-5)


@pytest.mark.parametrize(
    "compiled",
    [
        {"run_eagerly": True},
        {"jit_compile": True},
        {"steps_per_execution": 3},
        {"optimizer": lambda: keras.optimizers.Adam(use_ema=True, ema_overwrite_frequency=1)},
        {"optimizer": lambda: keras.optimizers.Adam(gradient_accumulation_steps=3)},
        {"optimizer": lambda: keras.optimizers.AdamW(weight_decay=1e-3, global_clipnorm=10.0)},
    ],
    ids=["eager", "xla", "steps per execution", "ema", "accumulation", "adamw"],
)
def test_fit(compiled):
    if "optimizer" in compiled:
        compiled = {"optimizer": compiled["optimizer"]()}
    model, history = fitted(**compiled)
    assert history["loss"][1] < history["loss"][0]
    assert int(model.optimizer.iterations) == (2 if model.optimizer.gradient_accumulation_steps else 6)


def test_eager_and_graph_take_the_same_steps():
    models = [fitted(optimizer="sgd", run_eagerly=eager)[0] for eager in (True, False)]
    for one, two in zip(*(model.get_weights() for model in models), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_accumulated_gradients_are_the_big_batch():
    def run(batch_size, **kwargs):
        model = make(posterior=families.Deterministic(LATENT), objective=[terms.NegativeLogLikelihood()])
        model.compile(keras.optimizers.SGD(1e-2, **kwargs))
        model.fit(digits(), batch_size=batch_size, shuffle=False, verbose=0)
        return model.get_weights()

    for one, two in zip(run(36), run(12, gradient_accumulation_steps=3), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_ema_is_the_average_of_the_weights():
    model = make()
    model.compile(keras.optimizers.SGD(1e-3, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=None))
    seen = []
    remember = keras.callbacks.LambdaCallback(on_train_batch_end=lambda *_, **__: seen.append(model.get_weights()))
    model.fit(digits(), batch_size=12, verbose=0, callbacks=[remember])
    average = seen[0][0]  # Keras's average begins at the first step's weights
    for weights in seen[1:]:
        average = 0.5 * average + 0.5 * weights[0]
    np.testing.assert_allclose(model.get_weights()[0], average, rtol=1e-5, atol=1e-7)


def test_infinite_dataset():
    model = make()
    model.compile()
    dataset = data.from_array(digits(), batch_size=12).repeat()
    history = model.fit(dataset, steps_per_epoch=4, epochs=2, verbose=0, validation_data=dataset, validation_steps=2)
    assert int(model.optimizer.iterations) == 8
    assert len(history.history["val_loss"]) == 2


def test_arrays_validation_split_and_weights():
    model = make()
    model.compile()
    history = model.fit(
        digits(), batch_size=9, verbose=0, validation_split=0.25, sample_weight=np.linspace(0.5, 1.5, 36)
    )
    assert np.isfinite(history.history["val_elbo"]).all()


def test_integer_weights_repeat_examples():
    model = make()
    model.compile()
    x, weights = digits()[:12], np.repeat([0.0, 1.0, 3.0], 4)
    repeated = np.repeat(x, weights.astype(int), axis=0)
    # The KL is in closed form, so it needs no equal noise.
    weighted = model.evaluate(x, sample_weight=weights, batch_size=12, verbose=0, return_dict=True)
    plain = model.evaluate(repeated, batch_size=len(repeated), verbose=0, return_dict=True)
    np.testing.assert_allclose(weighted["kl"], plain["kl"], rtol=1e-5)


def test_weights_without_condition_from_a_dataset():
    model = make()
    model.compile()
    dataset = data.from_array(digits(), sample_weight=np.ones(36), batch_size=12, shuffle=False)
    with_ones = model.evaluate(dataset, verbose=0, return_dict=True)
    without = model.evaluate(data.from_array(digits(), batch_size=12, shuffle=False), verbose=0, return_dict=True)
    assert with_ones == pytest.approx(without, rel=1e-6)


def test_frozen_decoder_stays():
    model = make()
    model.decoder.trainable = False
    model.compile("adam")
    before = [weight.numpy() for weight in (*model.decoder.weights, *model.encoder.weights)]
    model.fit(digits(), batch_size=12, verbose=0)
    after = [weight.numpy() for weight in (*model.decoder.weights, *model.encoder.weights)]
    changed = [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    assert changed == [False] * len(model.decoder.weights) + [True] * len(model.encoder.weights)


def test_predict_is_the_call_on_each_batch():
    model = make()
    predicted = model.predict(digits(), batch_size=5, verbose=0)
    np.testing.assert_allclose(predicted, model(digits()), rtol=1e-5, atol=1e-6)
    assert predicted.shape == (36, *SHAPE)


def test_evaluate_repeats_and_leaves_training_alone():
    def run(validation):
        model = make(preprocessing=data.DynamicBinarize())
        model.compile("sgd")
        model.fit(data.from_array(digits(), batch_size=12), epochs=2, verbose=0, validation_data=validation)
        return model

    model = run(None)
    first, second = (model.evaluate(digits(), verbose=0, return_dict=True) for _ in range(2))
    assert first == second
    for one, two in zip(model.get_weights(), run((digits(),)).get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_batches_of_an_evaluation_have_noise_of_their_own():
    model = make(preprocessing=data.DynamicBinarize())
    model.compile()
    same = np.repeat(np.full((1, *SHAPE), 128, "uint8"), 4, axis=0)
    one = model.evaluate(same, batch_size=4, verbose=0, return_dict=True)
    two = model.evaluate(np.concatenate([same, same]), batch_size=4, verbose=0, return_dict=True)
    assert one["negative_log_likelihood"] != two["negative_log_likelihood"]


def test_conditional_batches():
    labels = data.digits("train")[1][:36]
    model = vae.VAE(
        encoder=networks.Conditional(networks.mlp_encoder((8, 8, 11), (16,)), num_classes=10),
        posterior=families.Normal(LATENT),
        prior=priors.StandardNormal(LATENT),
        decoder=networks.Conditional(networks.mlp_decoder((13,), (16,)), num_classes=10),
        likelihood=families.Bernoulli(SHAPE),
        objective=[terms.ImportanceWeighted(3)],
        preprocessing=data.Binarize(),
    )
    model.compile()
    model.fit(data.from_array(digits(), labels, batch_size=12), epochs=1, verbose=0)
    model.fit(digits(), labels, sample_weight=np.ones(36), batch_size=12, verbose=0)
    assert model.predict(data.from_array(digits(), labels, batch_size=12, shuffle=False), verbose=0).shape[0] == 36
    pair = model.predict((digits(), labels), verbose=0)
    np.testing.assert_allclose(pair, model((digits(), labels)), atol=1e-6)
    one, two = (model.sample(4, condition=[label] * 4, seed=0) for label in (0, 1))
    assert not np.allclose(one, two)
    assert model.reconstruct(digits(), condition=labels).shape == (36, *SHAPE)
    with pytest.raises(ValueError, match=r"one condition for each of 4 samples. Received 1"):
        model.sample(4, condition=[3])
    with pytest.raises(ValueError, match="This model is conditional"):
        model.fit(digits(), verbose=0)


def test_the_summary_is_the_sentence_and_keras_table(capsys):
    model = make()
    model.summary()
    printed = capsys.readouterr().out
    assert printed.startswith(repr(model))
    assert printed.index("objective=[") < printed.index("Layer (type)") < printed.index("Total params")
    lines = []
    model.summary(line_length=60, print_fn=lines.append, expand_nested=True, show_trainable=True)
    assert lines[0] == repr(model)
    table = "\n".join(lines[1:])
    assert "Trainable" in table
    assert "dense" in table  # inside of the encoder
    assert max(map(len, table.splitlines())) <= 60
    assert capsys.readouterr().out == ""


def test_the_model_reads_as_a_sentence_of_parts():
    kl = terms.KL(weight=schedules.Linear(0.0, 1.0, 10), free_bits=0.25, name="rate")
    model = make(objective=[terms.NegativeLogLikelihood(), kl])
    assert (
        repr(model)
        == """VAE(
    encoder=<Sequential (8, 8, 1) -> (16,), 1,040 parameters>,
    posterior=Normal((3,), min_scale=1e-09),
    prior=StandardNormal((3,)),
    decoder=<Sequential (3,) -> (16,), 64 parameters>,
    likelihood=Bernoulli((8, 8, 1)),
    objective=[NegativeLogLikelihood(), KL(weight=Linear(0.0, 1.0, steps=10), free_bits=0.25, name='rate')],
    preprocessing=Binarize(),
)"""
    )
    assert repr(terms.ImportanceWeighted(5)) == "ImportanceWeighted(5)"


def test_any_keras_model_as_network():
    class Encoder(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = keras.layers.Dense(5)

        def call(self, x):
            return self.dense(keras.ops.reshape(x, [-1, 64]))

    inputs = keras.Input(LATENT)
    decoder = keras.Model(inputs, keras.layers.BatchNormalization()(keras.layers.Dense(7)(inputs)))
    model = make(encoder=Encoder(), decoder=decoder)
    model.compile()
    model.fit(digits(), verbose=0)
    assert model.sample(2).shape == (2, *SHAPE)


def test_a_family_is_a_sampling_layer():
    inputs = keras.Input(SHAPE)
    z = families.Normal(LATENT)(networks.mlp_encoder(SHAPE, (8,))(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1)(z))
    model.compile("adam", "mse")
    model.fit(digits() / 255.0, np.zeros(36), verbose=0)
    assert not np.array_equal(model(digits() / 255.0), model(digits() / 255.0))
