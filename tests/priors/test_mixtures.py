"""Priors that are mixtures: densities that are laws, draws that follow them, a VampPrior that is what it is made of."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp
from scipy import special, stats

from tests.identities.statistics import SIGMAS
from tests.models import LATENT, SHAPE, digits, make, strategy
from tfvae import data, export, families, networks, priors, recipes, terms

SAMPLED = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
SEED = tf.constant([3, 4])


def mixture(full=False):
    """Returns three Gaussians in two dimensions whose numbers are not those that they begin with."""
    prior = priors.GaussianMixture((2,), 3, full_covariance=full, dtype="float64")
    rng = np.random.default_rng(0)
    for variable in prior.weights:
        variable.assign(rng.normal(size=variable.shape))
    return prior


def numbers(prior):
    """Returns weights, locations and scales by the formulas of the docstring."""
    logits, loc, raw = (variable.numpy() for variable in (prior.logits, prior.loc, prior.raw_scale))
    return special.softmax(logits), loc, prior.min_scale + np.logaddexp(0, raw)


def vamp(latent=(2,), components=4):
    """Returns a model with a VampPrior, in float64, whose posteriors differ from each other."""
    keras.config.set_dtype_policy("float64")
    model = make(
        posterior=families.Normal(latent, min_scale=0.1),
        prior=priors.VampPrior(latent, SHAPE, components),
        decoder=networks.mlp_decoder(latent, (16,)),
        objective=SAMPLED,
    )
    keras.config.set_dtype_policy("float32")
    kernel = model.posterior.head.kernel
    kernel.assign(0.3 * np.random.default_rng(1).normal(size=kernel.shape))
    model.trained = True
    return model


def test_the_density_of_a_gaussian_mixture_is_its_formula():
    prior = mixture()
    weights, loc, scale = numbers(prior)
    z = np.random.default_rng(2).normal(size=(7, 5, 2))
    each = stats.norm.logpdf(z[..., None, :], loc, scale).sum(axis=-1)
    expected = special.logsumexp(each + np.log(weights), axis=-1)
    np.testing.assert_allclose(prior.distribution().log_prob(z), expected, rtol=1e-12)


def full():
    return mixture(full=True)


def test_the_density_of_a_full_mixture_is_its_formula():
    prior = priors.GaussianMixture((2, 2), 3, full_covariance=True, dtype="float64")
    rng = np.random.default_rng(0)
    for variable in prior.weights:
        variable.assign(rng.normal(size=variable.shape))
    weights, loc, scale = numbers(prior)
    z, each = rng.normal(size=(7, 2, 2)), []
    for component in range(3):
        # The triangle in the order of tfp.math.fill_triangular.
        below = np.zeros((4, 4))
        below[1:, :-1] = tfp.math.fill_triangular(prior.triangle[component])
        lower = scale[component].reshape(-1, 1) * (np.eye(4) + below)
        law = stats.multivariate_normal(loc[component].ravel(), lower @ lower.T)
        each.append(law.logpdf(z.reshape(7, 4)) + np.log(weights[component]))
    np.testing.assert_allclose(prior.distribution().log_prob(z), special.logsumexp(each, axis=0), rtol=1e-12)


@pytest.mark.parametrize(
    "law", [lambda: mixture().distribution(), lambda: full().distribution(), lambda: vamp().prior_distribution()]
)
def test_the_density_integrates_to_one(law):
    # The sum over a grid of a smooth function that vanishes at the edges; the narrowest scale is above 0.1.
    axis = np.linspace(-12, 12, 601)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)
    density = np.exp(law().log_prob(grid).numpy())
    assert density.sum() * (axis[1] - axis[0]) ** 2 == pytest.approx(1.0, abs=1e-6)


def test_a_vamp_prior_of_the_data_is_the_aggregate_posterior():
    model = vamp(components=len(digits()))
    x = model.preprocess(digits())
    model.prior.pseudo_inputs.assign(x)
    posterior = model.encode(digits())
    z = np.random.default_rng(0).normal(size=(50, 1, 2))
    each = posterior.log_prob(z).numpy()
    assert each.shape == (50, len(x))
    expected = special.logsumexp(each, axis=1) - np.log(len(x))
    np.testing.assert_allclose(model.prior_distribution().log_prob(z[:, 0]), expected, rtol=1e-12)


def with_law(prior_of):
    """Returns a prior, its law, and the encoder that it is made of, or None."""
    if prior_of is not vamp:
        return prior_of(), prior_of().distribution(), None
    model = vamp()
    return model.prior, model.prior_distribution(), model.encode_preprocessed


@pytest.mark.parametrize("prior_of", [mixture, full, vamp])
def test_draws_follow_the_density(prior_of):
    prior, law, encode = with_law(prior_of)
    count = 40_000
    z = prior.sample(count, SEED, encode=encode).numpy()
    for power in (1, 2):
        values, centre = z**power, law.sample(400_000, seed=[7, 8]).numpy() ** power
        error = np.sqrt(values.var(axis=0) / count + centre.var(axis=0) / len(centre))
        assert np.all(np.abs(values.mean(axis=0) - centre.mean(axis=0)) < SIGMAS * error)
    # The entropy, of which every term of the density is a part.
    mine, theirs = (law.log_prob(draws).numpy() for draws in (z, law.sample(400_000, seed=[9, 8])))
    error = np.sqrt(mine.var() / mine.size + theirs.var() / theirs.size)
    assert abs(mine.mean() - theirs.mean()) < SIGMAS * error


@pytest.mark.parametrize("prior_of", [mixture, full])
def test_the_temperature_is_about_the_components_own_mean(prior_of):
    prior = prior_of()
    _, loc, _ = numbers(prior)
    means = prior.sample(300, SEED, temperature=0.0).numpy()
    chosen = np.argmin(np.abs(means[:, None] - loc).sum(axis=-1), axis=1)
    np.testing.assert_allclose(means, loc[chosen], rtol=1e-12)
    assert set(chosen) == {0, 1, 2}
    # The same component and the same noise, half as far.
    half, whole = (prior.sample(300, SEED, temperature=t).numpy() for t in (0.5, 1.0))
    np.testing.assert_allclose(half - means, 0.5 * (whole - means), atol=1e-12)


def test_the_spread_about_a_components_mean_is_its_scale():
    prior = mixture()
    _, loc, scale = numbers(prior)
    means, whole = (prior.sample(300, SEED, temperature=t).numpy() for t in (0.0, 1.0))
    chosen = np.argmin(np.abs(means[:, None] - loc).sum(axis=-1), axis=1)
    assert abs(np.std((whole - means) / scale[chosen]) - 1) < SIGMAS / np.sqrt(2 * 600)


def test_the_temperature_of_a_vamp_prior_is_about_the_posteriors_means():
    model = vamp()
    encode = model.encode_preprocessed
    locs = model.encode_preprocessed(model.prior.pseudo_inputs).mean().numpy()
    means = model.prior.sample(300, SEED, temperature=0.0, encode=encode).numpy()
    assert np.abs(means[:, None] - locs).sum(axis=-1).min(axis=1).max() < 1e-12
    half, whole = (model.prior.sample(300, SEED, temperature=t, encode=encode).numpy() for t in (0.5, 1.0))
    np.testing.assert_allclose(half - means, 0.5 * (whole - means), atol=1e-12)


def test_the_sampled_kl_is_that_of_quadrature():
    model = vamp()
    x = digits()[:3]
    q = model.encode(x)
    axis = np.linspace(-12, 12, 601)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)[..., None, :]
    log_q, log_p = q.log_prob(grid).numpy(), model.prior_distribution().log_prob(grid).numpy()
    exact = (np.exp(log_q) * (log_q - log_p)).sum(axis=(0, 1)) * (axis[1] - axis[0]) ** 2
    draws = model.infer(x, num_samples=4000, seed=0).log_ratio.numpy()
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert np.all(np.abs(draws.mean(axis=0) - exact) < SIGMAS * error)
    assert np.all(exact > 5 * error)


@pytest.mark.parametrize("replicas", [1, 2])
def test_pseudo_inputs_stay_in_the_support(replicas):
    def train():
        model = make(prior=priors.VampPrior(LATENT, SHAPE, 5, low=0.25, high=0.75), objective=SAMPLED)
        # So far in one step that most would leave it.
        model.compile(keras.optimizers.SGD(100.0))
        model.trained = True
        start = model.prior.pseudo_inputs.numpy()
        model.fit(tf.data.Dataset.from_tensors(digits()), verbose=0)
        return start, model.prior.pseudo_inputs.numpy()

    if replicas == 1:
        start, end = train()
    else:
        with strategy().scope():
            start, end = train()
    assert start.min() >= 0.25
    assert start.max() <= 0.75
    assert np.mean((end == 0.25) | (end == 0.75)) > 0.5


def test_a_decoder_may_take_a_condition():
    told = networks.Conditional(networks.mlp_decoder((13,), (16,)), num_classes=10)
    model = make(prior=priors.VampPrior(LATENT, SHAPE, 5), decoder=told, objective=SAMPLED)
    model.compile()
    labels = data.digits("train")[1][:36]
    model.fit(digits(), labels, batch_size=36, verbose=0)
    assert model.sample(3, condition=[1, 2, 3], seed=0).shape == (3, *SHAPE)


def test_serving_needs_no_python(tmp_path):
    model = recipes.vamp_prior_vae(SHAPE, 2, components=5, encoder=networks.mlp_encoder(SHAPE, (8,)))
    model.trained = True
    path = export.saved_model(model, tmp_path)
    served = tf.saved_model.load(str(path)).signatures["generate"]
    seed, temperature = tf.constant([1, 2]), tf.constant(0.5)
    received = served(seed=seed, count=tf.constant(4), temperature=temperature)["mean"]
    np.testing.assert_allclose(received, model.sample(4, temperature=0.5, seed=seed), atol=1e-5)
