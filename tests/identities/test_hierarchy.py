"""Several stochastic layers: a linear-Gaussian chain of two is exact, and its layers are those of the joint law."""

import dataclasses
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tests.linear_gaussian import gaussian_log_density
from tests.linear_gaussian_chain import Chain
from tfvae import VAE, data, evaluation, families, networks, priors
from tfvae.terms import KL, MMD, ImportanceWeighted, NegativeLogLikelihood

tfd = tfp.distributions
CHAIN = Chain.random()
X = CHAIN.sample(7)
SIGMAS = 4.0  # a correct estimate leaves 4 standard errors once in 16,000 tests


def chain(objective=None, **kwargs):
    return CHAIN.vae(objective or [NegativeLogLikelihood(), KL()], **kwargs)


# What makes the lower level's posterior: a full covariance that is told what is above, or a change of the prior.
posteriors = pytest.mark.parametrize(
    "how", [{}, {"precision_weighted": True}, {"residual": True}], ids=["told", "precision-weighted", "residual"]
)


@posteriors
def test_each_draw_of_the_exact_posterior_gives_log_p_of_x(how):
    inference = chain(**how).infer(X, num_samples=5, seed=3)
    exact = np.broadcast_to(CHAIN.log_marginal(X), (5, 7))
    np.testing.assert_allclose(inference.log_weight, exact, rtol=0, atol=1e-10)


def test_estimates_of_log_p_of_x_are_exact():
    found = evaluation.log_likelihood(chain(), data.from_array(X), num_samples=3, verbose=0)
    np.testing.assert_allclose(found.per_example, CHAIN.log_marginal(X), rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.per_example_error, 0, atol=1e-6)
    # A posterior that is too wide: still the same number, within its error.
    wide = evaluation.log_likelihood(chain(widen=1.5), data.from_array(X), num_samples=20_000, verbose=0)
    assert np.all(wide.per_example_error > 1e-3)
    assert np.all(np.abs(wide.per_example - CHAIN.log_marginal(X)) < SIGMAS * wide.per_example_error)


@posteriors
def test_the_posterior_over_all_levels_is_the_joint_gaussian(how):
    kernel, bias, covariance = CHAIN.conditional(np.arange(5), np.arange(5, 10))
    law = chain(**how).encode(X)
    assert law.batch_shape == (7,)
    assert law.event_shape == (5,)
    np.testing.assert_allclose(law.mean(), X @ kernel + bias, rtol=0, atol=1e-10)
    z = np.random.default_rng(0).normal(size=(4, 7, 5))
    exact = [gaussian_log_density(z[:, i] - X[i] @ kernel - bias, 0.0, covariance) for i in range(7)]
    np.testing.assert_allclose(law.log_prob(z), np.transpose(exact), rtol=0, atol=1e-10)
    np.testing.assert_allclose(law.log_prob(z[0]), np.transpose(exact)[0], rtol=0, atol=1e-10)


def test_the_prior_over_all_levels_is_the_joint_gaussian():
    vae = chain()
    mean, covariance = CHAIN.joint
    law = vae.prior_distribution()
    assert law.batch_shape == ()
    assert law.event_shape == (5,)
    np.testing.assert_allclose(law.mean(), mean[:5], rtol=0, atol=1e-10)
    z = np.random.default_rng(0).normal(size=(6, 5))
    np.testing.assert_allclose(law.log_prob(z), gaussian_log_density(z, mean[:5], covariance[:5, :5]), atol=1e-10)
    np.testing.assert_allclose(law.log_prob(z[0]), law.log_prob(z)[0], atol=1e-10)
    assert _furthest(law.sample(4000, seed=[1, 2]).numpy(), mean[:5], covariance[:5, :5]) < SIGMAS
    assert _furthest(vae.sample_prior(4000, seed=5).numpy(), mean[:5], covariance[:5, :5]) < SIGMAS


