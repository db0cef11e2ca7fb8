"""Every likelihood is a probability: sums and integrals are 1 in float32, at the edges of support and parameters too.

Each case is a family over one dimension, with the parameters that `constrain`
makes of raw ones, however extreme: what a network may give in a bad step.
"""

import itertools

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tfvae import families
from tfvae.families.counts import deviance, factorial_excess

RAW = (-1e4, -30.0, -1.0, 0.0, 1.0, 30.0, 1e4)
LEVELS = {
    "beta-binomial": families.BetaBinomial,
    "categorical": families.Categorical,
    "discretized logistic": families.DiscretizedLogistic,
    "mixture": lambda shape, levels: families.DiscretizedLogisticMixture(shape, levels, components=2),
}


def law(family, raw):
    """Returns the distributions [N] over one dimension for raw parameters {name: [N, ...]}."""
    shapes = family.head_shapes()
    raw = {name: tf.reshape(tf.constant(value, family.float_dtype), [-1, *shapes[name]]) for name, value in raw.items()}
    return family.build_distribution(**family.constrain(raw))


def extremes(family):
    """Returns raw parameters in every combination of `RAW`, {name: [N, ...]}."""
    shapes = family.head_shapes()
    sizes = [int(np.prod(shape)) for shape in shapes.values()]
    total = sum(sizes)
    every = RAW if total <= 2 else (-1e4, -1.0, 0.0, 1e4)
    if total <= 4:
        grid = np.array(list(itertools.product(every, repeat=total)))
    else:
        grid = np.random.default_rng(0).choice(RAW, size=(300, total))
    return dict(zip(shapes, np.split(grid, np.cumsum(sizes)[:-1], axis=1), strict=True))


def log_prob_and_gradients(family, raw, x):
    """Returns log p of each x under each law, [N, X], and the gradients in raw parameters."""
    raw = {name: tf.constant(value, family.float_dtype) for name, value in raw.items()}
    with tf.GradientTape() as tape:
        tape.watch(raw)
        distribution = law(family, {name: tf.identity(value) for name, value in raw.items()})
        value = distribution.log_prob(tf.constant(x, family.float_dtype)[:, None, None])
    return tf.transpose(value).numpy(), [gradient.numpy() for gradient in tape.gradient(value, raw).values()]


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("levels", [2, 17, 256])
def test_the_levels_probabilities_sum_to_one(name, levels):
    family = LEVELS[name]((1,), levels=levels)
    raw = extremes(family)
    x = np.arange(levels) / (levels - 1)
    log_prob, gradients = log_prob_and_gradients(family, raw, x)
    # A mean of 1e4 with a scale of 1e-3 is 1e7 scales away; the log-probability is -1e7, but it is a number.
    assert np.isfinite(log_prob).all()
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    probability = np.exp(log_prob.astype("float64"))
    np.testing.assert_allclose(probability.sum(axis=1), 1.0, atol=3e-6)
    # And mean and standard deviation are those of the probabilities.
    mean = probability @ x
    distribution = law(family, raw)
    np.testing.assert_allclose(distribution.mean()[:, 0], mean, atol=3e-6)
    spread = np.sqrt(np.sum(probability * (x - mean[:, None]) ** 2, axis=1))
    np.testing.assert_allclose(distribution.stddev()[:, 0], spread, atol=1e-4)


@pytest.mark.parametrize("name", LEVELS)
def test_draws_have_the_levels_probabilities(name):
    levels, count = 5, 20_000
    family = LEVELS[name]((1,), levels=levels)
    rng = np.random.default_rng(3)
    distribution = law(family, {key: rng.normal(size=(1, *shape)) for key, shape in family.head_shapes().items()})
    x = np.arange(levels, dtype="float32") / (levels - 1)
    probability = np.exp(distribution.log_prob(x[:, None, None]).numpy()[:, 0].astype("float64"))
    draws = distribution.sample(count, seed=[1, 2]).numpy().ravel()
    observed = [np.sum(draws == value) for value in x]
    assert sum(observed) == count
    assert stats.chisquare(observed, count * probability / probability.sum()).pvalue > 1e-4


