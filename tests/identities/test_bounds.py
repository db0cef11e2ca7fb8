"""What the bounds are at, and near, the exact posterior of a linear-Gaussian model."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests.identities.statistics import assert_mean, assert_positive_mean
from tests.linear_gaussian import LinearGaussian
from tfvae.terms import KL, ImportanceWeighted, NegativeLogLikelihood


def negative_bound(vae, inference):
    """Returns the objective's value, [B]."""
    return sum(term.value(inference) for term in vae.objective).numpy()


def sampled(num_samples=1):
    return [NegativeLogLikelihood(num_samples=num_samples), KL(monte_carlo=True, num_samples=num_samples)]


@pytest.mark.parametrize("objective", [sampled(), sampled(7), [ImportanceWeighted(1)], [ImportanceWeighted(9)]])
def test_at_the_exact_posterior_every_draw_gives_log_p(objective):
    model = LinearGaussian.random()
    x = model.sample(6)
    vae = model.vae(objective)
    for seed in range(5):
        bound = -negative_bound(vae, vae.infer(x, seed=seed))
        np.testing.assert_allclose(bound, model.log_marginal(x), rtol=0, atol=1e-10)


def test_at_the_exact_posterior_the_closed_kl_gives_log_p_in_the_mean():
    # The draws now differ: the mean over them must be log p(x) within its standard error.
    model = LinearGaussian.random()
    x = model.sample(1)
    vae = model.vae([NegativeLogLikelihood(), KL()])
    bounds = -negative_bound(vae, vae.infer(np.repeat(x, 100_000, axis=0), seed=0))
    assert bounds.std() > 0.1
    assert_mean(bounds, model.log_marginal(x)[0])


def sigma_points(loc, scale):
    """Returns [2d, d] points over which the mean of any quadratic is that under N(loc, diag(scale^2))."""
    steps = np.sqrt(len(loc)) * np.diag(scale)
    return loc + np.concatenate([steps, -steps])


def exact_elbo(model, vae, x):
    """Returns the ELBO of one x by the closed KL and the exact mean of the quadratic log p(x|z)."""
    posterior = vae.encode(x)
    points = sigma_points(posterior.mean().numpy()[0], posterior.stddev().numpy()[0])
    log_likelihood = vae.decode(points[:, None]).log_prob(x).numpy().mean()
    return log_likelihood - KL().value(vae.infer(x, seed=0)).numpy()[0]


def test_the_gap_of_the_best_mean_field_posterior():
    # KL(q || p(z|x)) = (sum_i log Lambda_ii - log det Lambda) / 2.
    model = LinearGaussian.random(orthogonal=False)
    gap = 0.5 * (np.log(np.diag(model.precision)).sum() - np.linalg.slogdet(model.precision)[1])
    assert gap > 0.1
    x = model.sample(1)
    vae = model.vae(sampled())
    log_p = model.log_marginal(x)[0]
    assert log_p - exact_elbo(model, vae, x) == pytest.approx(gap, abs=1e-10)
    assert_mean(log_p + negative_bound(vae, vae.infer(np.repeat(x, 100_000, axis=0), seed=1)), gap)
    # It is the best one: every other variance, and every other mean, leaves a wider gap.
    for change in ({"widen": 1.1}, {"widen": 0.9}, {"shift": 0.1}, {"shift": -0.1}):
        assert log_p - exact_elbo(model, model.vae(sampled(), **change), x) > gap + 1e-3


def test_importance_weighting_with_one_sample_is_the_sampled_elbo():
    model = LinearGaussian.random(orthogonal=False)
    x = model.sample(8)
    elbo, weighted = model.vae(sampled()), model.vae([ImportanceWeighted(1)])
    first, second = elbo.infer(x, seed=3), weighted.infer(x, seed=3)
    np.testing.assert_array_equal(first.latents[0].z, second.latents[0].z)
    # The same three densities are added in another order: equal to the last digits.
    np.testing.assert_allclose(negative_bound(elbo, first), negative_bound(weighted, second), rtol=1e-14)


def test_importance_weighting_with_one_sample_has_the_gradient_of_the_sampled_elbo():
    model = LinearGaussian.random(orthogonal=False)
    x = model.sample(8)
    gradients = []
    for objective in (sampled(), [ImportanceWeighted(1)]):
        vae = model.vae(objective, scale="shared")
        with tf.GradientTape() as tape:
            inference = vae.infer(x, seed=3)
            loss = inference.share(sum(term.value(inference) for term in vae.objective))
        gradients.append(tape.gradient(loss, vae.trainable_variables))
    assert len(gradients[0]) == 5
    for first, second in zip(*gradients, strict=True):
        assert np.abs(first).max() > 0
        np.testing.assert_allclose(first, second, rtol=1e-10, atol=1e-12)


def test_the_bound_grows_with_the_number_of_draws():
    model = LinearGaussian.random()
    x = model.sample(1)
    vae = model.vae([ImportanceWeighted(16)], widen=1.6)
    inference = vae.infer(np.repeat(x, 20_000, axis=0), seed=0)
    log_p = model.log_marginal(x)[0]
    bounds = [-ImportanceWeighted(k).value(inference).numpy() for k in (1, 2, 4, 8, 16)]
    for fewer, more in itertools.pairwise(bounds):
        # Doubling the draws helps by more than the noise of the paired difference.
        assert_positive_mean(more - fewer)
    assert_positive_mean(log_p - bounds[-1])


def test_importance_weighting_beside_a_term_with_more_draws_uses_its_own():
    model = LinearGaussian.random()
    x = model.sample(3)
    term = ImportanceWeighted(4)
    vae = model.vae([term, NegativeLogLikelihood(num_samples=32)], widen=1.6)
    inference = vae.infer(x, seed=0)
    assert inference.log_weight.shape == (32, 3)
    log_weight = inference.log_weight.numpy()[:4]
    expected = np.log(np.mean(np.exp(log_weight), axis=0))
    np.testing.assert_allclose(-term.value(inference), expected, rtol=1e-12)


def test_at_the_exact_posterior_the_path_gradient_vanishes_for_every_draw():
    # d/dphi log w(z(phi)) with the parameters of log q held constant is the path derivative of Roeder et al.
    # (2017), arXiv 1703.09194: zero where q(z|x) = p(z|x), while the whole derivative is not.
    model = LinearGaussian.random()
    x = model.sample(4)
    vae = model.vae(sampled(), widen=1.0)
    largest = []
    for stop in (True, False):
        with tf.GradientTape() as tape:
            inference = vae.infer(x, seed=0)
            features = vae.encoder(inference.x)
            log_q = vae.posterior.distribution(features, stop_parameters=stop).log_prob(inference.latents[0].z)
            log_weight = inference.log_likelihood + inference.latents[0].log_prior - log_q
        gradient = tape.gradient(log_weight, vae.posterior.trainable_variables)
        largest.append(max(np.abs(g).max() for g in gradient))
    assert largest[0] < 1e-10 < 0.1 < largest[1]
