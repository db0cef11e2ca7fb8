"""P-values of anomaly: exact ranks, uniform for data like those that calibrate, whatever the score."""

import functools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from scipy import stats

from tests.convergence.ppca import maximum_likelihood
from tests.linear_gaussian import LinearGaussian
from tfvae import data, evaluation, terms
from tfvae.evaluation import anomaly, conformal

OBJECTIVE = [terms.NegativeLogLikelihood(), terms.KL()]
# Of the two-sample statistic of Kolmogorov and Smirnov, in units of sqrt(1/n + 1/m): one in a thousand is beyond.
KOLMOGOROV = 1.95
WIDEN = 1.6


def batches(x, batch_size=100):
    return data.from_array(np.asarray(x), batch_size=batch_size, shuffle=False)


@functools.cache
def gaussian(number=0, widen=1.0):
    """A linear-Gaussian model and its VAE in float64; with `widen` of 1 an estimate by any number of draws is exact."""
    before = keras.config.dtype_policy(), keras.config.floatx()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    try:
        model = LinearGaussian.random(seed=number)
        return model, model.vae(OBJECTIVE, widen=widen)
    finally:
        keras.config.set_dtype_policy(before[0])
        keras.config.set_floatx(before[1])


def ranks(calibration, scores):
    """The definition, a pair at a time."""
    return np.array([(1 + sum(s <= c for c in calibration)) / (len(calibration) + 1) for s in scores])


def found(calibration, scores, two_sided=False):
    return evaluation.Typicality(None, np.sort(calibration), two_sided).of_scores(scores)


def distance_from_uniform(p, n):
    """The statistic of Kolmogorov and Smirnov in the units of `KOLMOGOROV`, for p-values that n examples calibrated."""
    return stats.ks_1samp(p, stats.uniform.cdf).statistic / math.sqrt(1 / n + 1 / len(p))


def test_a_rank_is_uniform_whichever_example_is_the_new_one():
    pool = np.array([3.0, -1.0, 7.5, 0.0, 2.0])
    rest = [(np.delete(pool, number), pool[number]) for number in range(5)]
    one = sorted(found(others, [new])[0] for others, new in rest)
    both = sorted(found(others, [new], two_sided=True)[0] for others, new in rest)
    np.testing.assert_allclose(one, [0.2, 0.4, 0.6, 0.8, 1.0])
    np.testing.assert_allclose(both, [0.4, 0.4, 0.8, 0.8, 1.0])


@pytest.mark.parametrize("count", [1, 2, 19, 40])
def test_the_share_of_false_alarms_over_all_splits_is_the_exact_one(count):
    # Without ties it is floor(a (n + 1)) / (n + 1), no more and no less.
    pool = np.random.default_rng(0).normal(size=count + 1)
    p = np.array([found(np.delete(pool, number), pool[[number]])[0] for number in range(count + 1)])
    for level in (0.05, 0.1, 0.5, 1.0):
        assert np.mean(p <= level + 1e-12) == pytest.approx(math.floor(level * (count + 1) + 1e-9) / (count + 1))


def test_ties_count_against_an_example():
    calibration = [1.0, 2.0, 2.0, 2.0, 5.0]
    np.testing.assert_allclose(found(calibration, [2.0, 5.0, 1.0, 5.5]), np.array([5, 2, 6, 1]) / 6)
    np.testing.assert_allclose(found(calibration, [2.0, 5.0, 1.0, 0.5], two_sided=True), [1.0, 4 / 6, 4 / 6, 2 / 6])
    # Of scores that are all the same nothing is ever called anomalous.
    assert found(np.zeros(99), np.zeros(7)).tolist() == [1.0] * 7
    # And with ties of any kind the level holds over all splits.
    pool = [0, 0, 0, 1, 1, 2, 3, 3, 3, 3]
    p = np.array([found(pool[:i] + pool[i + 1 :], [pool[i]])[0] for i in range(10)])
    assert all(np.mean(p <= level) <= level for level in np.arange(1, 11) / 10)


def test_of_one_example():
    assert found([3.0], [2.0, 3.0, 4.0]).tolist() == [1.0, 1.0, 0.5]
    assert found([3.0], [2.0, 3.0, 4.0], two_sided=True).tolist() == [1.0] * 3
    assert evaluation.Typicality(None, np.zeros(1), two_sided=True).least == 1.0
    assert evaluation.Typicality(None, np.zeros(1), two_sided=False).least == 0.5


