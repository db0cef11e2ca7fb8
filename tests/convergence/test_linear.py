"""A linear VAE trained by `fit` is probabilistic PCA.

Its optimum is that of Tipping and Bishop (1999), and the KL switches dimensions
off exactly as Lucas, Tucker, Grosse and Norouzi (2019), arXiv 1911.02469, derive.
"""

import keras
import numpy as np
import pytest
import sklearn.decomposition

from tests import suites
from tests.convergence import ppca
from tests.linear_gaussian import LinearGaussian, gaussian_log_density
from tfvae import VAE, data, evaluation, families, networks, priors, recipes, schedules
from tfvae.terms import KL, NegativeLogLikelihood

SIZE = 64


def digits():
    """Returns the training digits, [N, 64] in [0, 1], fixed, and their mean and covariance."""
    x = data.digits("train")[0].reshape(-1, SIZE).astype("float32") / 255
    return x, x.mean(axis=0, dtype="float64"), np.cov(x.T.astype("float64"), bias=True)


def train(x, latents, scale, beta, steps):
    """Returns a linear VAE after `steps` Adam steps on the whole of x, at a falling rate."""
    keras.utils.set_random_seed(0)
    vae = VAE(
        encoder=networks.linear((SIZE,)),
        # The variance of the exact posterior of a linear model is the same for every x.
        posterior=families.Normal((latents,), scale="shared_dimension"),
        prior=priors.StandardNormal((latents,)),
        decoder=networks.linear((latents,)),
        likelihood=families.Normal((SIZE,), scale=scale),
        objective=[NegativeLogLikelihood(), KL(weight=beta)],
        seed=0,
    )
    rate = keras.optimizers.schedules.CosineDecay(0.01, steps, alpha=1e-3)
    vae.compile(keras.optimizers.Adam(rate), steps_per_execution=100)
    epochs = 5
    vae.fit(data.from_array(x, batch_size=len(x)).repeat(steps // epochs), epochs=epochs, verbose=0)
    return vae


def learned(vae):
    """Returns the marginal that a linear VAE has learned."""
    kernel, bias = vae.likelihood.head.kernel.numpy(), vae.likelihood.head.bias.numpy()
    sigma = vae.decode(np.zeros((1, len(kernel)))).stddev().numpy()[0, 0]
    return LinearGaussian(kernel.T.astype("float64"), bias.astype("float64"), float(sigma))


@pytest.mark.slow
def test_fit_reaches_the_maximum_of_the_likelihood(record_property):
    latents = 10
    x, mean, covariance = digits()
    best = ppca.maximum(covariance, latents)
    assert best == pytest.approx(ppca.maximum_likelihood(mean, covariance, latents).log_marginal(x).mean(), abs=1e-6)
    vae = train(x, latents, "shared", 1.0, steps=8000)
    model = learned(vae)
    exact = model.log_marginal(x).mean()
    batches = data.from_array(x, batch_size=500, shuffle=False)
    elbo = vae.evaluate(batches, return_dict=True, verbose=0)["elbo"]
    for name, value in (("maximum", best), ("log_likelihood", exact), ("elbo", elbo)):
        record_property(name, value)
    # No model of this class is above the maximum; float32 leaves 1e-4 of 18 nats.
    assert -0.05 < exact - best < 1e-3
    assert model.sigma**2 == pytest.approx(ppca.spectrum(covariance)[0][latents:].mean(), rel=0.01)
    # At the optimum the posterior is exact, so that the bound is log p(x): by the sampled KL with next to no noise, by
    # the closed one within that of log q - log p(z), whose variance is (1 - s_i^2)^2 / 2 + loc_i^2 s_i^2 <= 3/4 for
    # each latent in the mean over x, as loc_i^2 has the mean 1 - s_i^2.
    sampled = vae.infer(x, num_samples=10, seed=0).log_weight.numpy().mean()
    assert -0.05 < sampled - exact < 0.01
    assert abs(elbo - sampled) < 4 * np.sqrt(0.75 * latents / len(x))
    # And the estimate by importance weighting is the closed form within its own errors.
    result = evaluation.log_likelihood(vae, batches, num_samples=100)
    error = np.sqrt(np.sum(result.per_example_error**2)) / len(x)
    assert abs(result.mean - exact) < 4 * error + 1e-3


@pytest.mark.parametrize(
    ("threshold", "active"), suites.chosen([(1.0, 0), (0.4665, 3), (0.329, 4), (0.1, 6)], slow=[(0.329, 4)])
)
def test_the_weight_of_the_kl_decides_which_dimensions_stay(threshold, active, record_property):
    # With the variance fixed the optimum is pPCA's with beta sigma^2 in place of sigma^2: a dimension is kept where
    # its eigenvalue is larger, and costs log(eigenvalue / (beta sigma^2)) / 2 nats.
    latents, variance = 6, 0.05
    x, _, covariance = digits()
    eigenvalues = ppca.spectrum(covariance)[0]
    assert active == min(latents, np.sum(eigenvalues > threshold))
    vae = train(x, latents, variance**0.5, threshold / variance, steps=10_000)
    posterior = vae.encode(x)
    loc, scale = posterior.mean().numpy(), posterior.stddev().numpy()
    kl = np.sort(np.mean(0.5 * (loc**2 + scale**2 - 1 - 2 * np.log(scale)), axis=0))[::-1]
    kernel = vae.likelihood.head.kernel.numpy()
    record_property("kl", kl.tolist())
    # The smallest of the active dimensions has 0.08 nats, so that neither bound is near to what it divides.
    assert np.sum(kl > 0.01) == active
    assert np.sum(np.linalg.norm(kernel, axis=1) > 0.05) == active
    # The axes of close eigenvalues turn slowly; what doesn't depend on them, W's singular values, has arrived.
    expected = np.sqrt(np.maximum(eigenvalues[:latents] - threshold, 0))
    np.testing.assert_allclose(np.linalg.svd(kernel)[1], expected, rtol=0, atol=0.01)


@pytest.mark.parametrize("beta", suites.chosen([1.0, 2.0, 4.0], slow=[2.0]))
def test_a_learned_variance_follows_the_weight_of_the_kl(beta, record_property):
    latents = 10
    x, _, covariance = digits()
    variance, active = ppca.weighted_variance(covariance, latents, beta)
    vae = train(x, latents, "shared", beta, steps=8000)
    learned_variance = learned(vae).sigma ** 2
    record_property("variance", (learned_variance, variance, active))
    assert learned_variance == pytest.approx(variance, rel=0.01)
    loc, scale = vae.encode(x).mean().numpy(), vae.encode(x).stddev().numpy()
    kl = np.mean(0.5 * (loc**2 + scale**2 - 1 - 2 * np.log(scale)), axis=0)
    assert np.sum(kl > 0.01) == active
    # And at the optimum it is the mean squared error, whatever the weight (Rybkin et al. 2020, section 3).
    errors = (vae.infer(x, num_samples=20, seed=0).likelihood.mean().numpy() - x) ** 2
    assert errors.mean() == pytest.approx(learned_variance, rel=0.01)


@pytest.mark.slow
def test_factor_analysis_reaches_the_likelihood_of_scikit_learn(record_property):
    rng = np.random.default_rng(0)
    size, latents = 12, 3
    noise = rng.uniform(0.6, 1.5, size=size)
    x = rng.normal(size=(1500, latents)) @ rng.normal(size=(latents, size)) + noise * rng.normal(size=(1500, size))
    x = (x + rng.normal(size=size)).astype("float32")
    reference = sklearn.decomposition.FactorAnalysis(latents, tol=1e-8, max_iter=10_000, svd_method="lapack").fit(x)
    keras.utils.set_random_seed(0)
    vae = recipes.factor_analysis((size,), latents, preprocessing=None, seed=0)
    # A variance follows the weights at once, but weights and variances go a long way together, as in EM: after 8,000
    # steps the likelihood is within 0.01 nats of its maximum, and a variance 5 % off; after these, 1 %.
    steps = 20_000
    rate = keras.optimizers.schedules.CosineDecay(0.01, steps, alpha=1e-3)
    vae.compile(keras.optimizers.Adam(rate), steps_per_execution=100)
    vae.fit(data.from_array(x, batch_size=len(x)).repeat(steps // 5), epochs=5, verbose=0)
    weight, bias = (
        variable.numpy().astype("float64") for variable in (vae.likelihood.head.kernel, vae.likelihood.head.bias)
    )
    scale = vae.decode(np.zeros((1, latents))).stddev().numpy()[0].astype("float64")
    mean = gaussian_log_density(x.astype("float64"), bias, weight.T @ weight + np.diag(scale**2)).mean()
    record_property("log_likelihood", (mean, reference.score(x)))
    # Neither is above the maximum, which scikit-learn's EM reaches.
    assert -0.01 < mean - reference.score(x) < 1e-3
    np.testing.assert_allclose(scale**2, reference.noise_variance_, rtol=0.05)
    # pPCA, with one variance for all, can't.
    assert ppca.maximum(np.cov(x.T.astype("float64"), bias=True), latents) < mean - 0.3


@pytest.mark.slow
def test_a_cycled_weight_ends_at_the_same_maximum(record_property):
    # Whatever the cycles did, from their end on the objective is the ELBO, and its optimum is pPCA's.
    latents = 10
    x, _, covariance = digits()
    best = ppca.maximum(covariance, latents)
    vae = train(x, latents, "shared", schedules.Cyclical(0.0, 1.0, steps=4000), steps=8000)
    exact = learned(vae).log_marginal(x).mean()
    record_property("log_likelihood", (exact, best))
    assert -0.05 < exact - best < 1e-3
