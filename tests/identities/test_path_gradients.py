"""The gradient along the paths of the draws: none of it at the exact posterior, the bound's in expectation.

Sticking the landing (Roeder et al. 2017) is that of the ELBO, the doubly reparameterised one (Tucker et al. 2019)
that of the importance-weighted bound; `PathGradient` makes either of its bound.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tests.identities.statistics import SIGMAS
from tests.linear_gaussian import LinearGaussian
from tests.models import gradients_of
from tfvae import families
from tfvae.inference import Inference, Latent
from tfvae.terms import ImportanceWeighted, MultiplyImportanceWeighted, PathGradient

tfd = tfp.distributions

BOUNDS = {
    "ELBO": ImportanceWeighted(1),
    "ELBO, 6 draws": MultiplyImportanceWeighted(6, 1),
    "IWAE": ImportanceWeighted(6),
    "MIWAE": MultiplyImportanceWeighted(2, 3),
}
bounds = pytest.mark.parametrize("bound", BOUNDS.values(), ids=BOUNDS)


@bounds
def test_a_paths_weight_is_the_first_derivative_less_the_second(bound):
    log_weight = tf.constant(np.random.default_rng(0).normal(size=(bound.num_samples, 5)))
    with tf.GradientTape(persistent=True) as outer:
        outer.watch(log_weight)
        with tf.GradientTape() as inner:
            inner.watch(log_weight)
            value = tf.reduce_sum(bound.lower_bound(log_weight))
        first = inner.gradient(value, log_weight)
        rows = tf.unstack(first)
    assert np.all(first > 0)
    np.testing.assert_allclose(tf.reduce_sum(first, axis=0), 1.0, rtol=1e-12)
    second = np.stack([outer.gradient(row, log_weight).numpy()[k] for k, row in enumerate(rows)])
    np.testing.assert_allclose(bound.path_weights(log_weight), first - second, rtol=1e-10, atol=1e-14)


@bounds
def test_at_the_exact_posterior_every_draws_gradient_of_the_encoder_is_zero(bound):
    model = LinearGaussian.random()
    x = model.sample(4)
    largest = {}
    for term in (PathGradient(bound), bound):
        vae = model.vae([term])
        with tf.GradientTape(persistent=True) as tape:
            inference = vae.infer(x, seed=0)
            surrogate, _ = term.surrogates(inference)
        # Of each draw of each example, and of each example in each parameter: no sum that noise could cancel in.
        each = [tape.gradient(surrogate, inference.latents[0].z).numpy()]
        each += [tape.jacobian(surrogate, v.value).numpy() for v in vae.posterior.trainable_variables]
        assert each[0].shape == (bound.num_samples, 4, 3)
        largest[term] = [np.abs(values).max() for values in each]
    path, plain = largest.values()
    assert max(path) < 1e-12
    assert min(plain[1:]) > 0.1


def test_a_step_at_the_exact_posterior_moves_the_decoder_alone():
    model = LinearGaussian.random()
    x = model.sample(4)
    steps = []
    for term in (ImportanceWeighted(5), PathGradient(ImportanceWeighted(5))):
        vae = model.vae([term], scale="dimension")
        vae.compile(keras.optimizers.SGD(0.1))
        parts = (vae.posterior, vae.likelihood)
        before = [part.get_weights() for part in parts]
        vae.fit(x, verbose=0)
        after = [part.get_weights() for part in parts]
        steps.append(
            [max(np.abs(a - b).max() for a, b in zip(*w, strict=True)) for w in zip(after, before, strict=True)]
        )
    (plain_encoder, plain_decoder), (encoder, decoder) = steps
    assert encoder < 1e-12 < 0.01 < plain_encoder
    assert min(decoder, plain_decoder) > 0.01


def draw(model, draws, examples=1, seed=0, made_of_q=0.0):
    """Returns an `Inference` of one x, many times, and the posterior's parameters of each, [N, d].

    q is not exact. The prior's location is the posterior's times `made_of_q`.
    """
    x = tf.repeat(tf.constant(model.sample(1)), examples, axis=0)
    family, latents = families.Normal((model.latents,)), model.latents
    exact = (x - model.bias) @ model.weight / model.sigma**2 @ np.linalg.inv(model.precision)
    parameters = {
        "loc": exact + 0.6 * model.mean_field_scale,
        "scale": tf.ones_like(exact) * model.mean_field_scale * 1.3,
    }

    def inference(loc, scale):
        posterior = family.build_distribution(loc, scale)
        z, log_q = posterior.experimental_sample_and_log_prob(draws, seed=[seed, 1])
        prior = tfd.MultivariateNormalDiag(made_of_q * loc, tf.ones(latents, tf.float64))
        likelihood = tfd.MultivariateNormalDiag(
            z @ tf.constant(model.weight.T) + model.bias, model.sigma * tf.ones(len(model.bias), tf.float64)
        )
        stopped = lambda: family.build_distribution(tf.stop_gradient(loc), tf.stop_gradient(scale))  # noqa: E731
        latent = Latent(z, log_q, posterior, prior, stopped)
        weights = tf.ones([examples], tf.float64) / examples
        return Inference(x, (latent,), likelihood, draws, weights, tf.constant(float(examples)))

    return inference, parameters


def encoder_gradients(term, inference, parameters):
    """Returns the gradient of each example in its own loc and scale, [N, 2 d]."""
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        surrogate, _ = term.surrogates(inference(**parameters))
    return np.concatenate(list(tape.gradient(surrogate, parameters).values()), axis=1)


@pytest.mark.parametrize("made_of_q", [0.0, 0.5], ids=["a prior", "a prior made of q"])
@bounds
def test_its_mean_is_the_bounds_gradient(bound, made_of_q):
    model = LinearGaussian.random()
    examples = 40_000
    means = []
    for seed, term in enumerate((bound, PathGradient(bound))):
        inference, parameters = draw(model, bound.num_samples, examples, seed, made_of_q)
        means.append(encoder_gradients(term, inference, parameters))
    # Independent samples: the t statistic of the difference of two means, one for each parameter.
    plain, path = means
    error = np.sqrt((plain.var(axis=0, ddof=1) + path.var(axis=0, ddof=1)) / examples)
    scores = (plain.mean(axis=0) - path.mean(axis=0)) / error
    assert np.abs(scores).max() < SIGMAS, scores
    # A test that could see a fifth of it: the gradient is far from zero in some parameter.
    assert np.max(np.abs(path.mean(axis=0)) / error) > 5 * SIGMAS


def test_dropping_the_score_of_the_importance_weighted_bound_is_not_enough():
    # With weights a_k in place of their squares the test above must fail: the second reparameterisation counts.
    model, bound, examples = LinearGaussian.random(), ImportanceWeighted(6), 40_000
    inference, parameters = draw(model, 6, examples)
    plain = encoder_gradients(bound, inference, parameters)
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        biased = -bound.lower_bound(inference(**parameters).path_log_weight)
    biased = np.concatenate(list(tape.gradient(biased, parameters).values()), axis=1)
    error = np.sqrt((plain.var(axis=0) + biased.var(axis=0)) / examples)
    assert np.max(np.abs(plain.mean(axis=0) - biased.mean(axis=0)) / error) > 10


EXAMPLES = 10_000


def signal_to_noise(term):
    """Returns the length of (mean / standard deviation) of the encoder's gradient, of one x, over its parameters."""
    inference, parameters = draw(LinearGaussian.random(), term.num_samples, EXAMPLES)
    gradients = encoder_gradients(term, inference, parameters)
    return np.linalg.norm(gradients.mean(axis=0) / gradients.std(axis=0))


