"""Learned priors: nearer to where a trained encoder puts held-out digits than the standard normal."""

import functools

import keras
import numpy as np
import pytest

from tests import suites
from tests.identities.statistics import SIGMAS, assert_positive_mean
from tfvae import VAE, data, networks, priors, recipes
from tfvae.terms import KL, NegativeLogLikelihood

SHAPE, LATENTS = (8, 8, 1), 8
LEARNED = {
    "gaussian_mixture_prior_vae": lambda: priors.GaussianMixture((LATENTS,), 20),
    "vamp_prior_vae": lambda: priors.VampPrior((LATENTS,), SHAPE, 50),
}


def fit(vae, rate, epochs):
    vae.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, 23 * epochs)))
    vae.fit(data.load("digits", "train", batch_size=64)[0], epochs=epochs, verbose=0)
    return vae


def recipe(name, **more):
    keras.utils.set_random_seed(0)
    networks_pair = {
        "encoder": networks.mlp_encoder(SHAPE, (128,)),
        "decoder": networks.mlp_decoder((LATENTS,), (128,)),
    }
    return fit(getattr(recipes, name)(SHAPE, LATENTS, seed=0, **networks_pair, **more), 2e-3, 60)


@functools.cache
def trained():
    """A VAE under the standard normal."""
    return recipe("vae")


def held_out(vae):
    """Returns the forward pass of 100 draws for each test digit, binarised alike for all models."""
    return vae.infer(data.digits("test")[0], num_samples=100, seed=0)


@pytest.mark.parametrize("name", suites.chosen(LEARNED, slow=("gaussian_mixture_prior_vae",)))
def test_a_learned_prior_lowers_the_kl_of_a_trained_model(name, record_property):
    model = trained()
    parts = (model.encoder, model.posterior, model.decoder, model.likelihood)
    for part in parts:
        part.trainable = False
    encoder, posterior, decoder, likelihood = parts
    keras.utils.set_random_seed(1)
    objective = [NegativeLogLikelihood(), KL(monte_carlo=True)]
    other = VAE(encoder, posterior, LEARNED[name](), decoder, likelihood, objective, model.preprocessing, seed=0)
    assert {variable.path.split("/")[0] for variable in other.trainable_variables} == {other.prior.name}
    fit(other, 3e-2, 60)
    # The same draws of the same posteriors under both priors.
    before, after = held_out(model), held_out(other)
    lower = (before.log_ratio - after.log_ratio).numpy().mean(axis=0)
    record_property("kl", (float(before.log_ratio.numpy().mean()), float(after.log_ratio.numpy().mean())))
    assert_positive_mean(lower)


@pytest.mark.parametrize("name", suites.chosen(LEARNED, slow=("vamp_prior_vae",)))
def test_training_with_it_reaches_the_bound_of_the_standard_normal(name, record_property):
    # With eight latents, of which the decoder makes what it will, the gain is small: the two share a network's limits.
    other = recipe(name, prior=LEARNED[name]())
    gain = (held_out(other).log_weight - held_out(trained()).log_weight).numpy().mean(axis=0)
    error = gain.std(ddof=1) / np.sqrt(gain.size)
    record_property("elbo_gain", (float(gain.mean()), float(error)))
    assert gain.mean() > -SIGMAS * error
