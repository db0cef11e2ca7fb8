"""The covariance of the latents, beside NumPy's."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tfvae import families, flows, networks, priors, terms

WEIGHTS = np.array([1, 0, 2, 3, 1, 2] * 6)


def penalty(covariance, off_diagonal, diagonal):
    rest = covariance - np.eye(len(covariance))
    each = np.where(np.eye(len(covariance), dtype=bool), diagonal, off_diagonal)
    return np.sum(each * rest**2)


def measured(term, weights=None, **parts):
    vae = make(objective=[terms.NegativeLogLikelihood(), term], **parts)
    inference = vae.infer(digits(), sample_weight=weights, seed=0)
    return term.value(inference).numpy(), vae.encode(digits())


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["even", "weighted"])
@pytest.mark.parametrize("full", [False, True])
def test_it_is_the_distance_of_numpys_covariance_from_the_identity(weights, full):
    parts = {"posterior": families.MultivariateNormal(LATENT) if full else families.Normal(LATENT)}
    value, law = measured(terms.Covariance(2.0, 5.0), weights, **parts)
    of_means = np.cov(law.mean().numpy().T, fweights=weights, ddof=0)
    np.testing.assert_allclose(value, [penalty(of_means, 2.0, 5.0)] * 36, rtol=1e-5)
    value, _ = measured(terms.Covariance(2.0, 5.0, of_draws=True), weights, **parts)
    spread = law.covariance().numpy() if full else np.eye(3) * law.variance().numpy()[:, None]
    of_draws = of_means + np.average(spread, axis=0, weights=weights)
    np.testing.assert_allclose(value, [penalty(of_draws, 2.0, 5.0)] * 36, rtol=1e-5)


def test_that_of_z_is_that_of_its_draws():
    """The law of total covariance, of 40,000 draws."""
    vae = make(objective=[terms.NegativeLogLikelihood(), terms.Covariance(0.0, 1.0, of_draws=True)])
    z = vae.encode(digits()).sample(40_000, seed=1).numpy().reshape(-1, 3)
    value = vae.objective[1].value(vae.infer(digits(), seed=0))[0]
    variances = z.var(axis=0)
    error = np.sqrt(np.sum((2 * (variances - 1) * variances) ** 2 * 2 / len(z)))
    assert abs(value - np.sum((variances - 1) ** 2)) < 4 * error


def test_a_map_of_latents_is_flattened():
    decoder = networks.mlp_decoder((2, 2, 1), (8,))
    parts = {"posterior": families.Normal((2, 2, 1)), "prior": priors.StandardNormal((2, 2, 1)), "decoder": decoder}
    value, law = measured(terms.Covariance(2.0, 5.0, of_draws=True), **parts)
    spread = np.diag(law.variance().numpy().reshape(36, 4).mean(axis=0))
    covariance = np.cov(law.mean().numpy().reshape(36, 4).T, ddof=0) + spread
    np.testing.assert_allclose(value[0], penalty(covariance, 2.0, 5.0), rtol=1e-5)


def test_points_have_the_covariance_of_their_codes():
    likelihood = families.Normal(SHAPE, scale=1.0)
    for of_draws in (False, True):
        term = terms.Covariance(1.0, 1.0, of_draws)
        value, law = measured(term, posterior=families.Deterministic(LATENT), likelihood=likelihood)
        np.testing.assert_allclose(value[0], penalty(np.cov(law.mean().numpy().T, ddof=0), 1.0, 1.0), rtol=1e-5)


def test_its_gradient_whitens_the_means():
    """A descent of the codes by themselves ends at a covariance of 1."""
    vae = make(objective=[terms.NegativeLogLikelihood(0.0), terms.Covariance(1.0, 1.0)])
    kernel, x = vae.posterior.head.kernel, digits()
    for _ in range(400):
        with tf.GradientTape() as tape:
            loss = vae.shares(vae.infer(x, seed=0)).loss
        kernel.assign_sub(0.02 * tape.gradient(loss, kernel.value))
    np.testing.assert_allclose(np.cov(vae.encode(x).mean().numpy().T, ddof=0), np.eye(3), atol=0.02)


@pytest.mark.parametrize("of_draws", [False, True])
def test_a_posterior_whose_moments_are_not_known_is_refused(of_draws):
    posterior = families.Transformed(families.Normal(LATENT), flows.Planar(LATENT))
    with pytest.raises(
        ValueError, match=r"Covariance needs the mean and the covariance.*Transformed.*families\.Normal"
    ):
        make(posterior=posterior, objective=[terms.NegativeLogLikelihood(), terms.Covariance(of_draws=of_draws)])
