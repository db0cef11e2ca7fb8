"""Labels of factors: each latent's mean is to tell one, where the label is known."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from tests.models import RegularNoise, make
from tfvae import data, families, networks, recipes, terms
from tfvae.training import pieces

SIZES = (3, 5, 2)
RNG = np.random.default_rng(0)
X = RNG.integers(0, 2, (8, 8, 8, 1)).astype("uint8") * 255
LABELS = np.stack([RNG.integers(size, size=8) for size in SIZES], axis=1)
LABELS[[1, 4]] = -1  # nothing is known
LABELS[2, 1] = -1  # one factor isn't
Y, KNOWN = LABELS / (np.array(SIZES) - 1), LABELS >= 0


def model(family, latents=5, weight=1.0):
    keras.config.set_dtype_policy("float64")
    objective = [terms.NegativeLogLikelihood(num_samples=4), terms.KL(), terms.FactorLabels(family, SIZES, weight)]
    keras.utils.set_random_seed(1)
    decoder = networks.mlp_decoder((latents,), (8,))
    prior = recipes.vae((8, 8, 1), latents).prior
    return make(posterior=RegularNoise((latents,)), prior=prior, decoder=decoder, objective=objective)


def cross_entropy(mean):
    return np.where(KNOWN, -Y * special.log_expit(mean) - (1 - Y) * special.log_expit(-mean), 0).sum(axis=1)


def squares(mean):
    # Nats of a Gaussian with 2 sigma^2 = 1, whose constant counts once for each label that is known.
    return np.where(KNOWN, (mean - Y) ** 2 + np.log(np.pi) / 2, 0).sum(axis=1)


@pytest.mark.parametrize(
    ("family", "expected"),
    [(lambda: families.Bernoulli((3,)), cross_entropy), (lambda: families.Normal((3,), scale=0.5**0.5), squares)],
    ids=["cross-entropy", "squared error"],
)
def test_the_first_latents_are_compared_with_the_labels_that_are_known(family, expected):
    vae = model(family())
    term = vae.objective[-1]
    mean = vae.encode(X).mean().numpy()[:, :3]
    np.testing.assert_allclose(term.value(vae.infer(X, LABELS, seed=0)), expected(mean), rtol=1e-12)
    np.testing.assert_array_equal(term.value(vae.infer(X, seed=0)), np.zeros(8))


def test_only_means_of_latents_whose_label_is_known_have_a_gradient():
    vae = model(families.Bernoulli((3,)))
    mean = tf.constant(RNG.normal(size=(8, 5)))
    with tf.GradientTape() as tape:
        tape.watch(mean)
        posterior = vae.posterior.build_distribution(loc=mean, scale=tf.ones_like(mean))
        inference = vae.infer_from(posterior, vae.preprocess(X), LABELS, 1, (0, 0))
        value = tf.reduce_sum(vae.objective[-1].value(inference))
    expected = np.zeros((8, 5))
    expected[:, :3] = np.where(KNOWN, special.expit(mean[:, :3]) - Y, 0)
    np.testing.assert_allclose(tape.gradient(value, mean), expected, rtol=1e-12, atol=1e-15)


def test_labels_are_for_the_term_alone():
    vae = model(families.Bernoulli((3,)), weight=7.0)
    assert not vae.conditional
    assert vae.labelled
    vae.compile("sgd", run_eagerly=True)
    found = vae.evaluate(X, LABELS, verbose=0, return_dict=True)
    mean = vae.encode(X).mean().numpy()[:, :3]
    assert found["factor_labels"] == pytest.approx(cross_entropy(mean).mean())
    assert found["loss"] == pytest.approx(7 * found["factor_labels"] - found["elbo"])
    assert vae.evaluate(X, verbose=0, return_dict=True)["factor_labels"] == 0
    # What encodes, decodes or predicts isn't told.
    assert vae.unpack((X, LABELS))[1] is None
    np.testing.assert_array_equal(vae.unpack((X, LABELS), labels=True)[1], LABELS)
    np.testing.assert_array_equal(
        vae.predict(data.from_array(X, LABELS, batch_size=4), verbose=0), vae.predict(X, verbose=0)
    )
    assert vae.sample(2, seed=0).shape == (2, 8, 8, 1)
    for use in (vae.sample(2, seed=0).shape[0], 8):
        with pytest.raises(ValueError, match="takes no condition"):
            vae.sample(use, condition=LABELS[:use])


def test_labels_go_with_their_examples_in_pieces(monkeypatch):
    found = []
    for examples in (8, 3):
        monkeypatch.setattr(pieces, "_DIMENSIONS", examples * 4 * 64)
        vae = model(families.Bernoulli((3,)), weight=3.0)
        assert pieces.size(vae, 8) == (None if examples == 8 else 3)
        vae.compile(keras.optimizers.SGD(0.1), run_eagerly=True)
        vae.train_on_batch(X, LABELS)
        found.append(vae.get_weights())
    for one, two in zip(*found, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-12)


@functools.cache
def small_sprites():
    """Sprites of a quarter of the side, the labels of a quarter of them, and others with their factors."""
    images, factors = data.sprites("train")
    rows = np.random.default_rng(0).permutation(len(images))[:1000]
    images, factors = images[rows][:, 1::3, 1::3], factors[rows]
    return images[:600], data.hide_labels(factors[:600], 150), images[600:], factors[600:]


def test_a_few_labels_give_each_factor_its_latent():
    images, labels, others, factors = small_sprites()
    term = terms.FactorLabels(families.Bernoulli((5,)), (3, 6, 12, 12, 12), weight=50.0)
    objective = [terms.NegativeLogLikelihood(), terms.KL(), term]
    pair = {"encoder": networks.mlp_encoder((21, 21, 1), (64,)), "decoder": networks.mlp_decoder((8,), (64,))}
    vae = recipes.vae((21, 21, 1), 8, seed=0, objective=objective, **pair)
    vae.compile(keras.optimizers.Adam(5e-3), jit_compile=False)
    vae.fit(data.from_array(images, labels, batch_size=50), epochs=15, verbose=0)
    mean = vae.encode(others).mean().numpy()
    found = np.abs(stats.spearmanr(mean, factors).statistic[:8, 8:])
    # The shape has no order, and the rotation is a circle. Of the scale 150 labels say less than of the places.
    for factor, least in ((1, 0.4), (3, 0.85), (4, 0.85)):
        assert found[factor, factor] > least
        assert found[factor].argmax() == factor