@pytest.mark.parametrize("name", LEVELS)
def test_what_is_no_level_is_outside_the_support(name):
    family = LEVELS[name]((2,), levels=17)
    inside = np.array([[0.0, 1.0], [0.0625, 0.5], [0.03, 0.5], [1.0625, 0.5], [np.nan, 0.0], [-0.0625, 0]], "float32")
    assert family.in_support(inside).numpy().tolist() == [True, True, False, False, False, False]
    # Pixels that aren't numbers mustn't become some level in silence: the guard skips such steps.
    distribution = family.distribution(tf.zeros([6, 3]))
    assert np.isnan(distribution.log_prob(inside)).tolist() == [False] * 4 + [True, False]


def test_a_discretized_logistic_is_differences_of_its_distribution_function():
    levels, loc, scale = 256, 0.4, 0.07
    x = np.arange(levels) / (levels - 1)
    edges = stats.logistic.cdf(np.concatenate([[-np.inf], (x[1:] + x[:-1]) / 2, [np.inf]]), loc, scale)
    family = families.DiscretizedLogistic((1,), dtype="float64")
    distribution = family.build_distribution(tf.constant([[loc]], "float64"), tf.constant([[scale]], "float64"))
    np.testing.assert_allclose(np.exp(distribution.log_prob(x[:, None, None])[:, 0]), np.diff(edges), rtol=1e-9)


