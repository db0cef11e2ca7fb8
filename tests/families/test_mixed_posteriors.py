"""Mixtures and semi-implicit families: their densities, gradients and bounds, against closed forms."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests.linear_gaussian import LinearGaussian
from tfvae import families, terms

WEIGHTS, LOCS, SCALES = (
    np.array([0.2, 0.5, 0.3]),
    np.array([[-2.0, 0.5], [0.0, 1.0], [1.5, -1.0]]),
    np.array([0.5, 1.0]),
)


def mixture(logits=None, loc=None, scale=None):
    family = families.Mixture(families.Normal((2,), dtype="float64"), components=3, dtype="float64")
    given = {"logits": np.log(WEIGHTS), "of_loc": LOCS, "of_scale": np.broadcast_to(SCALES, (3, 2))}
    found = {"logits": logits, "of_loc": loc, "of_scale": scale}
    return family.build_distribution(
        **{name: tf.constant(value) if found[name] is None else found[name] for name, value in given.items()}
    )


def test_the_density_of_a_mixture_is_that_of_its_formula():
    x = np.array([[0.1, 0.2], [-1.0, 3.0]])
    each = [stats.multivariate_normal(loc, np.diag(SCALES**2)).pdf(x) for loc in LOCS]
    np.testing.assert_allclose(mixture().log_prob(x), np.log(WEIGHTS @ each), rtol=1e-10)
    np.testing.assert_allclose(mixture().mean(), WEIGHTS @ LOCS, rtol=1e-10)


def test_draws_of_a_mixture_are_of_it():
    z = mixture().sample(20_000, seed=[0, 1]).numpy()
    for dimension in range(2):

        def cdf(x, dimension=dimension):
            return WEIGHTS @ [stats.norm(loc[dimension], SCALES[dimension]).cdf(x) for loc in LOCS]

        assert stats.kstest(z[:, dimension], cdf).pvalue > 1e-3
    # Dimensions that depend on each other through the component.
    covariance = sum(w * np.outer(m, m) for w, m in zip(WEIGHTS, LOCS - WEIGHTS @ LOCS, strict=True))
    products = np.prod(z - WEIGHTS @ LOCS, axis=-1)
    assert abs(products.mean() - covariance[0, 1]) < 4 * products.std() / np.sqrt(len(z))


def test_the_gradient_of_a_mixtures_draws_is_that_of_their_expectation():
    """Of E[z_1], E[z_1^2] and E[z_1 z_2] in logits, locations and scales, by their formulas."""
    count = 20_000
    start = [tf.constant(np.log(WEIGHTS)), tf.constant(LOCS), tf.constant(np.broadcast_to(SCALES, (3, 2)))]
    many = [tf.repeat(each[None], count, 0) for each in start]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(many)
        z = mixture(*many).sample(seed=[0, 1])
        values = [z[:, 0], z[:, 0] ** 2, z[:, 0] * z[:, 1]]
    with tf.GradientTape(persistent=True) as exact:
        exact.watch(start)
        logits, loc, scale = start
        weights = tf.nn.softmax(logits)
        moments = [loc[:, 0], loc[:, 0] ** 2 + scale[:, 0] ** 2, loc[:, 0] * loc[:, 1]]
        means = [tf.reduce_sum(weights * each) for each in moments]
    for value, mean in zip(values, means, strict=True):
        for found, expected in zip(
            tape.gradient(value, many), exact.gradient(mean, start, unconnected_gradients="zero"), strict=True
        ):
            error = np.std(found, axis=0) / np.sqrt(count)
            assert np.all(np.abs(np.mean(found, axis=0) - expected) < 4.5 * error + 1e-9)


MODEL = LinearGaussian.random(orthogonal=True, seed=3)


def weights(vae, x, copies, draws):
    """log p(x, z) - log q(z), [draws, B, copies]; each copy of x has a posterior of its own draws of psi."""
    found = vae.infer(np.repeat(x, copies, axis=0), num_samples=draws, seed=0).log_weight
    return found.numpy().reshape(draws, len(x), copies)


def bound(vae, x):
    """The mean of log p(x, z) - log q(z) over draws of each x, and its standard error."""
    values = weights(vae, x, 50, 20).mean(axis=0)
    return values.mean(axis=-1), values.std(axis=-1, ddof=1) / np.sqrt(50)


def exact_mixing(num_mixing, share=0.7):
    """A semi-implicit posterior of a linear model, exact if its mixing is integrated out.

    A share of the variance is that of the mixing, the rest that of the Gaussian.
    """
    keras.config.set_dtype_policy("float64")
    try:
        size, latents = len(MODEL.bias), MODEL.latents
        family = families.SemiImplicit(
            families.Normal((latents,), min_scale=1e-3), num_mixing, latents, latents, activation="linear"
        )
        vae = MODEL.vae([terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)], posterior=family)
    finally:
        keras.config.set_dtype_policy("float32")
    kernel = np.linalg.solve(MODEL.precision, MODEL.weight.T / MODEL.sigma**2).T
    family.head.kernel.assign(kernel)
    family.head.bias.assign(-MODEL.bias @ kernel)
    family._noise_kernel.assign(np.sqrt(share) * np.diag(MODEL.mean_field_scale))
    family._kernel.assign(np.concatenate([np.eye(latents), np.zeros((latents, latents))], axis=1))
    raw = family.family.raw_from_scale(np.sqrt(1 - share) * MODEL.mean_field_scale)
    family._bias.assign(np.concatenate([np.zeros(latents), raw]))
    assert size == vae.likelihood.event_shape[0]
    return vae


def test_the_semi_implicit_bound_rises_with_the_draws_to_log_p():
    x = MODEL.sample(3)
    found = [bound(exact_mixing(count), x) for count in (0, 3, 30, 1000)]
    log_p = MODEL.log_marginal(x)
    for (low, error), (high, other) in itertools.pairwise(found):
        assert np.all(high - low > -4 * np.hypot(error, other))
    means = [float(mean.mean()) for mean, _ in found]
    assert np.all(np.diff(means) > 0)
    # Without other draws it is the ELBO of z and psi together: less by the KL of psi's laws given z and alone, of
    # Gaussians whose variances are as 1 - share and 1.
    assert means[0] < log_p.mean() - 1
    mean, error = found[-1]
    assert np.all(np.abs(mean - log_p) < 4 * error + 0.02)
    assert np.all(mean < log_p + 4 * error)


@pytest.mark.parametrize("num_mixing", [0, 2])
def test_the_weights_of_a_semi_implicit_posterior_have_the_mean_p(num_mixing):
    """Whatever the number of draws of psi: also the estimate of log p(x) is that of any posterior."""
    x = MODEL.sample(2)
    vae = exact_mixing(num_mixing, share=0.3)
    ratios = np.exp(weights(vae, x, 1000, 5) - MODEL.log_marginal(x)[:, None]).mean(axis=0)
    assert np.all(np.abs(ratios.mean(axis=-1) - 1) < 4 * ratios.std(axis=-1) / np.sqrt(1000))


def test_a_mixtures_importance_weighted_bound_rises_to_log_p():
    """Of two components beside the exact posterior, as many draws as it takes."""
    keras.config.set_dtype_policy("float64")
    try:
        family = families.Mixture(families.Normal((MODEL.latents,)), components=2)
        vae = MODEL.vae([terms.ImportanceWeighted(1)], posterior=family)
    finally:
        keras.config.set_dtype_policy("float32")
    kernel = np.linalg.solve(MODEL.precision, MODEL.weight.T / MODEL.sigma**2).T
    shift, scale = 0.8 * MODEL.mean_field_scale, MODEL.mean_field_scale
    zeros = np.zeros((len(MODEL.bias), 2))
    raw = family.family.raw_from_scale(scale)
    wide = np.zeros((len(MODEL.bias), 2 * MODEL.latents))
    family.head.kernel.assign(np.concatenate([zeros, kernel, kernel, wide], axis=1))
    middle = -MODEL.bias @ kernel
    family.head.bias.assign(np.concatenate([np.zeros(2), middle - shift, middle + shift, raw, raw]))
    x = MODEL.sample(3)
    log_weight = vae.infer(x, num_samples=32_000, seed=0).log_weight.numpy()
    means = []
    for draws in (1, 4, 64):
        groups = log_weight.reshape(-1, draws, 3)
        values = np.log(np.mean(np.exp(groups), axis=1)).mean(axis=-1)
        means.append((values.mean(), values.std() / np.sqrt(len(values))))
    log_p = MODEL.log_marginal(x).mean()
    assert means[0][0] < means[1][0] < means[2][0] < log_p + 4 * means[2][1]
    assert log_p - means[0][0] > 0.1
    assert abs(means[2][0] - log_p) < 0.02


def test_draws_of_one_semi_implicit_law_for_each_of_one_draw_are_those_without_that_axis():
    """As below another layer: matrices of such axes are where TensorFlow's own product wrote beyond its memory."""
    family = families.SemiImplicit(families.Normal((3,)), num_mixing=3, noise_size=2, units=4)
    family.build((None, 5))
    features = np.random.default_rng(0).normal(size=(12, 5)).astype("float32")
    for seed in range(10):
        plain = family.distribution(features).experimental_sample_and_log_prob((), seed=[seed, 1])
        found = family.distribution(features[None]).experimental_sample_and_log_prob((), seed=[seed, 1])
        for one, other in zip(plain, found, strict=True):
            np.testing.assert_allclose(other[0], one, rtol=1e-4, atol=1e-5)
