"""A batch in pieces takes the step of the whole batch."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, RegularNoise, digits, make
from tfvae import families, networks, priors, random, terms
from tfvae.training import pieces

X = digits(10)
LABELS = np.arange(10.0) % 3


def regularized():
    layer = keras.layers.Dense(16, "relu", kernel_regularizer=keras.regularizers.L2(0.1))
    return keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), layer])


def model(objective, **parts):
    return make(objective=objective, posterior=RegularNoise(LATENT), **parts)


def step(objective, monkeypatch, examples, **compiled):
    """The metrics and weights after one step, by pieces of so many examples of 4 draws."""
    monkeypatch.setattr(pieces, "_DIMENSIONS", examples * 4 * 64)
    keras.utils.set_random_seed(0)
    vae = model(objective(), encoder=regularized())
    vae.compile(keras.optimizers.SGD(0.1), **compiled)
    weights = LABELS + 0.5
    logs = vae.train_on_batch(X, None, weights, return_dict=True)
    return {name: float(value) for name, value in logs.items()}, vae.get_weights()


@pytest.mark.parametrize(
    "objective",
    [
        lambda: [terms.ImportanceWeighted(4)],
        lambda: [terms.PerNetwork(terms.MultiplyImportanceWeighted(2, 2), terms.ImportanceWeighted(4))],
        lambda: [terms.NegativeLogLikelihood(num_samples=4), terms.KL(weight=0.5)],
    ],
    ids=["one backward pass", "two", "terms"],
)
def test_the_step_is_the_same(objective, monkeypatch):
    metrics, weights = step(objective, monkeypatch, 10)
    assert pieces.size(model(objective()), 10) is None
    for examples in (4, 3, 1):  # 3 pieces, 4 of which the last is filled up, 10
        found, changed = step(objective, monkeypatch, examples)
        assert pieces.size(model(objective()), 10) <= examples
        assert set(found) == set(metrics)
        for name, value in metrics.items():
            np.testing.assert_allclose(found[name], value, rtol=1e-5, err_msg=name)
        for one, two in zip(weights, changed, strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)


def test_pieces_draw_their_own_noise(monkeypatch):
    seeds = []

    def learn(x, condition, weights, seed, portion):
        del x, condition, portion
        seeds.append(seed)
        return [tf.cast(seed, "float32"), tf.reduce_sum(weights)]

    total = pieces.total(
        learn, tf.zeros([13, 2]), None, tf.fill([13], 1 / 13), tf.constant([3, 4]), 2, [tf.zeros([2]), tf.zeros([])]
    )
    apart = {tuple(seed.numpy()) for seed in seeds}
    assert len(seeds) == len(apart) == 7
    # Nor is a piece's seed one that the whole batch, an evaluation or a term draws from.
    assert apart.isdisjoint(tuple(random.fold(tf.constant([3, 4]), place).numpy()) for place in range(7))
    np.testing.assert_allclose(total[1], 1.0, rtol=1e-6)


def test_a_batch_of_unknown_size_is_not_filled_up_beyond_itself(monkeypatch):
    monkeypatch.setattr(pieces, "_DIMENSIONS", 100 * 4 * 64)
    vae = model([terms.ImportanceWeighted(4)])

    def learn(x, condition, weights, seed, portion):
        del condition, weights, seed, portion
        return [tf.shape(x)[0]]

    @tf.function(input_signature=[tf.TensorSpec([None, 2])], autograph=False)
    def examples(x):
        size = pieces.size(vae, tf.shape(x)[0])
        return pieces.total(learn, x, None, x[:, 0], tf.constant([0, 1]), size, [tf.TensorSpec([], tf.int32)])[0]

    assert [int(examples(tf.ones([count, 2]))) for count in (1, 10, 100, 101, 250)] == [1, 10, 100, 102, 252]


def test_what_couples_examples_is_not_divided(monkeypatch):
    monkeypatch.setattr(pieces, "_DIMENSIONS", 64)
    normalized = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.BatchNormalization()])
    dropped = keras.Sequential([keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dropout(0.1)])
    draws = terms.NegativeLogLikelihood(num_samples=4)
    assert pieces.size(make(objective=[draws, terms.KL()], encoder=dropped), 10) == 1
    assert pieces.size(make(objective=[draws, terms.KL()], encoder=normalized), 10) is None
    assert pieces.size(make(objective=[draws, terms.KL(free_bits=0.1)]), 10) is None
    assert pieces.size(make(objective=[draws, terms.KL(capacity=1.0)]), 10) is None
    # One draw is what every VAE has.
    assert pieces.size(make(), 10) is None


def test_a_piece_with_nan_is_a_step_that_is_skipped(monkeypatch):
    monkeypatch.setattr(pieces, "_DIMENSIONS", 3 * 4 * 64)
    x = X.astype("float32") / 255
    x[9] = np.nan
    vae = model([terms.ImportanceWeighted(4)])
    vae.compile("sgd")
    before = vae.get_weights()
    logs = vae.train_on_batch(x, return_dict=True)
    assert logs["skipped_steps"] == 1
    for one, two in zip(before, vae.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_values_of_a_class_count_as_draws_and_labels_go_with_their_examples(monkeypatch):
    found = []
    for examples in (10, 3):
        monkeypatch.setattr(pieces, "_DIMENSIONS", examples * 4 * 64)
        keras.utils.set_random_seed(0)
        vae = make(
            posterior=families.ClassConditional(4, RegularNoise((2,))),
            prior=priors.WithClass(4, priors.StandardNormal((2,))),
            decoder=networks.mlp_decoder((6,), (16,)),
            objective=[terms.NegativeLogLikelihood(), terms.KL(), terms.Classification(3.0)],
        )
        vae.compile(keras.optimizers.SGD(0.1))
        assert pieces.size(vae, 10) == (None if examples == 10 else 3)
        logs = vae.train_on_batch(X, np.where(np.arange(10) % 3, np.arange(10) % 4, -1), return_dict=True)
        found.append(({name: float(value) for name, value in logs.items()}, vae.get_weights()))
    (metrics, weights), (others, changed) = found
    assert metrics["classification"] > 0.1
    assert metrics == pytest.approx(others, rel=1e-5)
    for one, two in zip(weights, changed, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-4, atol=1e-6)
