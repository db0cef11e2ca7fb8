"""`evaluation.gaps` on linear-Gaussian models, whose gaps are known, and the search for the best q by itself."""

import numpy as np
import pytest
import tensorflow as tf

from tests.identities.statistics import assert_mean
from tests.linear_gaussian import LinearGaussian
from tests.linear_gaussian_chain import Chain
from tfvae import data, evaluation, families, terms
from tfvae.evaluation import best_posterior

OBJECTIVE = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
MODEL = LinearGaussian.random(6, 3, 0.5, orthogonal=False)
X = MODEL.sample(24)
SHIFT = 0.5


def approximation():
    """(sum log Lambda_ii - log det Lambda) / 2, KL of the best factorised Gaussian from p(z|x)."""
    return (np.log(np.diag(MODEL.precision)).sum() - np.linalg.slogdet(MODEL.precision)[1]) / 2


def amortisation():
    """s^T Lambda s / 2 for a mean that is off by s."""
    shift = SHIFT * MODEL.mean_field_scale
    return shift @ MODEL.precision @ shift / 2


def run(vae, x, family=None, **kwargs):
    return evaluation.gaps(vae, data.from_array(x, batch_size=16, shuffle=False), family, verbose=0, **kwargs)


def test_both_gaps_of_a_factorised_posterior_are_the_exact_ones():
    known = MODEL.log_marginal(X)
    found = run(MODEL.vae(OBJECTIVE, shift=SHIFT), X, log_likelihood=known, num_samples=3000)
    assert found.converged.all()
    assert not found.doubtful.any()
    np.testing.assert_array_equal(found.log_likelihood.per_example, known)
    assert_mean(found.approximation.per_example, approximation(), beyond=best_posterior.TOLERANCE / 2)
    assert_mean(found.amortisation.per_example, amortisation(), beyond=best_posterior.TOLERANCE / 2)
    np.testing.assert_allclose(
        found.approximation.value + found.amortisation.value, known.mean() - found.elbo.value, rtol=1e-10
    )


def test_another_family_wins_what_the_own_one_lacks():
    found = run(MODEL.vae(OBJECTIVE, shift=SHIFT), X, families.MultivariateNormal((3,)))
    assert not found.doubtful.any()
    np.testing.assert_allclose(found.log_likelihood.per_example, MODEL.log_marginal(X), atol=0.02)
    assert abs(found.approximation.value) < best_posterior.TOLERANCE
    assert_mean(found.amortisation.per_example, approximation() + amortisation(), beyond=best_posterior.TOLERANCE)


def test_a_flow_wins_some_of_it():
    flow = families.Transformed(families.Normal((3,)), [families.flows.InverseAutoregressive((3,))])
    found = run(MODEL.vae(OBJECTIVE, shift=SHIFT), X[:16], flow)
    won = found.amortisation.value - amortisation()
    assert approximation() / 2 < won < approximation() + best_posterior.TOLERANCE


def test_the_tails_of_a_narrow_family_are_told():
    found = run(MODEL.vae(OBJECTIVE, shift=SHIFT), X)
    assert found.doubtful.mean() > 0.3
    assert np.mean(MODEL.log_marginal(X)[found.doubtful] - found.log_likelihood.per_example[found.doubtful]) > 0.05


def test_from_far_away_the_search_ends_at_the_best_q():
    vae = MODEL.vae(OBJECTIVE, shift=6.0, widen=20.0)
    search = best_posterior.Search(vae)
    found = search.run(tf.constant(X[:16]), None, tf.constant([3, 4]))
    assert found.converged.all()
    mean = (X[:16] - MODEL.bias) @ np.linalg.solve(MODEL.precision, MODEL.weight.T / MODEL.sigma**2).T
    # KL from the best Gaussian in nats: what a mean and a scale that are slightly off lose.
    off = found.law.mean().numpy() - mean
    lost = np.einsum("bi,ij,bj->b", off, MODEL.precision, off) / 2
    lost += np.sum(np.log(MODEL.mean_field_scale / found.law.stddev().numpy()) ** 2, axis=1)
    assert lost.max() < best_posterior.TOLERANCE
    # A second batch of the same size starts anew.
    again = search.run(tf.constant(X[:16]), None, tf.constant([3, 4]))
    np.testing.assert_allclose(again.law.mean(), found.law.mean(), atol=1e-8)


def test_several_layers_are_as_good_as_their_exact_posterior():
    model = Chain.random()
    x = model.sample(16)
    known = model.log_marginal(x)
    vae = model.vae(OBJECTIVE, widen=1.8)
    vae.posterior.families[0].head.bias.assign_add([0.8, *[0.0] * 4])
    found = run(vae, x, log_likelihood=known)
    # The head gives the variances of both levels the same for all features: its widening stays.
    assert found.amortisation.value > 0.3
    widened = run(model.vae(OBJECTIVE, widen=1.8), x, log_likelihood=known)
    assert found.best_elbo.value == pytest.approx(widened.best_elbo.value, abs=0.05)
