"""Draws that are meant to be independent are: no two of them have one seed, and none comes from a global generator."""

import collections

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests import suites
from tests.draws import recorded
from tests.models import LATENT, SHAPE, digits, make
from tests.parts.families import FAMILIES
from tests.parts.models import KINDS, MODELS
from tfvae import data, evaluation, families, networks, priors, terms
from tfvae.evaluation import likelihood


def assert_apart(draws):
    """No draw shares its noise with another one, nor with what a seed was made of."""
    noise = [draw for draw in draws if draw.is_noise]
    assert noise
    shared = collections.Counter(draw.seed for draw in noise if draw.size)
    folded = {draw.seed for draw in draws if not draw.is_noise}
    assert not [draw for draw in draws if draw.seed == ()], "drawn from TensorFlow's global generator"
    assert not [draw for draw in noise if shared[draw.seed] > 1], "drawn from one seed"
    assert not [draw for draw in noise if draw.seed in folded], "drawn from a seed that others are made of"


def use(vae, x, condition=None):
    """Draws all that a model draws, each from its own stream."""
    for training in (True, True, False):
        inference = vae.infer(x, condition, num_samples=max(2, vae.num_samples), seed=None, training=training)
        vae.shares(inference)
    for _ in range(2):
        vae.sample(len(x), condition, mean=False)
        if vae.prior.has_centre:
            vae.sample(len(x), condition, temperature=0.5, mean=False)
        vae.variations(x, 2, condition=condition, mean=False)
        vae.reconstruct(x, condition, mean=False)


def noisy(preprocessing, **parts):
    """A model with every preprocessing's noise, Dropout in both networks and no layer that has none."""
    encoder = keras.Sequential([keras.Input(SHAPE), keras.layers.Dropout(0.3), keras.layers.Flatten()])
    decoder = keras.Sequential([keras.Input(LATENT), keras.layers.GaussianNoise(0.3), keras.layers.Dense(9)])
    return make(encoder=encoder, decoder=decoder, preprocessing=preprocessing, **parts)


NOISE = {
    "binarized": lambda: noisy(data.DynamicBinarize()),
    "dequantized": lambda: noisy(data.Dequantize(17), likelihood=families.Normal(SHAPE, scale="example")),
    "corrupted": lambda: noisy(
        data.Corrupt(
            data.Corrupt(data.DynamicBinarize(), stddev=0.1, masking=0.2, salt_and_pepper=0.3),
            stddev=0.1,
            masking=0.2,
            salt_and_pepper=0.3,
        )
    ),
    "terms that draw": lambda: make(
        objective=[
            terms.NegativeLogLikelihood(),
            terms.MMD(kernel=terms.kernels.RBF(), num_samples=2),
            terms.MMD(kernel=terms.kernels.RBF()),
            terms.SlicedWasserstein(),
            terms.SlicedWasserstein(),
            terms.LatentAdversarial(networks.mlp_critic(LATENT, (4,))),
        ],
        preprocessing=data.DynamicBinarize(),  # so that the first look at data draws, too
    ),
    "product of priors": lambda: make(
        posterior=families.Joint([families.Normal((2,)), families.RelaxedCategorical((2, 3))]),
        decoder=networks.mlp_decoder((8,), (16,)),
        prior=priors.Product(
            [
                priors.StandardNormal((2,)),
                priors.Fixed(families.RelaxedCategorical((2, 3)), {"logits": 0.0}),
            ]
        ),
        objective=[terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)],
    ),
}


@pytest.mark.parametrize("name", NOISE)
def test_no_two_draws_of_a_model_have_one_seed(name):
    with recorded() as draws:
        vae = NOISE[name]()
        vae.compile("sgd")
        vae.trained = True
        del draws[:]
        use(vae, digits()[:3])
        vae.evaluate(digits()[:3], batch_size=2, verbose=0)
        vae.fit(data.from_array(digits()[:3], batch_size=2), epochs=2, verbose=0)
    assert_apart(draws)


@pytest.mark.parametrize("name", suites.quick(MODELS, keep=KINDS, slow=()))
def test_no_two_draws_of_parts_have_one_seed(name):
    parts = MODELS[name]()
    x = parts.pop("x", digits())[:3]
    vae = make(**parts)
    vae.compile("sgd")
    vae.trained = True
    with recorded() as draws:
        use(vae, x)
    assert_apart(draws)


def assert_unrelated(one, two):
    """The rows of two arrays [N, ...] have rank correlations within five standard errors of 0, where they vary."""
    for first, second in zip(one.reshape(len(one), -1).T, two.reshape(len(two), -1).T, strict=True):
        if np.ptp(first) and np.ptp(second):
            assert abs(stats.spearmanr(first, second).statistic) < 5 / np.sqrt(len(one))


@pytest.mark.parametrize("name", FAMILIES)
def test_examples_draws_and_seeds_of_a_family_are_unrelated(name):
    family = FAMILIES[name]("float32")
    features = tf.repeat(tf.random.stateless_normal([1, 7], [1, 2]), 2, axis=0)
    with recorded() as made:
        x, other = (family.distribution(features).sample(1000, seed=[5, seed]).numpy() for seed in (6, 7))
    # A `Deterministic` draws nothing.
    made = [draw.seed for draw in made if draw.is_noise]
    assert not np.ptp(x) or made
    assert len(set(made)) == len(made)
    assert_unrelated(x[:, 0], x[:, 1])
    assert_unrelated(x[1:, 0], x[:-1, 0])
    assert_unrelated(x[:, 0], other[:, 0])


def test_chunks_and_batches_of_an_estimate_are_apart_and_its_data_is_drawn_once(monkeypatch):
    monkeypatch.setattr(likelihood, "_DECODED_AT_ONCE", 6)
    vae = make(preprocessing=data.DynamicBinarize())
    vae.trained = True
    batches = data.from_array(digits()[:6], batch_size=3)
    with recorded() as draws:
        evaluation.log_likelihood(vae, batches, num_samples=5, verbose=0)
    pixels = [draw.seed for draw in draws if draw.is_noise and "Uniform" in draw.kernel]
    # What was looked at is what is used.
    assert pixels[0] == pixels[1] != pixels[2] == pixels[3]
    noise = [draw for draw in draws if draw.is_noise and "Uniform" not in draw.kernel]
    assert sum(draw.size for draw in noise) == 6 * 5 * LATENT[0]
    assert_apart(noise)
    with recorded() as draws:
        evaluation.activity(vae, batches)
    assert_apart(draws)
