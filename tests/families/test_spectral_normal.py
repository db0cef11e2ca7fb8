"""A Gaussian with a noise for each frequency: SciPy's density and cosines, and a scale that is measured exactly."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import fft, stats

import tfvae
from tests.identities.statistics import SIGMAS
from tests.models import SHAPE, digits, make
from tfvae import data, evaluation, families, latent, recipes, schedules

EVENT = (3, 2, 3)
AXES = (-3, -2, -1)


def transformed(x):
    return fft.dctn(x, axes=AXES, norm="ortho")


@pytest.fixture
def law():
    """Returns a law of two events in float64, and its covariance, which both share."""
    rng = np.random.default_rng(0)
    family = families.SpectralNormal(EVENT, dtype="float64")
    family.build((None, 5))
    spectrum = np.exp(rng.normal(size=EVENT))
    family.move({"error": tf.constant(spectrum)}, 3.0)
    distribution = family.distribution(rng.normal(size=(2, 5)))
    basis = np.stack([transformed(each.reshape(EVENT)).ravel() for each in np.eye(18)], axis=1)
    return distribution, basis.T @ np.diag(spectrum.ravel()) @ basis


def test_density_entropy_and_moments_are_those_of_the_covariance(law):
    distribution, covariance = law
    x = np.random.default_rng(1).normal(size=(4, 2, *EVENT))
    each = [stats.multivariate_normal(loc.ravel(), covariance) for loc in distribution.mean().numpy()]
    expected = np.stack([one.logpdf(x[:, i].reshape(4, -1)) for i, one in enumerate(each)], axis=1)
    np.testing.assert_allclose(distribution.log_prob(x), expected, rtol=1e-11)
    np.testing.assert_allclose(distribution.entropy(), [one.entropy() for one in each], rtol=1e-12)
    variance = np.broadcast_to(np.diag(covariance).reshape(EVENT), (2, *EVENT))
    np.testing.assert_allclose(distribution.variance(), variance, rtol=1e-12)
    np.testing.assert_allclose(distribution.stddev(), np.sqrt(variance), rtol=1e-12)


def test_draws_have_the_covariance(law):
    distribution, covariance = law
    count = 20_000
    x = distribution.sample(count, seed=[1, 2]).numpy()[:, 0].reshape(count, -1)
    expected = distribution.mean().numpy()[0].ravel()
    deviation = np.sqrt(np.diag(covariance))
    assert np.abs((x.mean(axis=0) - expected) / deviation * np.sqrt(count)).max() < SIGMAS
    # The variance of an entry of a sample covariance, by Wishart's law.
    error = np.sqrt((covariance**2 + np.outer(deviation**2, deviation**2)) / count)
    assert np.abs((np.cov(x.T) - covariance) / error).max() < SIGMAS
    np.testing.assert_array_equal(x[:5], distribution.sample(count, seed=[1, 2])[:5, 0].numpy().reshape(5, -1))


def trained(**parts):
    keras.utils.set_random_seed(0)
    vae = recipes.sigma_vae(SHAPE, 2, seed=0, **parts)
    vae.compile("adam")
    vae.fit(digits(), epochs=2, verbose=0)
    return vae


def errors_of(vae, x, count=4000):
    """Returns the errors of decoded draws, [count, N, *SHAPE]."""
    inference = vae.infer(x, num_samples=count, seed=7)
    return inference.x.numpy() - inference.likelihood.mean().numpy()


def test_the_scale_is_the_error_of_each_frequency():
    vae = trained(posterior=families.Deterministic((2,)), objective=[tfvae.terms.NegativeLogLikelihood()])
    x, weights = digits(), np.linspace(0.0, 1.0, len(digits()))
    for given, mean in ((x, np.mean), (data.from_array(x, None, weights, batch_size=5), None)):
        fitted = latent.fit_likelihood(vae, given, families.SpectralNormal(SHAPE))
        squares = transformed(errors_of(vae, x, 1)[0]) ** 2
        expected = squares.mean(axis=0) if mean else np.average(squares, axis=0, weights=weights)
        found = fitted.infer(x[:1], num_samples=1, seed=0).likelihood.scale.numpy()
        np.testing.assert_allclose(found, np.maximum(np.sqrt(expected), 1e-3), rtol=1e-4)


def test_the_scale_is_that_of_draws_of_the_posterior():
    vae, count = trained(), 600
    x = np.repeat(digits()[:1], count, axis=0)
    fitted = latent.fit_likelihood(vae, x, families.SpectralNormal(SHAPE))
    squares = transformed(errors_of(vae, digits()[:1])[:, 0]) ** 2
    found = fitted.infer(x[:1], num_samples=1, seed=0).likelihood.scale.numpy() ** 2
    error = np.sqrt(squares.var(axis=0) * (1 / count + 1 / len(squares)))
    assert np.abs((found - squares.mean(axis=0)) / error).max() < 5  # of 64 frequencies
    assert found.max() > 5 * found.min()  # one scale for all would not do


def test_the_bound_is_tighter_and_reconstructions_stay(tmp_path):
    vae = trained()
    before = [variable.numpy() for variable in vae.variables]
    fitted = latent.fit_likelihood(vae, digits(), families.SpectralNormal(SHAPE))
    for variable, value in zip(vae.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)
    np.testing.assert_array_equal(fitted.reconstruct(digits(), seed=1), vae.reconstruct(digits(), seed=1))
    batches = data.from_array(digits(), shuffle=False)
    bounds = [evaluation.log_likelihood(each, batches, 20, verbose=0).mean for each in (vae, fitted)]
    assert bounds[1] > bounds[0] + 5
    fitted.save(tmp_path / "model.keras")
    loaded = tfvae.load_model(tmp_path / "model.keras")
    assert evaluation.log_likelihood(loaded, batches, 20, verbose=0).mean == pytest.approx(bounds[1], rel=1e-6)


def test_one_scale_for_all_is_the_root_of_the_mean_error():
    vae = trained()
    fitted = latent.fit_likelihood(vae, digits(), families.Normal(SHAPE, scale="optimal"), seed=3)
    law = fitted.infer(digits(), num_samples=1, seed=0).likelihood
    error = np.mean(errors_of(vae, digits()) ** 2)
    assert float(law.distribution.scale) ** 2 == pytest.approx(error, rel=0.1)


def test_it_learns_from_the_start_too():
    vae = make(likelihood=families.SpectralNormal(SHAPE))
    vae.compile(keras.optimizers.Adam(schedules.Linear(1e-2, 1e-3, 50)))
    history = vae.fit(digits(), epochs=10, verbose=0).history
    assert history["elbo"][-1] > history["elbo"][0] + 10


@pytest.mark.parametrize(
    ("likelihood", "message"),
    [
        (families.Normal(SHAPE), r"`likelihood`.*optimal scale.*Normal"),
        (families.SpectralNormal((8, 8, 3)), r"`likelihood`.*takes from the decoder.*\(8, 8, 3\)"),
        ("spectral", r"`likelihood`.*'spectral'"),
    ],
)
def test_what_cannot_be_fitted_is_refused(likelihood, message):
    vae = make(likelihood=families.Normal(SHAPE, scale="optimal"))
    vae.trained = True
    with pytest.raises(ValueError, match=message):
        latent.fit_likelihood(vae, digits(), likelihood)


def test_a_likelihood_of_other_parameters_is_refused():
    vae = make()
    vae.trained = True
    with pytest.raises(ValueError, match="takes from the decoder what the model's does"):
        latent.fit_likelihood(vae, digits(), families.SpectralNormal(SHAPE))


def test_a_conditional_model_is_fitted_given_its_condition():
    labels = np.arange(len(digits())) % 10
    keras.utils.set_random_seed(0)
    vae = recipes.conditional_vae(
        SHAPE, 2, likelihood=families.Normal(SHAPE, scale="optimal"), preprocessing=data.Rescale()
    )
    vae.compile("adam")
    vae.fit(digits(), labels, epochs=2, verbose=0)
    fitted = latent.fit_likelihood(vae, (digits(), labels), families.SpectralNormal(SHAPE))
    again = vae.infer(digits(), labels, num_samples=500, seed=4)
    squares = transformed(again.x.numpy() - again.likelihood.mean().numpy()) ** 2
    found = fitted.infer(digits()[:1], labels[:1], num_samples=1, seed=0).likelihood.scale.numpy() ** 2
    # One draw for each image, whose images are the same: the spread is that over draws.
    error = np.sqrt(squares.var(axis=0).sum(axis=0)) / len(squares[0])
    assert np.abs((found - squares.mean(axis=(0, 1))) / error).max() < 5
