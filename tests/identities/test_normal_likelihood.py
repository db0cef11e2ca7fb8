"""The Gaussian likelihood: squared error with its constants, and the scale that is best."""

import numpy as np
import pytest
import tensorflow as tf

from tests.linear_gaussian import LinearGaussian
from tfvae import families
from tfvae.terms import KL, NegativeLogLikelihood

OBJECTIVE = [NegativeLogLikelihood(num_samples=3), KL()]


@pytest.mark.parametrize("sigma", [0.1, 1.0, 3.0])
def test_a_fixed_scale_is_squared_error_with_its_constants(sigma):
    model = LinearGaussian.random(sigma=sigma)
    x = model.sample(7)
    vae = model.vae(OBJECTIVE)
    inference = vae.infer(x, seed=0)
    mean = inference.latents[0].z.numpy() @ model.weight.T + model.bias
    squared_error = np.sum((x - mean) ** 2, axis=-1)
    expected = squared_error / (2 * sigma**2) + 0.5 * len(model.bias) * np.log(2 * np.pi * sigma**2)
    value = NegativeLogLikelihood().value(inference)
    assert value.shape == (7,)
    np.testing.assert_allclose(value, expected.mean(axis=0), rtol=1e-12)


def scale_gradient(kind, scale_of):
    """Returns the gradient of the loss in the raw scale where scale^2 = `scale_of(squared errors [K, B, D])`."""
    model = LinearGaussian.random()
    x = model.sample(9)
    vae = model.vae(OBJECTIVE, scale=kind)
    errors = (x - vae.infer(x, seed=0).likelihood.mean().numpy()) ** 2
    vae.likelihood.raw_scale.assign(vae.likelihood.raw_from_scale(np.sqrt(scale_of(errors))))
    with tf.GradientTape() as tape:
        inference = vae.infer(x, seed=0)
        loss = inference.share(sum(term.value(inference) for term in vae.objective))
    return tape.gradient(loss, vae.likelihood.raw_scale.value).numpy()


# "shared" has one optimum for all dimensions, "shared_dimension" one for each.
@pytest.mark.parametrize(("kind", "axes"), [("shared", (0, 1, 2)), ("shared_dimension", (0, 1))])
def test_the_best_learned_variance_is_the_mean_squared_error(kind, axes):
    at_optimum = scale_gradient(kind, lambda errors: errors.mean(axis=axes))
    assert at_optimum.shape == (() if kind == "shared" else (5,))
    assert np.all(np.abs(at_optimum) < 1e-12)
    # Any wider scale feels a force downwards, any narrower one upwards.
    assert np.all(scale_gradient(kind, lambda errors: 1.01 * errors.mean(axis=axes)) > 1e-3)
    assert np.all(scale_gradient(kind, lambda errors: 0.99 * errors.mean(axis=axes)) < -1e-3)


# One variance for each example is best at its mean squared error, one for each dimension at its own squared error.
@pytest.mark.parametrize(("kind", "axes"), [("dimension", ()), ("example", (-1,))])
def test_the_best_variance_from_the_head_is_the_squared_error_that_it_is_for(kind, axes):
    rng = np.random.default_rng(0)
    loc, errors = rng.normal(size=(4, 5)), rng.normal(size=(4, 5)) ** 2 + 0.01
    family = families.Normal((5,), scale=kind, dtype="float64")
    best = errors.mean(axis=axes, keepdims=True) if axes else errors
    for factor, sign in ((1.0, 0), (1.01, 1), (0.99, -1)):
        scale = tf.constant(np.sqrt(factor * best))
        with tf.GradientTape() as tape:
            tape.watch(scale)
            loss = -tf.reduce_sum(family.build_distribution(tf.constant(loc), scale).log_prob(loc + np.sqrt(errors)))
        gradient = tape.gradient(loss, scale).numpy()
        assert np.all(np.abs(gradient) < 1e-9) if sign == 0 else np.all(sign * gradient > 1e-3)


def test_a_scale_from_the_head_has_the_density_of_its_formula():
    rng = np.random.default_rng(0)
    for kind in ("dimension", "example"):
        model = LinearGaussian.random()
        x = model.sample(4)
        vae = model.vae(OBJECTIVE, scale=kind)
        kernel = vae.likelihood.head.kernel
        kernel.assign(kernel + 0.3 * rng.normal(size=kernel.shape))
        inference = vae.infer(x, seed=0)
        parameters = vae.likelihood.parameters(inference.latents[0].z)
        loc, scale = (parameters[name].numpy() for name in ("loc", "scale"))
        assert scale.shape == (3, 4, 5 if kind == "dimension" else 1)
        assert scale.std() > 0.01
        terms = (x - loc) ** 2 / scale**2 + 2 * np.log(scale) + np.log(2 * np.pi) + np.zeros_like(loc)
        np.testing.assert_allclose(inference.log_likelihood, -0.5 * terms.sum(axis=-1), rtol=1e-12)
