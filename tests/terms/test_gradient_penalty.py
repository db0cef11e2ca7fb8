"""The slope of the decoder, beside finite differences and what linear algebra knows."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.identities.statistics import assert_mean
from tests.models import LATENT, SHAPE, digits, make
from tests.parts.composed import by_modality, ladder, with_views
from tfvae import families, networks, terms


def draws(vae, count, x=None):
    """The term's value for one example's code, each time with another probe."""
    x = digits()[:1] if x is None else x
    vae.posterior.head.kernel.assign(tf.zeros_like(vae.posterior.head.kernel))
    inference = vae.infer(np.repeat(x, count, axis=0), seed=1)
    return vae.objective[-1].value(inference).numpy(), inference.z[0, 0].numpy()


def points(likelihood=None, decoder=None):
    return make(
        posterior=families.Deterministic(LATENT),
        likelihood=likelihood or families.Normal(SHAPE, scale=1.0),
        decoder=decoder,
        objective=[terms.NegativeLogLikelihood(), terms.GradientPenalty()],
    )


def test_of_a_linear_decoder_it_is_the_squared_norm_of_its_matrix():
    vae = points(decoder=networks.linear(LATENT))
    kernel = vae.likelihood.head.kernel.numpy()
    assert kernel.shape == (3, 64)
    assert_mean(draws(vae, 4000)[0], np.sum(kernel.astype("float64") ** 2))


def test_one_dimension_of_x_leaves_nothing_to_chance():
    """v^2 = 1, and the estimate is the slope's square whatever v is."""
    vae = make(
        encoder=networks.linear((1,)),
        decoder=networks.mlp_decoder(LATENT, (8,), "tanh"),
        posterior=families.Normal(LATENT),
        likelihood=families.Normal((1,), scale=1.0),
        objective=[terms.NegativeLogLikelihood(), terms.GradientPenalty(num_samples=2)],
        preprocessing=None,
    )
    inference = vae.infer(np.random.default_rng(0).normal(size=(5, 1)), seed=0)
    z, step = inference.z.numpy().astype("float64"), 1e-2
    slopes = []
    for number in range(3):
        ahead, behind = (z + sign * step * np.eye(3)[number] for sign in (1, -1))
        mean = [vae.decode(each).mean().numpy()[..., 0].astype("float64") for each in (ahead, behind)]
        slopes.append((mean[0] - mean[1]) / (2 * step))
    expected = np.sum(np.square(slopes), axis=0).mean(axis=0)
    np.testing.assert_allclose(vae.objective[1].value(inference), expected, rtol=1e-3)


@pytest.mark.parametrize("likelihood", [families.Bernoulli, lambda shape: families.Normal(shape, scale=1.0)])
def test_it_is_the_norm_of_the_jacobian_by_finite_differences(likelihood):
    keras.config.set_dtype_policy("float64")
    vae = points(likelihood(SHAPE), networks.mlp_decoder(LATENT, (16,), "tanh"))
    keras.config.set_dtype_policy("float32")
    values, z = draws(vae, 4000)
    steps = 1e-5 * np.eye(3)
    jacobian = (vae.decode(z + steps).mean() - vae.decode(z - steps).mean()).numpy() / 2e-5
    assert_mean(values, np.sum(jacobian**2))


def test_its_gradient_is_that_of_the_value():
    vae = points(decoder=networks.mlp_decoder(LATENT, (8,), "tanh"))
    inner = vae.decoder.layers[-1].kernel if hasattr(vae.decoder.layers[-1], "kernel") else vae.decoder.weights[0]
    for kernel in (inner, vae.likelihood.head.kernel, vae.posterior.head.kernel):

        def value():
            return tf.reduce_mean(vae.objective[1].value(vae.infer(digits()[:4], seed=0)))

        with tf.GradientTape() as tape:
            now = value()
        gradient, before = tape.gradient(now, kernel.value), kernel.numpy()
        direction = np.sign(gradient.numpy())
        ends = []
        for step in (1e-2, -1e-2):
            kernel.assign(before + step * direction)
            ends.append(float(value()))
        kernel.assign(before)
        np.testing.assert_allclose(np.sum(gradient * direction), (ends[0] - ends[1]) / 2e-2, rtol=2e-2)


def test_each_example_is_penalised_at_its_own_code_under_its_own_label():
    """A condition is part of what is decoded: the value of an example is that in a batch of its own kind."""
    pair = {
        "encoder": networks.Conditional(networks.mlp_encoder((8, 8, 11), (16,)), num_classes=10),
        "decoder": networks.Conditional(networks.mlp_decoder((3 + 10,), (16,), "tanh"), num_classes=10),
    }
    vae = make(
        posterior=families.Deterministic(LATENT),
        objective=[terms.NegativeLogLikelihood(), terms.GradientPenalty(num_samples=2000)],
        **pair,
    )
    for label in (0, 7):
        inference = vae.infer(digits()[:1], np.array([label]), seed=0)
        z = inference.z[0, 0].numpy()
        ends = [vae.decode(z + sign * 1e-2 * np.eye(3), np.full(3, label)).mean().numpy() for sign in (1, -1)]
        expected = np.sum(((ends[0] - ends[1]) / 2e-2) ** 2)
        np.testing.assert_allclose(vae.objective[1].value(inference), [expected], rtol=0.1)


def test_several_layers_and_several_modalities_have_a_slope():
    several = ladder()
    vae = make(**(several | {"objective": [*several["objective"], terms.GradientPenalty()]}))
    assert np.all(vae.objective[-1].value(vae.infer(digits()[:4], seed=0)) > 0)
    parts = by_modality()
    vae = make(**parts, objective=[terms.NegativeLogLikelihood(), terms.KL(), terms.GradientPenalty()])
    assert np.all(vae.objective[-1].value(vae.infer(with_views()[:4], seed=0)) > 0)