def test_the_signal_to_noise_falls_with_the_draws_but_not_along_paths():
    # Rainforth et al. (2018), theorem 1: under IWAE that of the encoder falls as k^-1/2. Tucker et al. (2019): that of
    # the doubly reparameterised gradient rises as k^1/2. For 8 times the draws both say a factor of 2.8.
    few, many = ImportanceWeighted(4), ImportanceWeighted(32)
    plain, path = ([signal_to_noise(make(bound)) for bound in (few, many)] for make in (lambda b: b, PathGradient))
    # Each of the six ratios has the standard error 1 / sqrt(EXAMPLES), times a little where it is large.
    error = np.sqrt(6 / EXAMPLES)
    assert plain[1] + SIGMAS * error < plain[0] / 1.4
    assert path[1] > 1.4 * path[0] + SIGMAS * error
    assert path[0] > plain[0]


@bounds
def test_the_generative_networks_gradient_is_the_bounds_own(bound):
    model = LinearGaussian.random()
    x = model.sample(6)
    found = []
    for term in (bound, PathGradient(bound)):
        vae = model.vae([term], widen=1.5, scale="shared")
        gradients, loss = gradients_of(vae, x, seed=3)
        decoder = {id(v) for v in vae.likelihood.trainable_variables}
        found.append([g.numpy() for v, g in zip(vae.trainable_variables, gradients, strict=True) if id(v) in decoder])
        found[-1].append(loss.numpy())
    assert len(found[0]) == 4
    for plain, path in zip(*found, strict=True):
        np.testing.assert_array_equal(plain, path)
        assert np.any(plain)