def test_a_beta_binomial_is_that_of_the_formula():
    k = np.arange(256)
    for mean, concentration in ((0.3, 5.0), (0.5, 2.0), (0.01, 0.1), (0.999, 300.0)):
        logits = tf.constant([[np.log(mean / (1 - mean))]], "float64")
        family = families.BetaBinomial((1,), dtype="float64")
        distribution = family.build_distribution(logits, tf.constant([[concentration]], "float64"))
        # The library's mean stays 1e-6 away from 0 and 1.
        mean = 1e-6 + (1 - 2e-6) * mean
        expected = stats.betabinom.logpmf(k, 255, concentration * mean, concentration * (1 - mean))
        np.testing.assert_allclose(distribution.log_prob(k[:, None, None] / 255)[:, 0], expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("rate", [1e-4, 1.0, 30.0, 1e3, 1e6])
def test_poisson_probabilities_sum_to_one(rate):
    spread = 9 * np.sqrt(rate) + 30
    x = np.arange(max(0, np.floor(rate - spread)), rate + spread)
    family = families.Poisson((1,))
    distribution = family.build_distribution(tf.constant([[rate]], "float32"))
    log_prob = distribution.log_prob(x[:, None, None]).numpy()[:, 0]
    assert np.exp(log_prob.astype("float64")).sum() == pytest.approx(1.0, abs=2e-6)
    expected = stats.poisson.logpmf(x, float(np.float32(rate)))
    np.testing.assert_allclose(log_prob, expected, rtol=1e-5, atol=1e-5)
    assert distribution.mean().numpy() == pytest.approx(rate)


@pytest.mark.parametrize("mean", [1e-3, 1.0, 100.0, 1e4])
@pytest.mark.parametrize("total_count", [0.1, 1.0, 50.0, 1e4, 1e8])
def test_negative_binomial_probabilities_sum_to_one(mean, total_count):
    family = families.NegativeBinomial((1,))
    x = np.arange(mean + 50 * np.sqrt(mean + mean**2 / total_count) + 50)
    distribution = family.build_distribution(tf.constant([[mean]], "float32"), tf.constant([[total_count]], "float32"))
    log_prob = distribution.log_prob(x[:, None, None]).numpy()[:, 0]
    # What the sum leaves out is 1e-3 where zeros are inflated most, and SciPy's sum leaves out the same.
    expected = stats.nbinom.logpmf(x, float(np.float32(total_count)), total_count / (total_count + mean))
    assert np.exp(log_prob.astype("float64")).sum() == pytest.approx(np.exp(expected).sum(), abs=2e-6)
    assert distribution.mean().numpy() == pytest.approx(mean, rel=1e-5)
    assert distribution.variance().numpy() == pytest.approx(mean + mean**2 / total_count, rel=1e-5)


@pytest.mark.parametrize("family", [families.Poisson((1,)), families.NegativeBinomial((1,))], ids=["poisson", "nb"])
def test_counts_have_finite_gradients_however_bad_the_parameters(family):
    log_prob, gradients = log_prob_and_gradients(family, extremes(family), np.array([0.0, 1.0, 20.0, 1e4, 1e6]))
    assert np.isfinite(log_prob).all()
    assert (log_prob < 1e-4).all()
    assert all(np.isfinite(gradient).all() for gradient in gradients)
    supported = family.in_support(np.array([[0.0], [3.0], [1.5], [-1.0], [np.nan]], "float32"))
    assert supported.numpy().tolist() == [True, True, False, False, False]
    assert law(family, {name: np.zeros([1, 1]) for name in family.head_shapes()}).log_prob([[-1.0]]).numpy() == -np.inf


def test_stirlings_pieces():
    x = np.concatenate([np.arange(60), np.logspace(2, 7, 20).round()])
    mean = 1.7 * x + 1e-3
    exact = np.where(x > 0, x * np.log(np.where(x > 0, x, 1) / mean), 0) + mean - x
    np.testing.assert_allclose(deviance(tf.constant(x, tf.float32), tf.constant(mean, tf.float32)), exact, rtol=1e-5)
    np.testing.assert_allclose(deviance(tf.constant(x), tf.constant(mean)), exact, rtol=1e-12)
    # Near its zero, where the definition has lost every digit: d^2 / 2 m - d^3 / 6 m^2 for x = m + d.
    near = 64**2 / (2e6 + 128) + 64**3 / (6e12)
    np.testing.assert_allclose(deviance(tf.constant(1e6), tf.constant(1e6 + 64)), near, rtol=1e-6)
    assert deviance(tf.constant(1e6), tf.constant(1e6)) == 0
    exact = [float(np.sum(np.log(np.arange(1, n + 1)))) - (n * np.log(n) if n else 0) + n for n in range(60)]
    np.testing.assert_allclose(factorial_excess(tf.range(60, dtype=tf.float32)), exact, atol=3e-6)
    np.testing.assert_allclose(factorial_excess(tf.range(60, dtype=tf.float64)), exact, atol=1e-11)


CONTINUOUS = {
    "normal": families.Normal,
    "laplace": families.Laplace,
    "logistic": families.Logistic,
    "student's t": families.StudentT,
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_density_on_the_line_integrates_to_one(name):
    family = CONTINUOUS[name]((1,))
    raw = {key: grid[:, 0] for key, grid in zip(family.head_shapes(), np.meshgrid(*[[0]] * 3), strict=False)}
    cases = list(itertools.product((-1e3, 0.0, 0.3), (-30.0, 0.0, 1e3), (-30.0, 0.0, 1e4)))[:: 1 if "df" in raw else 3]
    raw = {key: np.array(cases)[:, number] for number, key in enumerate(raw)}
    distribution = law(family, raw)
    # By the law's own quantiles where it has them, x = loc + scale sinh(t): even a t law's tails decay exponentially
    # in t, and the trapezoidal rule converges faster than any power.
    parameters = family.constrain({key: tf.constant(value[:, None], tf.float32) for key, value in raw.items()})
    t = np.linspace(-30, 30, 6001)
    scale = parameters["scale"].numpy().astype("float64")[:, 0]
    x = parameters["loc"].numpy()[:, 0] + scale * np.sinh(t)[:, None]
    log_prob = distribution.log_prob(x.astype("float32")[..., None]).numpy().astype("float64")
    density = np.exp(log_prob) * scale * np.cosh(t)[:, None]
    # float32 holds x only to 6e-8 loc, which a narrow law far from 0 feels: those are looked at relative to loc.
    near = np.abs(parameters["loc"].numpy()[:, 0]) < 100 * scale
    assert near.sum() >= len(cases) // 2
    np.testing.assert_allclose((density.sum(axis=0) * (t[1] - t[0]))[near], 1.0, atol=2e-5)


@pytest.mark.parametrize("name", CONTINUOUS)
def test_densities_on_the_line_have_finite_gradients(name):
    family = CONTINUOUS[name]((1,))
    log_prob, gradients = log_prob_and_gradients(family, extremes(family), np.array([-1e3, -1.0, 0.0, 0.3, 1e3]))
    assert np.isfinite(log_prob).all()
    assert all(np.isfinite(gradient).all() for gradient in gradients)


LOGITS = [0.0, *(sign * size for size in (1e-6, 1e-3, 0.01, 0.1, 1.0, 10.0, 50.0, 1e3, 1e5) for sign in (-1, 1))]


def test_the_continuous_bernoulli_integrates_to_one():
    family = families.ContinuousBernoulli((1,))
    logits = np.array(LOGITS)
    distribution = law(family, {"logits": logits})
    # Gauss-Legendre on x = u / |logits| where the density falls within a sliver of [0, 1].
    nodes, weights = np.polynomial.legendre.leggauss(60)
    length = np.minimum(1.0, 40 / np.maximum(np.abs(logits), 1e-9))
    distance = length * (nodes[:, None] + 1) / 2
    x = np.where(logits > 0, 1 - distance, distance)
    # In float64, but for the density: 1 - 1e-5 u is not a number that float32 knows.
    small = np.abs(logits) <= 1e3
    log_prob = distribution.log_prob(x.astype("float32")[..., None]).numpy()
    mass = np.sum(np.exp(log_prob) * weights[:, None] / 2, axis=0) * length
    np.testing.assert_allclose(mass[small], 1.0, atol=1e-4)
    value, gradients = log_prob_and_gradients(family, {"logits": logits}, np.array([0.0, 0.3, 1.0]))
    assert np.isfinite(value).all()
    assert np.isfinite(gradients[0]).all()
    # The normaliser at 1/2 is 2, and there the density is flat.
    assert value[0].tolist() == [0.0, 0.0, 0.0]
    assert family.in_support(np.array([[0.0], [1.0], [1.1], [-0.1]])).numpy().tolist() == [True, True, False, False]


def test_the_continuous_bernoullis_mean_is_not_its_parameter():
    # Equation 8 of the paper, which is 1/2 at p = 1/2 and 0.669 at p = 0.9.
    p = np.array([0.1, 0.4999, 0.5, 0.9])
    distribution = law(families.ContinuousBernoulli((1,)), {"logits": np.log(p / (1 - p))})
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(p == 0.5, 0.5, p / (2 * p - 1) + 1 / (2 * np.arctanh(1 - 2 * p)))
    np.testing.assert_allclose(distribution.mean()[:, 0], expected, atol=1e-5)


def test_the_continuous_bernoullis_spread_is_that_of_its_density():
    logits = np.array(LOGITS)
    distribution = law(families.ContinuousBernoulli((1,)), {"logits": logits})
    # Moments of exp(l x) on [0, 1] as sums over Gauss-Legendre nodes, from the end where the mass is.
    size = np.maximum(np.abs(logits), 1e-9)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    distance = np.minimum(1.0, 40 / size) * (nodes[:, None] + 1) / 2
    density = weights[:, None] * np.exp(-size * distance)
    density /= density.sum(axis=0)
    first = np.sum(density * distance, axis=0)
    spread = np.sqrt(np.sum(density * (distance - first) ** 2, axis=0))
    np.testing.assert_allclose(distribution.stddev()[:, 0], spread, rtol=1e-5)
    np.testing.assert_allclose(distribution.mean()[:, 0], np.where(logits > 0, 1 - first, first), rtol=1e-4, atol=1e-6)
