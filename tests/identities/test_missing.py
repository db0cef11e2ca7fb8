"""Models of x with missing entries: log p(x_observed) of linear-Gaussian models is a Gaussian's marginal."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tests.identities.statistics import assert_mean
from tests.linear_gaussian import LinearGaussian, gaussian_log_density, set_normal_head
from tests.models import gradients_of
from tfvae import VAE, data, evaluation, families, networks, priors
from tfvae.terms import KL, ImportanceWeighted, NegativeLogLikelihood

tfd = tfp.distributions

PATTERN = np.array([True, False, True, True, False])


def log_marginal(model, x):
    """Returns log p of what is there of each row of x, [B]."""
    found = []
    for row in x:
        there = ~np.isnan(row)
        covariance = model.covariance[np.ix_(there, there)]
        found.append(gaussian_log_density(row[None, there], model.bias[there], covariance)[0] if there.any() else 0.0)
    return np.array(found)


def exact_posterior(model, x):
    """Returns p(z|what is there of x), batch shape [B], which has other factors for each pattern."""
    there = ~np.isnan(x)
    precision = np.eye(model.latents) + np.einsum("bi,ij,ik->bjk", there, model.weight, model.weight) / model.sigma**2
    residual = np.where(there, x - model.bias, 0.0) @ model.weight / model.sigma**2
    covariance = np.linalg.inv(precision)
    loc = np.einsum("bjk,bk->bj", covariance, residual)
    return tfd.MultivariateNormalTriL(loc, np.linalg.cholesky(covariance))


def observed_vae(model, objective, **kwargs):
    size = len(model.bias)
    return model.vae(
        objective,
        likelihood=families.Observed(families.Normal((size,), scale=model.sigma)),
        encoder=networks.WithMask(networks.linear((2 * size,))),
        posterior=families.Normal((model.latents,)),
        **kwargs,
    )


def set_encoder(model, vae, pattern):
    """Makes q(z|x) the best factorised posterior of x with this pattern: affine in zeros and mask."""
    weight = model.weight * pattern[:, None]
    precision = np.eye(model.latents) + weight.T @ weight / model.sigma**2
    kernel = np.linalg.solve(precision, weight.T / model.sigma**2).T
    # The mean is that of x - b where an entry is there: the mask subtracts b.
    kernel = np.concatenate([kernel, -model.bias[:, None] * kernel])
    set_normal_head(vae.posterior, kernel, np.zeros(model.latents), np.diag(precision) ** -0.5)


def holes(x, share=0.4, seed=3):
    gaps = np.random.default_rng(seed).random(x.shape) < share
    gaps[0] = True
    gaps[1] = False
    return np.where(gaps, np.nan, x)


def test_at_the_exact_posterior_of_each_pattern_every_draw_gives_log_p():
    model = LinearGaussian.random(orthogonal=False)
    x = holes(model.sample(12))
    vae = observed_vae(model, [ImportanceWeighted(4)])
    for seed in range(3):
        inference = vae.infer_from(exact_posterior(model, x), tf.constant(x), None, 4, tf.constant([seed, 7]))
        expected = log_marginal(model, x)
        np.testing.assert_allclose(inference.log_weight, np.tile(expected, [4, 1]), rtol=0, atol=1e-10)
    assert expected[0] == 0
    np.testing.assert_allclose(expected[1], model.log_marginal(x[1:2])[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize("objective", [[ImportanceWeighted(5)], [NegativeLogLikelihood(), KL(monte_carlo=True)]])
def test_an_encoder_of_zeros_and_mask_is_exact_for_its_pattern(objective):
    model = LinearGaussian.random(latents=1)  # one latent: every pattern's posterior is factorised
    vae = observed_vae(model, objective)
    vae.compile("sgd")
    vae.trained = True
    set_encoder(model, vae, PATTERN)
    x = np.where(PATTERN, model.sample(9), np.nan)
    expected = log_marginal(model, x)
    estimate = evaluation.log_likelihood(vae, data.from_array(x, batch_size=4, missing=True), 6, verbose=0)
    np.testing.assert_allclose(estimate.per_example, expected, rtol=0, atol=1e-10)
    np.testing.assert_allclose(
        estimate.bits_per_dimension, -expected.mean() / (PATTERN.sum() * np.log(2)), rtol=0, atol=1e-10
    )
    metrics = vae.evaluate(x, batch_size=4, verbose=0, return_dict=True)
    np.testing.assert_allclose(metrics["loss"], -expected.mean(), rtol=0, atol=1e-10)


def test_bits_count_what_is_there_of_rescaled_data():
    model = LinearGaussian.random(latents=1)
    x = holes(model.sample(9))
    plain, scaled = (
        observed_vae(model, [ImportanceWeighted(1)], preprocessing=step)
        for step in (None, data.Rescale(2.0, raw_dtype="float64"))
    )
    bits = []
    for vae, raw in ((plain, x), (scaled, x / 2)):
        vae.trained = True
        set_encoder(model, vae, PATTERN)
        bits.append(evaluation.log_likelihood(vae, data.from_array(raw, missing=True), 6, verbose=0).bits_per_dimension)
    # A density of x / 2 is twice that of x in each dimension that is there: one bit less.
    np.testing.assert_allclose(bits[1], bits[0] - 1, rtol=0, atol=1e-10)


def test_gradients_are_those_of_the_model_of_what_is_there():
    model = LinearGaussian.random(size=5, latents=2, orthogonal=False)
    part = dataclasses.replace(model, weight=model.weight[PATTERN], bias=model.bias[PATTERN])
    x = np.where(PATTERN, model.sample(7), np.nan)
    vae = observed_vae(model, [NegativeLogLikelihood(), KL()])
    of_part = part.vae(
        [NegativeLogLikelihood(), KL()],
        likelihood=families.Normal((3,), scale=model.sigma),
        encoder=networks.WithMask(networks.linear((6,))),
        posterior=families.Normal((2,)),
    )
    set_encoder(model, vae, PATTERN)
    set_encoder(part, of_part, np.ones(3, bool))
    gradients, loss = gradients_of(vae, x)
    expected, same = gradients_of(of_part, x[:, PATTERN])
    np.testing.assert_allclose(loss, same, rtol=0, atol=1e-10)
    both = np.tile(PATTERN, 2)
    # The heads of posterior and likelihood, kernel and bias each.
    (q_kernel, q_bias, p_kernel, p_bias), (kernel, bias, decoded, mean) = gradients, expected
    np.testing.assert_allclose(q_kernel.numpy()[both], kernel, rtol=0, atol=1e-10)
    np.testing.assert_array_equal(q_kernel.numpy()[~both], 0)
    np.testing.assert_allclose(q_bias, bias, rtol=0, atol=1e-10)
    np.testing.assert_allclose(p_kernel.numpy()[:, PATTERN], decoded, rtol=0, atol=1e-10)
    np.testing.assert_array_equal(p_kernel.numpy()[:, ~PATTERN], 0)
    np.testing.assert_allclose(p_bias.numpy()[PATTERN], mean, rtol=0, atol=1e-10)
    np.testing.assert_array_equal(p_bias.numpy()[~PATTERN], 0)


def test_a_model_of_whole_data_is_the_plain_one_to_the_last_bit():
    model = LinearGaussian.random()
    x = model.sample(8)
    plain = model.vae(
        [NegativeLogLikelihood(), KL()],
        encoder=networks.WithMask(networks.linear((10,))),
        posterior=families.Normal((3,)),
    )
    observed = observed_vae(model, [NegativeLogLikelihood(), KL()])
    observed.set_weights(plain.get_weights())
    (gradients, loss), (expected, same) = (gradients_of(vae, x) for vae in (observed, plain))
    assert float(loss) == float(same)
    for one, other in zip(gradients, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_reconstructions_fill_the_gaps_with_their_conditional_mean():
    model = LinearGaussian.random(latents=1)
    vae = observed_vae(model, [ImportanceWeighted(1)])
    vae.compile("sgd")
    vae.trained = True
    set_encoder(model, vae, PATTERN)
    x = np.where(PATTERN, model.sample(4), np.nan)
    there, gone = np.ix_(PATTERN, PATTERN), np.ix_(~PATTERN, PATTERN)
    gain = model.covariance[gone] @ np.linalg.inv(model.covariance[there])
    expected = model.bias[~PATTERN] + (x - model.bias)[:, PATTERN] @ gain.T
    for filled in (vae.predict(x, verbose=0), vae.variations(x, 1, scale=0.0)[0].numpy()):
        np.testing.assert_allclose(filled[:, ~PATTERN], expected, rtol=0, atol=1e-10)
    draws = vae.reconstruct(np.repeat(x[:1], 20_000, axis=0), seed=1).numpy()
    assert_mean(draws[:, 1], expected[0, 0])


def test_of_two_views_either_may_be_missing():
    """A `Joint` of both is the model of what is there of the vector that they make."""
    model = LinearGaussian.random(size=5, latents=2, orthogonal=False)
    views = [families.Observed(families.Normal((size,), scale=model.sigma)) for size in (3, 2)]
    vae = model.vae(
        [ImportanceWeighted(4)],
        likelihood=families.Joint(views),
        encoder=networks.WithMask(networks.linear((10,))),
        posterior=families.Normal((2,)),
    )
    x = model.sample(9)
    x[1::3, :3] = np.nan
    x[2::3, 3:] = np.nan
    inference = vae.infer_from(exact_posterior(model, x), tf.constant(x), None, 4, tf.constant([0, 7]))
    np.testing.assert_allclose(inference.log_weight, np.tile(log_marginal(model, x), [4, 1]), rtol=0, atol=1e-10)
    gradients, loss = gradients_of(vae, x)
    whole, same = gradients_of_one(model, vae, x)
    np.testing.assert_allclose(loss, same, rtol=0, atol=1e-10)
    for one, other in zip(gradients, whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-10)


def gradients_of_one(model, vae, x):
    """Returns what `gradients_of` does for the model of one vector with the weights of `vae`."""
    one = observed_vae(model, [ImportanceWeighted(4)])
    one.set_weights(vae.get_weights())
    return gradients_of(one, x)


@pytest.mark.slow
def test_training_with_gaps_learns_the_law_of_what_is_there():
    """With 30 % missing, log p of what is there comes near the law's own, and gaps are filled better than by means."""
    keras.config.set_dtype_policy("float32")
    model = LinearGaussian.random(size=6, latents=2, sigma=0.3)
    truth = model.sample(6000)
    x = holes(truth, share=0.3)
    vae = VAE(
        encoder=networks.WithMask(networks.mlp_encoder((12,), (64,), "tanh")),
        posterior=families.MultivariateNormal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=networks.linear((2,)),
        likelihood=families.Observed(families.Normal((6,), scale="shared")),
        objective=[NegativeLogLikelihood(), KL()],
        seed=0,
    )
    vae.compile(keras.optimizers.Adam(5e-3))
    history = vae.fit(x[1000:], batch_size=100, epochs=60, verbose=0).history
    assert sum(history["skipped_steps"]) == 0
    held_out, best = x[:1000], log_marginal(model, x[:1000])
    bound = vae.evaluate(held_out, verbose=0, return_dict=True)["elbo"]
    estimate = evaluation.log_likelihood(vae, data.from_array(held_out, missing=True), 200, verbose=0)
    # It learnt all but a few hundredths of a nat of 6 that independent entries would miss.
    independent = np.nansum(
        -0.5 * (held_out - model.bias) ** 2 / np.diag(model.covariance)
        - 0.5 * np.log(2 * np.pi * np.diag(model.covariance)) * ~np.isnan(held_out),
        axis=1,
    )
    assert best.mean() - 0.1 < estimate.mean < best.mean() + 0.02
    assert best.mean() - 0.2 < bound < best.mean() + 0.02
    assert independent.mean() < best.mean() - 1
    gaps = np.isnan(held_out)
    conditional = exact_posterior(model, held_out).mean().numpy() @ model.weight.T + model.bias
    errors = [
        np.mean((filled - truth[:1000])[gaps] ** 2)
        for filled in (vae.predict(held_out, verbose=0), conditional, np.nanmean(x, axis=0) + 0 * truth[:1000])
    ]
    assert errors[1] < errors[0] < 1.1 * errors[1] < 0.7 * errors[2]
