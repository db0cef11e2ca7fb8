"""The maximum mean discrepancy: the double sums of its definition, and Gaussians, where it is known."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from tests.identities.aggregates import WEIGHTS, estimate, inference
from tests.identities.statistics import SIGMAS, assert_mean
from tests.models import SHAPE, GivenDraws, RegularNoise, digits, make
from tfvae import families, networks, priors, random
from tfvae.terms import MMD, NegativeLogLikelihood, kernels


def rbf(length_scale):
    return lambda a, b: math.exp(-np.sum((a - b) ** 2) / (2 * length_scale**2))


def inverse_multiquadric(scale=1.0):
    def kernel(a, b):
        widths = [2 * a.size * scale**2 * s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10)]
        return sum(width / (width + np.sum((a - b) ** 2)) for width in widths)

    return kernel


def double_sum(z, y, weights, kernel, unbiased):
    """MMD^2 of z and y, [B, D], one pair of examples after the other."""
    total = mass = 0.0
    for i in range(len(z)):
        for j in range(len(z)):
            if unbiased and i == j:
                continue
            h = kernel(z[i], z[j]) + kernel(y[i], y[j]) - kernel(z[i], y[j]) - kernel(y[i], z[j])
            total += weights[i] * weights[j] * h
            mass += weights[i] * weights[j]
    return total / mass


def model(latent, term):
    return make(
        posterior=RegularNoise(latent) if len(latent) == 1 else families.Deterministic(latent),
        prior=GivenDraws(latent),
        decoder=networks.mlp_decoder(latent, (8,)),
        likelihood=families.Normal(SHAPE, scale=0.5),
        objective=[NegativeLogLikelihood(num_samples=3), term],
    )


KERNELS = [(kernels.RBF(1.3), rbf(1.3)), (None, inverse_multiquadric())]


@pytest.mark.parametrize("latent", [(3,), (2, 2)])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@pytest.mark.parametrize("unbiased", [True, False], ids=["unbiased", "biased"])
@pytest.mark.parametrize(("kernel", "plain"), KERNELS, ids=["RBF", "IMQ"])
def test_the_value_is_the_double_sum_over_the_first_draws(kernel, plain, unbiased, weights, latent):
    term = MMD(kernel=kernel, unbiased=unbiased, num_samples=2)
    vae = model(latent, term)
    condition = 0.5 * np.random.default_rng(0).normal(size=(5, *latent))
    seen = vae.infer(digits()[:5], condition, weights, seed=0)
    z = seen.latents[0].z
    assert z.shape[0] == 3
    y = seen.latents[0].prior.sample(2)  # the same at any seed
    expected = [
        double_sum(*(np.reshape(points[k], [5, -1]) for points in (z, y)), np.ones(5) if weights is None else weights,
                   plain, unbiased)
        for k in range(2)
    ]  # fmt: skip
    assert abs(np.ptp(expected)) > 1e-3 or len(latent) > 1
    np.testing.assert_allclose(estimate(term, seen), np.mean(expected), rtol=1e-10, atol=1e-12)


def test_the_default_kernel_follows_the_priors_scale():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(2, 4, 6))
    gram = kernels.InverseMultiquadric(0.7).gram(*tf.constant(points))
    plain = inverse_multiquadric(0.7)
    np.testing.assert_allclose(gram, [[plain(a, b) for b in points[1]] for a in points[0]], rtol=1e-12)


def normals(seed, shape):
    return random.normal(shape, tf.stack([seed, 1]), tf.float64)


def of_gaussians(loc, variance, other_loc, other_variance, length_scale):
    """E k(a, b) of an RBF for independent Gaussians of diagonal covariance."""
    spread = length_scale**2 + variance + other_variance
    return np.prod(length_scale / np.sqrt(spread) * np.exp(-((loc - other_loc) ** 2) / (2 * spread)))


@pytest.mark.parametrize("weights", [np.ones(5), WEIGHTS], ids=["alike", "weighted"])
def test_the_mean_is_the_closed_form_of_gaussians(weights):
    loc, variance, length_scale = np.array([1.0, -0.6]), np.array([0.5, 1.4]), 1.2
    law = tfd.MultivariateNormalDiag(tf.zeros(2, tf.float64))
    zz = of_gaussians(loc, variance, loc, variance, length_scale)
    yy = of_gaussians(0, 1, np.zeros(2), np.ones(2), length_scale)
    zy = of_gaussians(loc, variance, 0, 1, length_scale)
    exact = zz + yy - 2 * zy
    # Of a pair with itself, h is 2 k(0) - 2 E k(z, y).
    itself = np.sum(weights**2) / np.sum(weights) ** 2
    biased = (1 - itself) * exact + itself * 2 * (1 - zy)
    assert biased > 2 * exact
    terms = [MMD(kernel=kernels.RBF(length_scale), unbiased=unbiased, num_samples=40) for unbiased in (True, False)]

    @tf.function(autograph=False)
    def once(seed):
        z = loc + np.sqrt(variance) * normals(seed, [40, 5, 2])
        seen = inference(z, law, weights, seed)
        return [estimate(term, seen) for term in terms]

    unbiased, others = np.transpose([once(seed) for seed in tf.range(150)])
    assert_mean(unbiased, exact)
    assert_mean(others, biased)
    assert SIGMAS * unbiased.std() / np.sqrt(150) < 0.1 * exact


def test_it_is_unbiased_where_an_examples_posterior_knows_its_prior():
    """Both are N(c_i, 1/4) for the condition of each example: the aggregates are equal, whatever the conditions."""
    term = MMD(kernel=kernels.RBF(0.5), num_samples=20)

    @tf.function(autograph=False)
    def once(seed):
        c = 2 * normals(2 * seed, [5, 1])
        # Conditions of this draw only: their spread is part of the mean.
        law = tfd.MultivariateNormalDiag(c, tf.fill([5, 1], tf.constant(0.5, tf.float64)))
        z = c + 0.5 * normals(2 * seed + 1, [20, 5, 1])
        return estimate(term, inference(z, law, WEIGHTS, seed))

    found = [float(once(seed)) for seed in tf.range(150)]
    assert_mean(found, 0.0)
    # Pairs of an example's own posterior and prior count for more: with them the mean would be far away.
    itself = np.sum(WEIGHTS**2) / np.sum(WEIGHTS) ** 2
    assert itself > 20 * np.std(found) / np.sqrt(150)


@pytest.mark.parametrize("unbiased", [True, False])
def test_the_gradient_is_that_of_the_double_sum(unbiased):
    """In the draws, and in the parameters of a prior that draws by them."""
    z = tf.constant(np.random.default_rng(0).normal(size=(1, 5, 3)))
    loc = tf.constant([0.3, -0.2, 0.5], tf.float64)
    term = MMD(kernel=kernels.RBF(1.1), unbiased=unbiased)

    def value(z, loc):
        return estimate(term, inference(z, tfd.MultivariateNormalDiag(loc), WEIGHTS, seed=3))

    def plain(z, loc):
        y = tfd.MultivariateNormalDiag(loc).sample(z.shape[:2], seed=random.fold(tf.constant([7, 3]), 0, 0))
        share = WEIGHTS / WEIGHTS.sum()
        total = mass = 0.0
        for i in range(5):
            for j in range(5):
                if i != j or not unbiased:
                    pairs = [(z, z, 1), (y, y, 1), (z, y, -1), (y, z, -1)]
                    for one, two, sign in pairs:
                        squared = tf.reduce_sum((one[0, i] - two[0, j]) ** 2)
                        total += sign * share[i] * share[j] * tf.exp(-squared / (2 * 1.1**2))
                    mass += share[i] * share[j]
        return total / mass

    found = []
    for function in (value, plain):
        with tf.GradientTape() as tape:
            tape.watch([z, loc])
            result = function(z, loc)
        found.append((result, *tape.gradient(result, [z, loc])))
    for one, two in zip(*found, strict=True):
        assert np.abs(two).max() > 1e-3
        np.testing.assert_allclose(one, two, rtol=1e-10, atol=1e-12)


def test_a_weight_of_two_is_an_example_with_its_draws_twice():
    z, c = np.random.default_rng(0).normal(size=(2, 5, 3))
    repeats = np.array([2, 0, 1, 3, 1])

    def value(unbiased, z, c, weights):
        law = GivenDraws((3,)).distribution(c)
        return float(estimate(MMD(unbiased=unbiased), inference(tf.constant(z[None]), law, weights)))

    repeated = [np.repeat(values, repeats, axis=0) for values in (z, c)]
    assert value(False, z, c, repeats) == pytest.approx(value(False, *repeated, np.ones(7)), rel=1e-12)
    # Copies say nothing new of themselves: as pairs they would make the unbiased estimate larger.
    assert value(True, z, c, repeats) < value(True, *repeated, np.ones(7)) - 0.1


@pytest.mark.parametrize("weights", [[1.0], [0.0, 3.0, 0.0]])
def test_without_a_pair_the_unbiased_estimate_is_0_and_teaches_nothing(weights):
    z = tf.ones([1, len(weights), 2], tf.float64)
    law = tfd.MultivariateNormalDiag(tf.zeros(2, tf.float64))
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = estimate(MMD(), inference(z, law, weights))
    assert float(value) == 0.0
    np.testing.assert_array_equal(tape.gradient(value, z), np.zeros_like(z))
    assert float(estimate(MMD(unbiased=False), inference(z, law, weights))) > 0.0


def test_a_later_batch_of_one_example_is_trained_on():
    vae = make(objective=[NegativeLogLikelihood(), MMD(kernel=kernels.RBF())])
    vae.compile("sgd", jit_compile=False)
    history = vae.fit(digits()[:13], batch_size=4, verbose=0).history
    assert history["skipped_steps"] == [0.0]


def test_draws_without_a_gradient_teach_the_encoder_alone():
    prior = priors.GaussianMixture((3,), 4)
    prior.trainable = False
    vae = make(prior=prior, posterior=families.Normal((3,)), objective=[NegativeLogLikelihood(), MMD()])
    with tf.GradientTape() as tape:
        seen = vae.infer(digits(), seed=0)
        value = estimate(vae.objective[1], seen)
    gradients = tape.gradient(value, [prior.loc.value, vae.posterior.head.kernel.value])
    assert gradients[0] is None
    assert np.any(gradients[1])


def test_half_precision_compares_in_float32():
    keras.config.set_dtype_policy("mixed_float16")
    vae = make(objective=[NegativeLogLikelihood(), MMD()])
    keras.config.set_dtype_policy("float64")
    assert vae.objective[1].value(vae.infer(digits(), seed=0)).dtype == tf.float32
