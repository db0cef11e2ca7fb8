"""Counts given their total, and counts with more zeros: exact densities, draws, and what is read off x."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special, stats

from tests.identities.statistics import assert_mean
from tfvae import VAE, data, families, networks, priors, recipes, terms
from tfvae.families.multinomial import split

LOGITS = np.array([0.3, -1.0, 2.0, 0.0, -0.5])
PROBS = special.softmax(LOGITS)


def of(family, **raw):
    """The law of raw parameters of one example, in float64."""
    return family.of_raw({name: tf.constant(value, tf.float64)[None] for name, value in raw.items()})


def multinomial(**options):
    return of(families.Multinomial((5,), dtype="float64", **options), logits=LOGITS)


def burst(raw=0.4, **options):
    """The family's law of one concentration, and the concentrations."""
    family = families.DirichletMultinomial((5,), dtype="float64", **options)
    concentration = float(
        family.constrain({"logits": LOGITS, "concentration": tf.constant(raw, tf.float64)})["concentration"]
    )
    return of(family, logits=LOGITS, concentration=[raw]), concentration


X = np.array([[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [3, 0, 7, 1, 2], [0, 0, 40, 2, 0], [1000, 5, 9000, 0, 700]], "float64")


def test_a_multinomial_is_scipys():
    expected = [stats.multinomial.logpmf(x, x.sum(), PROBS) for x in X]
    np.testing.assert_allclose(multinomial().log_prob(X), expected, rtol=1e-9, atol=1e-12)
    assert multinomial().log_prob(np.array([[-1.0, 2, 0, 0, 0]])) == -np.inf


def test_a_dirichlet_multinomial_is_scipys():
    for raw in (-7.0, 0.4, 300.0):
        law, concentration = burst(raw)
        expected = [stats.dirichlet_multinomial.logpmf(x.astype(int), concentration * PROBS, int(x.sum())) for x in X]
        np.testing.assert_allclose(law.log_prob(X), expected, rtol=1e-8, atol=1e-10)
    assert burst()[0].log_prob(np.array([[-1.0, 2, 0, 0, 0]])) == -np.inf


def test_probabilities_of_one_total_sum_to_one():
    every = np.array([x for x in itertools.product(range(5), repeat=5) if sum(x) == 4], "float64")
    for law in (multinomial(), burst()[0]):
        assert np.exp(law.log_prob(every)).sum() == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("total", [1e4, 1e7])
def test_no_digits_are_lost_in_float32(total):
    x = np.round(total * PROBS + np.sqrt(total) * np.array([1, -0.2, -1, 0.5, -0.3]))[None]
    narrow = families.Multinomial((5,)).of_raw({"logits": tf.constant(LOGITS, tf.float32)[None]})
    np.testing.assert_allclose(narrow.log_prob(x.astype("float32")), multinomial().log_prob(x), rtol=2e-5, atol=2e-3)
    raw = {"logits": tf.constant(LOGITS, tf.float32)[None], "concentration": tf.constant([[0.4]])}
    narrow = families.DirichletMultinomial((5,)).of_raw(raw)
    np.testing.assert_allclose(narrow.log_prob(x.astype("float32")), burst()[0].log_prob(x), rtol=2e-5, atol=2e-3)


@pytest.mark.parametrize("inflated", [False, True])
def test_zeros_are_those_of_the_formula(inflated):
    mean, size, logit = np.array([0.2, 3.0, 50.0]), np.array([0.5, 1.0, 7.0]), np.array([-1.0, 0.5, 2.0])
    counts = families.NegativeBinomial((3,), dtype="float64")
    x = np.array([[0, 0, 0], [1, 0, 40], [0, 9, 300]], "float64")
    plain = stats.nbinom.pmf(x, size, size / (size + mean))
    if not inflated:  # the plain law, by the shared formula
        law = counts.build_distribution(tf.constant(mean), tf.constant(size))
        np.testing.assert_allclose(law.log_prob(x), np.log(plain).sum(axis=1), rtol=1e-9)
        return
    gone = special.expit(logit)
    family = families.ZeroInflated(counts, dtype="float64")
    law = family.build_distribution(tf.constant(logit), mean=tf.constant(mean), total_count=tf.constant(size))
    np.testing.assert_allclose(law.log_prob(x), np.log(gone * (x == 0) + (1 - gone) * plain).sum(axis=1), rtol=1e-9)
    k = np.arange(4000.0)
    each = gone[:, None] * (k == 0) + (1 - gone[:, None]) * stats.nbinom.pmf(
        k, size[:, None], (size / (size + mean))[:, None]
    )
    np.testing.assert_allclose(law.mean(), each @ k, rtol=1e-8)
    np.testing.assert_allclose(law.variance(), each @ k**2 - (each @ k) ** 2, rtol=1e-7)
    draws = law.sample(20_000, seed=[1, 2]).numpy()
    for values, probability, expected in zip(draws.T, each[:, 0], each @ k, strict=True):
        assert_mean(values == 0, probability)
        assert_mean(values, expected)


EXTREME = (-1e4, -30.0, 0.0, 30.0, 1e4)
FAMILIES = {
    "multinomial": families.Multinomial,
    "dirichlet-multinomial": families.DirichletMultinomial,
    "library-sized": lambda shape: families.LibrarySized(families.NegativeBinomial(shape)),
    "library-sized poisson": lambda shape: families.LibrarySized(families.Poisson(shape)),
    "zero-inflated": lambda shape: families.ZeroInflated(families.NegativeBinomial(shape)),
    "all of it": lambda shape: families.LibrarySized(families.ZeroInflated(families.NegativeBinomial(shape))),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_gradients_are_finite_at_zeros_and_at_large_counts(name):
    family = FAMILIES[name]((3,))
    x = np.array([[0, 0, 0], [0, 0, 1], [1e5, 0, 0], [7, 0, 2e6], [1e5, 3e5, 1]], "float32")
    rng = np.random.default_rng(0)
    raw = {key: tf.constant(rng.choice(EXTREME, (200, *shape)), tf.float32) for key, shape in family.raw_shapes.items()}
    with tf.GradientTape() as tape:
        tape.watch(raw)
        value = family.of_raw({key: tf.identity(each) for key, each in raw.items()}).log_prob(x[:, None])
    assert np.isfinite(value).all()
    assert all(np.isfinite(each).all() for each in tape.gradient(value, raw).values())
    assert family.in_support(x).numpy().all()
    assert not family.in_support(x - 0.5).numpy().any()


@pytest.mark.parametrize("name", ["multinomial", "dirichlet-multinomial"])
def test_draws_of_a_total_have_its_moments(name):
    law = (multinomial() if name == "multinomial" else burst()[0]).given(tf.constant([30.0], tf.float64))
    draws = law.sample(20_000, seed=[1, 2]).numpy()[:, 0]
    assert np.unique(draws.sum(axis=1)) == [30.0]
    np.testing.assert_allclose(law.mean()[0], 30 * PROBS)
    for values, mean, variance in zip(draws.T, law.mean()[0].numpy(), law.variance()[0].numpy(), strict=True):
        assert_mean(values, mean)
        assert_mean((values - mean) ** 2, variance)
    scipy = (
        stats.multinomial(30, PROBS) if name == "multinomial" else stats.dirichlet_multinomial(burst()[1] * PROBS, 30)
    )
    np.testing.assert_allclose(law.variance()[0], np.diag(scipy.cov()), rtol=1e-6)


def test_trials_fall_by_their_probabilities():
    """On any number of outcomes, also where most have none; against the chi-square law."""
    probs = np.zeros(1000)
    probs[[0, 3, 500, 998, 999]] = [0.1, 0.2, 0.3, 0.15, 0.25]
    counts = split(tf.constant([50_000.0], tf.float64), tf.constant(probs[None]), tf.constant([1, 2])).numpy()[0]
    assert counts[probs == 0].sum() == 0
    assert stats.chisquare(counts[probs > 0], 50_000 * probs[probs > 0]).pvalue > 1e-4
    one = split(tf.constant([4.0], tf.float64), tf.ones([1, 1], tf.float64), tf.constant([1, 2]))
    assert one.numpy().tolist() == [[4.0]]


def test_a_library_sized_law_is_the_familys_of_these_means():
    family = families.LibrarySized(families.NegativeBinomial((5,), dtype="float64"), dtype="float64")
    law = of(family, logits=LOGITS, total_count=np.full(5, 0.7))
    size = families.NegativeBinomial((5,)).constrain(
        {"mean": tf.zeros([]), "total_count": tf.constant(0.7, tf.float64)}
    )
    n = float(size["total_count"])
    for x in X[1:]:
        mean = x.sum() * PROBS
        expected = stats.nbinom.logpmf(x, n, n / (n + mean)).sum()
        np.testing.assert_allclose(law.log_prob(x[None]), expected, rtol=1e-9)
    given = law.given(tf.constant([200.0], tf.float64))
    np.testing.assert_allclose(given.mean()[0], 200 * PROBS)
    draws = given.sample(20_000, seed=[1, 2]).numpy()[:, 0]
    for values, mean in zip(draws.T, 200 * PROBS, strict=True):
        assert_mean(values, mean)


def model(likelihood, **parts):
    size = likelihood.event_shape
    given = {
        "encoder": networks.LogCounts(networks.mlp_encoder(size, (16,))),
        "posterior": families.Normal((2,)),
        "prior": priors.StandardNormal((2,)),
        "decoder": networks.mlp_decoder((2,), (16,)),
        "objective": [terms.NegativeLogLikelihood(), terms.KL()],
        "preprocessing": data.Counts(),
        "seed": 0,
    }
    return VAE(likelihood=likelihood, **(given | parts))


def counts(examples=64, size=12, seed=0):
    """Counts whose totals range from 10 to 100,000."""
    rng = np.random.default_rng(seed)
    totals = np.geomspace(10, 1e5, examples).astype(int)
    return np.stack([rng.multinomial(total, rng.dirichlet(np.ones(size))) for total in totals]).astype("float32")


def test_a_reconstruction_has_the_total_of_its_x_and_a_sample_that_of_the_data():
    x = counts()
    vae = model(families.Multinomial((12,)))
    vae.trained = True
    np.testing.assert_allclose(vae.sample(3, seed=0).numpy().sum(axis=1), 1.0, rtol=1e-5)  # nothing is known yet
    for again in (vae(x), vae.reconstruct(x, seed=1), vae.variations(x, 2, seed=1)[1], vae.predict(x, verbose=0)):
        np.testing.assert_allclose(np.sum(again, axis=1), x.sum(axis=1), rtol=1e-5)
    assert vae.infer(x, seed=0).reconstruction.shape == (1, 64, 12)
    np.testing.assert_allclose(vae.infer(x, seed=0).reconstruction[0].numpy().sum(axis=1), x.sum(axis=1), rtol=1e-5)
    drawn = vae.reconstruct(x, mean=False, seed=1).numpy()
    np.testing.assert_array_equal(drawn.sum(axis=1), x.sum(axis=1))
    assert np.all(drawn == np.round(drawn))
    vae.compile("sgd")
    vae.fit(x, batch_size=64, verbose=0, sample_weight=np.where(np.arange(64) < 32, 3.0, 1.0))
    mean = (3 * x[:32].sum() + x[32:].sum()) / (3 * 32 + 32)
    np.testing.assert_allclose(vae.sample(3, seed=0).numpy().sum(axis=1), mean, rtol=1e-5)
    fixed = model(families.Multinomial((12,), total_count=50))
    fixed.trained = True
    np.testing.assert_allclose(fixed.sample(3, seed=0).numpy().sum(axis=1), 50, rtol=1e-5)


def test_a_step_without_a_gradient_keeps_the_record_of_earlier_totals():
    family = families.Multinomial((2,))
    for total, count in ((10.0, 4.0), (40.0, 2.0)):
        family.move({"total": tf.constant(total)}, tf.constant(count))
    law = family.of_raw({"logits": tf.zeros([1, 2])})
    assert float(law.mean().numpy().sum()) == pytest.approx((0.9 * 40 + 80) / (0.9 * 4 + 2))


@pytest.mark.parametrize("name", ["count_vae", "mult_vae", "prod_lda"])
def test_a_recipe_begins_with_finite_numbers_and_a_small_kl_on_raw_counts(name):
    x = counts(size=2000)
    keras.utils.set_random_seed(0)
    vae = getattr(recipes, name)((2000,), 10)
    found = vae.infer(x, seed=0)
    assert np.isfinite(found.log_likelihood).all()
    kl = found.latents[0].kl.numpy()
    assert kl.max() < 50
    assert kl.mean() < -0.05 * float(tf.reduce_mean(found.log_likelihood))


def test_the_total_says_nothing_of_z():
    """log p(x|z) of one x twice as often differs between two z by twice as much."""
    law = families.Multinomial((5,), dtype="float64").of_raw({"logits": tf.constant(np.stack([LOGITS, LOGITS[::-1]]))})
    x = X[2]
    once, twice = (np.diff(law.log_prob(times * x[None])) for times in (1, 2))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-10)


def test_the_prior_of_topics_is_the_laplace_approximation_of_a_dirichlet():
    """By the equation for any Dirichlet."""
    concentration, size = 0.7, 5
    alpha = np.full(size, concentration)
    variance = 1 / alpha * (1 - 2 / size) + np.sum(1 / alpha) / size**2
    law = recipes.prod_lda((9,), size, concentration=concentration).prior_distribution()
    np.testing.assert_allclose(law.mean(), np.log(alpha) - np.log(alpha).mean(), atol=1e-6)
    np.testing.assert_allclose(law.variance(), variance, rtol=1e-5)