def test_no_p_value_is_below_the_least_and_one_reaches_it():
    calibration = np.random.default_rng(0).normal(size=30)
    for sides, two_sided in ((1, False), (2, True)):
        normal = evaluation.Typicality(None, np.sort(calibration), two_sided)
        assert normal.of_scores([np.inf])[0] == normal.least == sides / 31
        assert normal.of_scores([-np.inf])[0] == (normal.least if two_sided else 1.0)


def test_in_a_graph_and_in_float32():
    calibration, scores = np.sort(np.random.default_rng(0).normal(size=[2, 50]), axis=1).astype("float32")
    traced = tf.function(lambda s: conformal.p_values(tf.constant(calibration), s, True))
    expected = np.minimum(2 * np.minimum(ranks(calibration, scores), ranks(-calibration, -scores)), 1)
    np.testing.assert_allclose(traced(tf.constant(scores)), expected, rtol=1e-6)


def test_at_the_exact_posterior_it_is_the_exact_rank_and_uniform():
    model, vae = gaussian()
    held_out, fresh = model.sample(300, seed=1), model.sample(400, seed=2)
    normal = evaluation.typicality(vae, batches(held_out), num_samples=2, verbose=0)
    np.testing.assert_allclose(normal.calibration, np.sort(-model.log_marginal(held_out)), rtol=1e-9)
    p = normal.p_values(batches(fresh))
    own, other = -model.log_marginal(held_out), -model.log_marginal(fresh)
    above = ranks(own, other)
    np.testing.assert_allclose(p, np.minimum(2 * np.minimum(above, ranks(-own, -other)), 1), rtol=1e-12)
    assert distance_from_uniform(p, 300) < KOLMOGOROV
    assert distance_from_uniform(above, 300) < KOLMOGOROV
    # Data of twice the spread are not like these.
    strange = normal.p_values(batches(model.bias + 2 * (fresh - model.bias)))
    assert np.mean(strange <= 0.05) > 0.5 > 0.1 > np.mean(p <= 0.05)
    # And a copy of the mode is too probable.
    assert normal.p_values(batches(model.bias[None])).tolist() == [normal.least]


def test_noisy_estimates_are_as_valid_and_have_draws_of_their_own():
    model, vae = gaussian(widen=WIDEN)
    held_out, fresh = batches(model.sample(300, seed=3)), batches(model.sample(400, seed=4))
    normal = evaluation.typicality(vae, held_out, num_samples=2, verbose=0)
    assert np.abs(normal.calibration - np.sort(-model.log_marginal(model.sample(300, seed=3)))).max() > 0.1
    assert distance_from_uniform(normal.p_values(fresh), 300) < KOLMOGOROV
    again, other = normal.p_values(fresh), normal.p_values(fresh, seed=1)
    np.testing.assert_array_equal(again, normal.p_values(fresh))
    assert not np.array_equal(again, other)
    # The same data by the same seed, and yet other draws: an example would otherwise share one with each batch's first.
    seen = []

    def score(dataset, seed, verbose):
        seen.append(tuple(np.asarray(seed)))
        return anomaly.NegativeLogLikelihood(vae, 2)(dataset, seed, verbose)

    one_sided = evaluation.calibrated(score, held_out, verbose=0)
    one_sided.p_values(held_out)
    assert len(set(seen)) == 2
    np.testing.assert_array_equal(one_sided.calibration, normal.calibration)


def test_a_score_is_that_of_the_draws_it_says():
    model, vae = gaussian(widen=WIDEN)
    x = batches(model.sample(50, seed=5))
    for count in (1, 7):
        expected = evaluation.log_likelihood(vae, x, count, seed=3, verbose=0).per_example
        np.testing.assert_array_equal(anomaly.NegativeLogLikelihood(vae, count)(x, seed=3), -expected)


def test_a_score_of_ones_own_reads_in_the_order_of_the_input():
    x = np.arange(60, dtype="float32")[:, None]
    shuffled = data.from_array(x, batch_size=7, shuffle=True)

    def score(dataset, seed, verbose):
        return np.concatenate(list(dataset.as_numpy_iterator()))[:, 0]

    normal = evaluation.calibrated(score, shuffled)
    np.testing.assert_allclose(normal.p_values(shuffled), (61 - np.arange(60)) / 61)


