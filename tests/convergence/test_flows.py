"""Flows, trained on digits: recipes arrive, and a learned prior lies nearer to the posteriors than the standard one."""

import keras
import numpy as np
import pytest

from tests import suites
from tests.identities.statistics import assert_positive_mean
from tfvae import VAE, data, evaluation, families, flows, networks, priors, recipes
from tfvae.terms import KL, NegativeLogLikelihood

SHAPE = (8, 8, 1)
LATENTS = 8
RECIPES = ("vae", "planar_flow_vae", "radial_flow_vae", "iaf_vae", "autoregressive_prior_vae")


def load(split):
    return data.load("digits", split, batch_size=64 if split == "train" else 180)[0]


def train(vae, epochs=60, rate=2e-3):
    steps = epochs * len(load("train"))
    vae.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps, alpha=1e-2)))
    history = vae.fit(load("train"), epochs=epochs, verbose=0).history
    assert sum(history["skipped_steps"]) == 0
    return vae


def make(recipe):
    keras.utils.set_random_seed(0)
    parts = {
        "encoder": networks.mlp_encoder(SHAPE, units=(128,)),
        "decoder": networks.mlp_decoder((LATENTS,), units=(128,)),
        "preprocessing": data.Binarize(),
        "seed": 0,
    }
    return getattr(recipes, recipe)(SHAPE, LATENTS, **parts)


def independent_pixels():
    """Returns log p(x) of the test digits under each pixel's frequency in the training digits, [N]."""
    train, test = (data.digits(split)[0].reshape(-1, 64) > 127 for split in ("train", "test"))
    frequency = (train.sum(axis=0) + 0.5) / (len(train) + 1)
    return (test * np.log(frequency) + ~test * np.log1p(-frequency)).sum(axis=1)


@pytest.mark.parametrize("recipe", suites.chosen(RECIPES, slow=("vae", "iaf_vae")))
def test_a_recipe_is_trained(recipe, record_property):
    vae = train(make(recipe))
    elbo = vae.evaluate(load("test"), return_dict=True, verbose=0)["elbo"]
    result = evaluation.log_likelihood(vae, load("test"), num_samples=1000, verbose=0)
    record_property("elbo", elbo)
    record_property("log_likelihood", (result.mean, result.standard_error))
    print(f"{recipe}: test ELBO {elbo:.2f}, log p(x) {result.mean:.2f} +- {result.standard_error:.2f} nats")
    assert_positive_mean(result.per_example - independent_pixels())
    assert elbo < result.mean


@pytest.mark.slow
def test_a_learned_prior_is_nearer_to_the_posteriors_of_held_out_digits(record_property):
    """With all but the prior held: then the KL's fall is the prior's alone."""
    trained = train(make("vae"))
    trained.trainable = False
    flow = flows.Inverted(flows.InverseAutoregressive((LATENTS,), units=(32,)))
    parts = (trained.encoder, trained.posterior)
    rest = (trained.decoder, trained.likelihood, [NegativeLogLikelihood(), KL(monte_carlo=True)])
    test = data.digits("test")[0]
    means = {}
    learned = (families.Normal((LATENTS,)), families.Transformed(families.Normal((LATENTS,)), flow))
    for name, prior in (
        ("standard", priors.StandardNormal((LATENTS,))),
        ("gaussian", priors.Learned(learned[0])),
        ("autoregressive", priors.Learned(learned[1])),
    ):
        vae = VAE(*parts, prior, *rest, preprocessing=data.Binarize(), seed=0)
        if prior.trainable_variables:
            assert len(vae.trainable_variables) == len(prior.trainable_variables)
            train(vae, epochs=30, rate=5e-3)
        # The same draws for each, so that only the prior differs.
        means[name] = vae.infer(test, num_samples=50, seed=0).log_ratio.numpy().mean(axis=0)
        record_property(f"kl_{name}", means[name].mean())
        print(f"KL of held-out posteriors from the {name} prior: {means[name].mean():.3f} nats")
    assert_positive_mean(means["standard"] - means["autoregressive"])
    # And not by a location and a scale alone: what a dimension says of the next counts.
    assert_positive_mean(means["gaussian"] - means["autoregressive"])
