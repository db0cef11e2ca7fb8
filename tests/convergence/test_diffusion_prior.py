"""A diffusion as the prior, trained with the rest, on three planted clusters whose log p(x) is known."""

import keras
import numpy as np
import pytest
from scipy import special, stats

from tests.identities.statistics import SIGMAS
from tfvae import families, networks, recipes

pytestmark = pytest.mark.slow

WEIGHTS, MEANS, SPREAD = np.array([0.5, 0.3, 0.2]), np.array([[3.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]]), 0.6
STEPS = 1600


def draw(count, seed):
    rng = np.random.default_rng(seed)
    return (MEANS[rng.choice(3, count, p=WEIGHTS)] + SPREAD * rng.normal(size=(count, 2))).astype("float32")


def log_p(x):
    return special.logsumexp(stats.norm(0, SPREAD).logpdf(x[:, None] - MEANS).sum(-1) + np.log(WEIGHTS), axis=1)


def test_a_diffusion_trained_with_the_rest_knows_of_planted_clusters(record_property):
    keras.utils.set_random_seed(0)
    parts = {"encoder": networks.linear((2,)), "decoder": networks.linear((2,)), "preprocessing": None}
    likelihood = families.Normal((2,), scale=0.3)
    vae = recipes.diffusion_prior_vae((2,), 2, filters=32, likelihood=likelihood, seed=0, **parts)
    vae.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, STEPS, alpha=1e-2)))
    train = draw(20_000, 1)
    vae.fit(train, batch_size=100, epochs=STEPS // 200, verbose=0)
    held_out = draw(4000, 2)
    inference = vae.infer(held_out, num_samples=40, seed=0)
    (level,) = inference.latents
    prior = vae.prior.distribution().bound(level.z, [3, 1], False).numpy()
    bound = (inference.log_likelihood.numpy() - level.log_q.numpy() + prior).mean(axis=0)
    gap = log_p(held_out) - bound
    error = gap.std(ddof=1) / len(gap) ** 0.5
    best = stats.multivariate_normal(train.mean(0), np.cov(train.T)).logpdf(held_out)
    of_gaussian = (log_p(held_out) - best).mean()
    record_property("gap, nats", gap.mean())
    record_property("gap of the best Gaussian, nats", of_gaussian)
    assert gap.mean() > -SIGMAS * error
    # Most of what the best Gaussian loses is won.
    assert gap.mean() < 0.5 * of_gaussian