def test_each_level_has_its_temperature():
    """N(0, t1^2 I) above, and below it t2 s: the mean of a level follows the draw above whatever its own."""
    vae, (mean, _) = chain(), CHAIN.joint
    for hot in ([0.5, 1.0], [1.0, 0.0], [0.0, 0.5]):
        tempered = np.zeros((5, 5))
        tempered[:2, :2] = hot[0] ** 2 * np.eye(2)
        tempered[2:, :2] = hot[0] ** 2 * CHAIN.between
        tempered[:2, 2:] = tempered[2:, :2].T
        tempered[2:, 2:] = hot[0] ** 2 * CHAIN.between @ CHAIN.between.T + np.diag((hot[1] * CHAIN.spread) ** 2)
        assert _furthest(vae.sample_prior(4000, temperature=hot, seed=5).numpy(), mean[:5], tempered) < SIGMAS
    cold = vae.sample_prior(3, temperature=0.0, seed=1)
    np.testing.assert_allclose(cold, np.tile(mean[:5], (3, 1)), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(
        vae.sample_prior(3, temperature=[0.7, 0.7], seed=1), vae.sample_prior(3, None, 0.7, 1)
    )


def _furthest(draws, mean, covariance):
    """How far means and second moments of draws are from the exact ones, at most, in standard errors."""
    count, deviation, diagonal = len(draws), draws - mean, np.diag(covariance)
    of_means = np.sqrt(diagonal / count)
    of_squares = np.sqrt((np.outer(diagonal, diagonal) + covariance**2) / count)
    # What has no spread has to be exact but for rounding.
    means = np.abs(deviation.mean(axis=0)) / (of_means + 1e-13)
    squares = np.abs(deviation.T @ deviation / count - covariance) / (of_squares + 1e-13)
    return max(means.max(), squares.max())


def test_the_kl_of_each_level_is_that_of_the_conditional_gaussians():
    """Below the top it is in closed form given the draws above, and its mean over them is the chain rule's."""
    vae = chain([NegativeLogLikelihood(), KL(level=0), KL(level=1)], widen=1.3)
    inference = vae.infer(X, num_samples=2000, seed=0)
    top, below = inference.latents
    kernel, bias, covariance = CHAIN.conditional(np.arange(2), np.arange(5, 10))
    exact = tfd.kl_divergence(
        tfd.MultivariateNormalTriL(X @ kernel + bias, np.linalg.cholesky(1.3 * covariance)),
        tfd.MultivariateNormalDiag(np.zeros(2), np.ones(2)),
    )
    np.testing.assert_allclose(top.kl, exact, rtol=0, atol=1e-10)
    kernel, bias, covariance = CHAIN.conditional(np.arange(2, 5), np.concatenate([np.arange(5, 10), np.arange(2)]))
    given = np.concatenate([np.broadcast_to(X, (2000, 7, 5)), top.z], axis=-1)
    each = tfd.kl_divergence(
        tfd.MultivariateNormalTriL(given @ kernel + bias, np.linalg.cholesky(1.3 * covariance)),
        tfd.MultivariateNormalDiag(top.z.numpy() @ CHAIN.between.T + CHAIN.offset, CHAIN.spread),
    ).numpy()
    np.testing.assert_allclose(below.kl, each.mean(axis=0), rtol=0, atol=1e-10)
    error = np.sqrt(2) * np.std(below.log_ratio, axis=0) / math.sqrt(2000)
    assert np.all(np.abs(below.kl - tf.reduce_mean(below.log_ratio, axis=0)) < SIGMAS * error)
    values = [term.value(inference).numpy() for term in vae.objective[1:]]
    np.testing.assert_allclose(values, [top.kl, below.kl], rtol=0, atol=0)


def test_the_metrics_are_of_each_level_and_elbo_is_of_all():
    vae = chain([NegativeLogLikelihood(), KL(0.5, level=0), KL(level=1)], widen=1.3)
    vae.compile("sgd")
    found = vae.evaluate(X, batch_size=7, verbose=0, return_dict=True)
    assert set(found) == {"loss", "elbo", "negative_log_likelihood", "kl_level_0", "kl_level_1", "skipped_steps"}
    elbo = -found["negative_log_likelihood"] - found["kl_level_0"] - found["kl_level_1"]
    np.testing.assert_allclose(found["elbo"], elbo, rtol=0, atol=1e-10)
    loss = found["negative_log_likelihood"] + 0.5 * found["kl_level_0"] + found["kl_level_1"]
    np.testing.assert_allclose(found["loss"], loss, rtol=0, atol=1e-10)
    assert found["elbo"] < CHAIN.log_marginal(X).mean()


def test_free_bits_are_of_each_level():
    """A level whose dimensions stay below them pays just them, whatever the other level does."""
    vae = chain(precision_weighted=True)
    inference = vae.infer(X, num_samples=3, seed=0)
    below = inference.latents[1]
    each = tfd.kl_divergence(below.posterior.distribution, below.prior.distribution).numpy().mean(axis=(0, 1))
    floor = float(np.sort(each)[1])  # between the smallest and the largest of three
    term = KL(level=1, free_bits=floor)
    value = inference.share(term.value(inference))
    np.testing.assert_allclose(value, np.maximum(each, floor).sum(), rtol=0, atol=1e-10)
    assert value > each.sum()


def test_the_kl_of_a_residual_level_is_of_how_it_differs_from_the_prior():
    vae = chain(residual=True, widen=1.4)
    inference = vae.infer(X, num_samples=3, seed=0)
    top, below = inference.latents
    raw = np.concatenate([np.broadcast_to(X, (3, 7, 5)), top.z], axis=-1) @ vae.posterior.families[1].head.kernel
    moved, spread = raw[..., :3] + vae.posterior.families[1].head.bias[:3], CHAIN.spread
    _, _, exact = CHAIN.conditional(np.arange(2, 5), np.concatenate([np.arange(5, 10), np.arange(2)]))
    stretched = 1.4 * np.diag(exact) / spread**2
    each = (moved**2 / spread**2 + stretched - np.log(stretched) - 1) / 2
    np.testing.assert_allclose(below.kl, tf.reduce_mean(tf.reduce_sum(each, axis=-1), axis=0), rtol=0, atol=1e-10)


@pytest.mark.parametrize("how", [{}, {"residual": True}])
def test_a_level_that_says_nothing_of_x_costs_nothing(how):
    """With B = 0 the lower level's exact posterior is its prior, and the top level alone makes p(x)."""
    cut = dataclasses.replace(CHAIN, weight=np.zeros((5, 3)))
    x = cut.sample(6)
    inference = cut.vae([NegativeLogLikelihood(), KL()], **how).infer(x, num_samples=4, seed=0)
    alone = gaussian_log_density(x, cut.bias, cut.skip @ cut.skip.T + cut.sigma**2 * np.eye(5))
    np.testing.assert_allclose(inference.log_weight, np.broadcast_to(alone, (4, 6)), rtol=0, atol=1e-10)
    np.testing.assert_allclose(inference.latents[1].kl, np.zeros(6), rtol=0, atol=1e-12)


def test_what_the_levels_decode_to_is_what_the_decoder_makes_of_their_z():
    """The states of the forward pass are not computed a second time, and are the same."""
    vae = chain()
    inference = vae.infer(X, num_samples=3, seed=1)
    assert inference.z.shape == (3, 7, 5)
    np.testing.assert_allclose(vae.decode(inference.z).mean(), inference.likelihood.mean(), rtol=0, atol=1e-12)
    joined = tf.concat(vae.posterior.split(inference.z), axis=-1)
    np.testing.assert_array_equal(joined, inference.z)
    np.testing.assert_array_equal(inference.latents[1].z, vae.posterior.split(inference.z)[1])


def test_reconstructions_and_variations_decode_the_joint_posterior():
    vae = chain()
    kernel, bias, _ = CHAIN.conditional(np.arange(5), np.arange(5, 10))
    through = np.concatenate([CHAIN.skip, CHAIN.weight], axis=1)
    exact = (X @ kernel + bias) @ through.T + CHAIN.bias
    np.testing.assert_allclose(vae.predict(X, verbose=0), exact, rtol=0, atol=1e-10)
    np.testing.assert_allclose(vae.variations(X, 2, scale=0.0), np.stack([exact, exact]), rtol=0, atol=1e-10)
    draws = vae.variations(X[:1], 4000, seed=0).numpy()[:, 0]
    _, _, covariance = CHAIN.conditional(np.arange(5), np.arange(5, 10))
    assert _furthest(draws, exact[0], through @ covariance @ through.T) < SIGMAS


def test_the_noise_of_one_level_is_not_that_of_another():
    """Levels of one size without dependence, in the prior and in the posterior: all their draws are uncorrelated."""
    level = lambda: families.Normal((3,))  # noqa: E731
    vae = VAE(
        encoder=networks.BottomUpEncoder([networks.linear((2,)), networks.linear((2,))]),
        posterior=families.TopDown([level(), level()]),
        prior=priors.Hierarchical(priors.StandardNormal((3,)), [level()]),
        decoder=networks.TopDownDecoder([networks.linear((3,)), networks.linear((6,))], [(3,), (3,)]),
        likelihood=families.Normal((2,)),
        objective=[NegativeLogLikelihood()],
    )
    vae.trained = True
    for family in (*vae.posterior.families, *vae.prior.families):
        family.head.kernel.assign(tf.zeros_like(family.head.kernel))
    x = np.zeros((1, 2))
    for draws in (
        vae.sample_prior(4000, seed=1),
        vae.prior_distribution().sample(4000, seed=[1, 2]),
        vae.encode(x).sample(4000, seed=[1, 2])[:, 0],
        vae.infer(x, num_samples=4000, seed=1).z[:, 0],
    ):
        assert _furthest(draws.numpy(), np.zeros(6), np.eye(6)) < SIGMAS


def test_a_bound_of_several_draws_is_exact_where_the_posterior_is():
    inference = chain([ImportanceWeighted(4)]).infer(X, seed=0)
    np.testing.assert_allclose(ImportanceWeighted(4).value(inference), -CHAIN.log_marginal(X), rtol=0, atol=1e-10)


def test_terms_of_the_whole_z_see_the_joint_prior():
    """MMD is between q(z) and p(z) of all levels: with z drawn from the prior itself it is 0 within its error."""
    vae = chain([MMD()])
    x = CHAIN.sample(400)
    values = [float(inference.share(MMD().value(inference))) for inference in (vae.infer(x, seed=s) for s in range(12))]
    # x is drawn from the model and q is exact, so the aggregate posterior is the prior.
    assert abs(np.mean(values)) < SIGMAS * np.std(values, ddof=1) / math.sqrt(12)
    shifted = chain([MMD()])
    shifted.prior.families[0].head.bias.assign_add([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    moved = shifted.infer(x, seed=0)
    assert float(moved.share(MMD().value(moved))) > 10 * np.std(values, ddof=1)


def test_the_activity_is_of_each_level():
    vae = chain(precision_weighted=True)
    found = evaluation.activity(vae, data.from_array(X))
    assert found.kl_per_dimension is None  # the top level's covariance is full
    kernel, bias, _ = CHAIN.conditional(np.arange(5), np.arange(5, 10))
    np.testing.assert_allclose(found.mean_variance, np.var(X @ kernel + bias, axis=0), rtol=1e-10)


def small(block, width):
    """Two levels of 2 and 3 whose decoder's blocks `block` makes; the state below the top has `width` numbers."""
    return VAE(
        encoder=networks.BottomUpEncoder([networks.linear((5,)), networks.linear((5,))]),
        posterior=families.TopDown([families.Normal((2,)), families.Normal((3,))]),
        prior=priors.Hierarchical(priors.StandardNormal((2,)), [families.Normal((3,))]),
        decoder=networks.TopDownDecoder([block(2), block(width + 3)], [(2,), (3,)]),
        likelihood=families.Normal((5,)),
        objective=[NegativeLogLikelihood(), KL()],
        seed=0,
    )


def test_each_example_s_condition_reaches_all_its_draws_at_each_level():
    vae = small(lambda size: networks.Conditional(networks.linear((size + 1,)), condition_shape=(1,)), width=3)
    vae.trained = True
    condition = np.linspace(-1, 1, 7)[:, None]
    inference = vae.infer(X, condition, num_samples=4, seed=0)
    top, below = inference.latents
    told = np.broadcast_to(condition, (4, 7, 1))
    # The state below the top is (z1, c), and the next one is (z1, c, z2, c).
    family = vae.prior.families[0]
    loc = np.concatenate([top.z, told], axis=-1) @ family.head.kernel[:, :3] + family.head.bias[:3]
    np.testing.assert_allclose(below.prior.mean(), loc, rtol=0, atol=1e-12)
    head = vae.likelihood.head
    loc = np.concatenate([top.z, told, below.z, told], axis=-1) @ head.kernel[:, :5] + head.bias[:5]
    np.testing.assert_allclose(inference.likelihood.mean(), loc, rtol=0, atol=1e-12)
    np.testing.assert_allclose(vae.decode(inference.z, condition).mean(), loc, rtol=0, atol=1e-12)
    law = vae.prior_distribution(condition)
    np.testing.assert_allclose(law.log_prob(inference.z), top.log_prior + below.log_prior, rtol=0, atol=1e-12)
    assert vae.sample(7, condition, seed=0).shape == (7, 5)


def test_blocks_know_whether_the_model_trains():
    def block(size):
        return keras.Sequential([keras.Input((size,)), keras.layers.Dropout(0.5, seed=0), keras.layers.Dense(4)])

    vae = small(block, width=4)
    vae.trained = True
    means = [
        vae.infer(X, seed=0, training=training).latents[1].prior.mean().numpy() for training in (False, False, True)
    ]
    np.testing.assert_array_equal(means[0], means[1])
    assert np.abs(means[0] - means[2]).max() > 1e-3


def test_the_prior_says_whether_its_draws_carry_a_gradient():
    """A mixture on top doesn't reparameterise, so that a term of draws, MMD, knows to hold them constant."""
    vae = chain()
    assert vae.prior_distribution().reparameterization_type == tfd.FULLY_REPARAMETERIZED
    mixed = vae.with_prior(
        priors.Hierarchical(priors.GaussianMixture((2,), 3), vae.prior.families), [NegativeLogLikelihood()]
    )
    assert mixed.prior_distribution().reparameterization_type == tfd.NOT_REPARAMETERIZED
    assert mixed.encode(X).reparameterization_type == tfd.FULLY_REPARAMETERIZED
