"""Each likelihood, trained on data of its own law, reaches what no model can pass: minus the entropy.

In expectation over new data E[log p_true(x)] - ELBO = KL(p_true || p) + the bound's gap >= 0, by Gibbs' inequality.
Where the law is in the model's reach the first is p / (2 N) nats for p parameters fitted to N examples (Wilks), here
0.001 at most; the rest is what the posterior still says of an x that has no latent.
"""

import keras
import numpy as np
import pytest
from scipy import special, stats

from tests import suites
from tests.identities.statistics import SIGMAS
from tfvae import VAE, data, families, networks, priors
from tfvae.terms import KL, NegativeLogLikelihood

SIZE, COUNT, LEVELS = 4, 8000, 17
LOC, SCALE = np.array([-1.0, 0.0, 0.5, 2.0]), np.array([0.5, 0.7, 1.0, 1.5])
MEAN, SHAPE = np.array([0.7, 1.5, 3.0, 6.0]), np.array([0.8, 1.5, 3.0, 5.0])
LOGIT = np.array([-3.0, -1.0, 0.5, 2.0])


class _ContinuousBernoulli:
    """On [0, 1] the density proportional to exp(l x): l exp(l x) / (exp(l) - 1)."""

    @staticmethod
    def rvs(size, random_state):
        # The inverse of its distribution function (exp(l x) - 1) / (exp(l) - 1).
        return np.log1p(random_state.uniform(size=size) * np.expm1(LOGIT)) / LOGIT

    @staticmethod
    def logpdf(x):
        return LOGIT * x + np.log(LOGIT / np.expm1(LOGIT))


# The law by SciPy, and the family that is to learn it; x is the law's outcome, or a level of it.
LAWS = {
    "laplace": (stats.laplace(LOC, SCALE), families.Laplace),
    "student's t": (stats.t(5.0, LOC, SCALE), families.StudentT),
    "poisson": (stats.poisson(MEAN), families.Poisson),
    "negative binomial": (stats.nbinom(SHAPE, SHAPE / (SHAPE + MEAN)), families.NegativeBinomial),
    "beta-binomial": (
        stats.betabinom(LEVELS - 1, SHAPE * special.expit(LOGIT), SHAPE * special.expit(-LOGIT)),
        lambda shape: families.BetaBinomial(shape, levels=LEVELS),
    ),
    "continuous bernoulli": (_ContinuousBernoulli, families.ContinuousBernoulli),
}


@pytest.mark.parametrize("name", suites.chosen(LAWS, slow=("laplace", "beta-binomial")))
def test_a_likelihood_reaches_the_entropy_of_its_law(name, record_property):
    law, family = LAWS[name]
    log_prob = getattr(law, "logpdf", None) or law.logpmf
    unit = LEVELS - 1 if name == "beta-binomial" else 1
    train, test = (law.rvs(size=(COUNT, SIZE), random_state=np.random.default_rng(seed)) for seed in (1, 2))
    keras.utils.set_random_seed(0)
    vae = VAE(
        encoder=networks.mlp_encoder((SIZE,), (16,)),
        posterior=families.Normal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=networks.mlp_decoder((2,), (16,)),
        likelihood=family((SIZE,)),
        objective=[NegativeLogLikelihood(), KL()],
        seed=0,
    )
    steps = 4000
    vae.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, steps)))
    batches = data.from_array((train / unit).astype("float32"), batch_size=1000)
    vae.fit(batches.repeat(steps // (5 * 8)), epochs=5, verbose=0)
    inference = vae.infer((test / unit).astype("float32"), num_samples=10, seed=0)
    bound = inference.log_likelihood.numpy().mean(axis=0) - inference.latents[0].kl.numpy()
    gap = log_prob(test).sum(axis=1) - bound
    error = gap.std(ddof=1) / np.sqrt(gap.size)
    record_property("gap", (float(gap.mean()), float(error), float(-log_prob(test).sum(axis=1).mean())))
    assert -SIGMAS * error < gap.mean() < 0.01 + SIGMAS * error
    # Little beside what wrong parameters cost, such as those of the neighbouring dimension.
    wrong = log_prob(np.roll(test, 1, axis=1)).sum(axis=1)
    assert np.mean(log_prob(test).sum(axis=1) - wrong) > 0.1