def test_ratios_ensembles_and_typical_sets_are_the_definitions():
    models, vaes = zip(*(gaussian(number) for number in range(3)), strict=True)
    x = models[0].sample(20)
    exact = np.array([model.log_marginal(x) for model in models])
    own, background, third = (anomaly.NegativeLogLikelihood(vae, 1) for vae in vaes)
    np.testing.assert_allclose(anomaly.LikelihoodRatio(own, background)(batches(x)), exact[1] - exact[0], rtol=1e-8)
    waic = exact.mean(axis=0) - np.sum((exact - exact.mean(axis=0)) ** 2, axis=0) / 2
    np.testing.assert_allclose(anomaly.WAIC([own, background, third])(batches(x)), -waic, rtol=1e-8)
    entropy = 0.5 * np.linalg.slogdet(2 * np.pi * np.e * models[0].covariance)[1]
    np.testing.assert_allclose(anomaly.TypicalSet(own, entropy)(batches(x)), np.abs(-exact[0] - entropy), rtol=1e-8)


def test_complexity_is_taken_off_in_nats(tmp_path):
    images = data.digits("test")[0][:6]
    grey = batches(images, batch_size=4)
    sizes = []
    for image in images:
        Image.fromarray(image[..., 0]).save(tmp_path / "x.png", optimize=True)
        sizes.append((tmp_path / "x.png").stat().st_size)

    def surprise(dataset, seed, verbose):
        return np.full(6, 1000.0)

    found = anomaly.InputComplexity(surprise)(grey)
    np.testing.assert_allclose(found, 1000 - 8 * np.array(sizes) * math.log(2))
    labelled = grey.map(lambda x: (x, tf.zeros(tf.shape(x)[0], tf.int32)))
    np.testing.assert_array_equal(anomaly.InputComplexity(surprise)(labelled), found)
    noise = np.random.default_rng(0).integers(0, 256, [28, 28, 3], "uint8")
    for length in (anomaly.png, anomaly.deflate):
        flat, full = length(np.zeros_like(noise)), length(noise)
        # Noise has no shorter form than its bytes.
        assert flat < 1500 < 8 * noise.size < full < 1.1 * 8 * noise.size


@functools.cache
def digits():
    """Probabilistic PCA of digits at its maximum of the likelihood, and held-out digits: validation, test."""
    train, validation, test = (
        data.digits(split)[0].reshape(-1, 64).astype("float32") / 255 for split in ("train", "validation", "test")
    )
    model = maximum_likelihood(train.mean(axis=0), np.cov(train.T, bias=True), latents=16)
    return model.vae(OBJECTIVE), validation, test


def test_noise_and_shuffled_pictures_are_less_probable_and_are_called():
    vae, validation, test = digits()
    rng = np.random.default_rng(0)
    strange = {
        "noise": rng.uniform(size=test.shape).astype("float32"),
        "shuffled": rng.permuted(test, axis=1),
    }
    normal = evaluation.typicality(vae, batches(validation), num_samples=4, verbose=0)
    known = normal.score(batches(test))
    for name, x in strange.items():
        scores = normal.score(batches(x))
        assert np.mean(scores[:, None] > known) > 0.99, name
        p = normal.p_values(batches(x))
        assert np.mean(p <= 0.05) > 0.95, name
    alarms = int(np.sum(normal.p_values(batches(test)) <= 0.05))
    # Both splits are of one source: 2 floor(0.025 (n + 1)) ranks of n + 1 are called.
    called = 2 * math.floor(0.025 * (len(validation) + 1))
    law = stats.betabinom(len(test), called, len(validation) + 1 - called)
    assert law.ppf(0.001) <= alarms <= law.ppf(0.999)


def test_it_says_what_it_is():
    model, vae = gaussian()
    normal = evaluation.calibrated(
        anomaly.TypicalSet(anomaly.NegativeLogLikelihood(vae, 2), 3.5), batches(model.bias[None])
    )
    assert repr(normal).startswith("Typicality(TypicalSet(score=NegativeLogLikelihood(vae=VAE(")
    assert repr(normal).endswith("num_samples=2), entropy=3.5), one-sided, of 1 examples)")
