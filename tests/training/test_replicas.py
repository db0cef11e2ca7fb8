"""Two replicas: noise of their own, metrics of all."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, digits, make, strategy
from tfvae import data, families, terms


def latents(model, count):
    """z of a repeated image on each replica."""
    same = tf.repeat(digits()[:1], count, axis=0)

    @tf.function
    def step():
        return strategy().run(lambda: model.infer(same, num_samples=2).latents[0].z)

    return [value.numpy() for value in strategy().experimental_local_results(step())]


def test_replicas_and_steps_draw_different_noise():
    with strategy().scope():
        model = make(preprocessing=data.DynamicBinarize())
    draws = np.concatenate([z.reshape(-1, *LATENT) for _ in range(2) for z in latents(model, 3)])
    # Two steps, two replicas, two samples, three examples.
    assert draws.shape == (24, *LATENT)
    assert len(np.unique(draws, axis=0)) == 24


def test_replicas_keep_one_state_of_the_noise():
    with strategy().scope():
        model = make()
    latents(model, 1)
    states = {tuple(value.numpy()) for value in strategy().experimental_local_results(model._noise.state.value)}
    assert len(states) == 1


@pytest.mark.parametrize("batch_size", [36, 35, 17])
def test_evaluation_is_that_of_one_replica(batch_size):
    """Batches that split unevenly and a last one that leaves a replica empty; the autoencoder has no noise."""

    def build():
        return make(posterior=families.Deterministic(LATENT), objective=[terms.NegativeLogLikelihood()])

    one = build()
    with strategy().scope():
        two = build()
    for model in (one, two):
        model.compile("sgd")
    two.set_weights(one.get_weights())
    dataset = data.from_array(digits(), batch_size=batch_size, shuffle=False)
    expected, received = (model.evaluate(dataset, verbose=0, return_dict=True) for model in (one, two))
    assert received == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(two.predict(digits()[:34], batch_size=17, verbose=0), one(digits()[:34]), atol=1e-5)


def test_a_saved_model_of_a_strategy_loads_without_one(tmp_path):
    with strategy().scope():
        model = make()
        model.compile("adam")
    model.fit(digits(), batch_size=12, verbose=0)
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(loaded.sample(3, seed=1), model.sample(3, seed=1), atol=1e-6)


def test_a_layers_loss_counts_once_not_once_a_replica():
    def build():
        networks = [
            keras.Sequential(
                [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(8, kernel_regularizer="l2")]
            )
            for shape in ((8, 8, 1), LATENT)
        ]
        model = make(encoder=networks[0], decoder=networks[1], posterior=families.Normal(LATENT, scale=1e-9))
        model.compile(keras.optimizers.SGD(0.1))
        return model

    one = build()
    with strategy().scope():
        two = build()
    two.set_weights(one.get_weights())
    for batch_size in (36, 35, 17):
        rows = data.from_array(digits(), batch_size=batch_size, shuffle=False)
        expected, received = (model.evaluate(rows, verbose=0, return_dict=True) for model in (one, two))
        assert expected["regularization"] > 0.1
        assert received == pytest.approx(expected, rel=1e-5)
    histories = [model.fit(rows, verbose=0).history for model in (one, two)]
    for name, value in histories[0].items():
        assert histories[1][name] == pytest.approx(value, rel=1e-5)
    for alone, together in zip(one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(together, alone, atol=1e-5)


@pytest.mark.parametrize("clamp", ["free_bits", "capacity"])
def test_a_clamp_is_on_the_mean_of_all_replicas(clamp):
    """Between a replica's part of the mean, about half of it, and the mean itself: from there they clamp otherwise."""

    def build(**clamped):
        model = make(objective=[terms.NegativeLogLikelihood(), terms.KL(**clamped)])
        model.compile("sgd")
        return model

    rows = data.from_array(digits(), batch_size=36, shuffle=False)
    plain = build()
    kl = plain.infer(digits()).latents[0].kl
    mean = float(tf.reduce_mean(kl))
    bound = 0.75 * mean / (LATENT[0] if clamp == "free_bits" else 1)
    one = build(**{clamp: bound})
    with strategy().scope():
        two = build(**{clamp: bound})
    two.set_weights(one.get_weights())
    expected, received = (model.evaluate(rows, verbose=0, return_dict=True)["kl"] for model in (one, two))
    assert received == pytest.approx(expected, rel=1e-5)
    # It is no clamp that nothing meets, and none that all meets.
    assert expected != pytest.approx(build().evaluate(rows, verbose=0, return_dict=True)["kl"], rel=1e-3)
