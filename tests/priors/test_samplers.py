"""Samplers fitted afterwards: each learns what was planted, and is in the files of the model."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests import suites
from tests.models import LATENT, SHAPE, digits, make
from tests.parts.composed import second_vae
from tests.priors.test_autoregressive import QUANTISED, quantised
from tests.priors.test_fit_prior import steps
from tfvae import VAE, export, families, flows, latent, priors, random, terms
from tfvae.export import parts

RECONSTRUCT = [terms.NegativeLogLikelihood()]


def of_points(size):
    """A model whose codes are x, points of `size` numbers, and which decodes them to themselves."""

    def same():
        return keras.Sequential([keras.Input((size,)), keras.layers.Activation("linear")])

    vae = VAE(
        encoder=same(),
        posterior=families.Deterministic((size,)),
        prior=priors.StandardNormal((size,)),
        decoder=same(),
        likelihood=families.Normal((size,), scale=1.0),
        objective=RECONSTRUCT,
        seed=0,
    )
    for family in (vae.posterior, vae.likelihood):
        family.head.set_weights([np.eye(size), np.zeros(size)])
    vae.trained = True
    return vae


def autoregressive(size, inverted, units):
    """The prior of a masked autoregressive flow, or of its inverse."""
    step = flows.InverseAutoregressive((size,), units)
    return priors.Learned(families.Transformed(families.Normal((size,)), flows.Inverted(step) if inverted else step))


@pytest.mark.parametrize("inverted", [True, False], ids=["maf", "iaf"])
def test_an_autoregressive_flow_learns_a_planted_law(inverted):
    """A Gaussian, of which a linear flow knows all: the fit has the likelihood of the moments of the data."""
    factor = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [-0.5, 0.3, 0.9]])
    mean, count = np.array([1.0, -2.0, 0.5]), 1000
    x = (mean + np.random.default_rng(0).normal(size=(count, 3)) @ factor.T).astype("float32")
    adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.05, 250))
    fitted = latent.fit_prior(of_points(3), steps(250, x), autoregressive(3, inverted, ()), optimizer=adam, verbose=0)
    law = fitted.prior_distribution()
    best = np.cov(x, rowvar=False, bias=True)
    entropy = 0.5 * (np.linalg.slogdet(best)[1] + 3 * np.log(2 * np.pi) + 3)
    # A scale may depend on the numbers before it: three weights more, each worth 1 / (2 count) nats of these data.
    assert -0.005 < -np.mean(law.log_prob(x)) - entropy < 0.001
    # So is what it draws, to the standard errors of the data and of the draws.
    z = law.sample(4000, seed=[0, 1]).numpy()
    error = np.sqrt(1 / count + 1 / len(z))
    deviation = np.sqrt(np.diag(factor @ factor.T))
    assert np.all(np.abs(z.mean(axis=0) - mean) < 4 * error * deviation)
    covariance = factor @ factor.T
    spread = np.sqrt(covariance**2 + np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.all(np.abs(np.cov(z, rowvar=False) - covariance) < 4 * error * spread)


def test_a_masked_autoregressive_flow_learns_what_is_no_gaussian():
    """A banana, whose density is known: what the fit loses is the KL, over which a Gaussian loses much more."""
    rng = np.random.default_rng(0)

    def banana(count):
        first = rng.normal(size=count)
        return np.stack([first, first**2 - 1 + 0.3 * rng.normal(size=count)], axis=1).astype("float32")

    def log_density(x):
        error = (x[:, 1] - x[:, 0] ** 2 + 1) / 0.3
        return -0.5 * (x[:, 0] ** 2 + error**2) - np.log(2 * np.pi * 0.3)

    adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.03, 400))
    prior, x = autoregressive(2, True, (24,)), banana(2000)
    fitted = latent.fit_prior(of_points(2), steps(400, x), prior, optimizer=adam, verbose=0)
    held_out = banana(4000)
    lost = log_density(held_out) - fitted.prior_distribution().log_prob(held_out).numpy()
    gaussian = 0.5 * (np.linalg.slogdet(np.cov(x, rowvar=False))[1] + 2 * np.log(2 * np.pi) + 2)
    assert gaussian + log_density(held_out).mean() > 1.0
    assert -4 * lost.std() / np.sqrt(len(lost)) < lost.mean() < 0.1


def fitted_to(prior, **fit):
    vae = make()
    vae.trained = True
    return latent.fit_prior(vae, digits(), prior, RECONSTRUCT, **fit)


BY_GRADIENT = {"batch_size": 12, "verbose": 0}
SAMPLERS = {
    "gmm": lambda: fitted_to(priors.GaussianMixture(LATENT, 3)),
    "gmm, full": lambda: fitted_to(priors.GaussianMixture(LATENT, 2, full_covariance=True)),
    "maf": lambda: fitted_to(autoregressive(3, True, (8,)), **BY_GRADIENT),
    "iaf": lambda: fitted_to(autoregressive(3, False, (8,)), **BY_GRADIENT),
    "two stages": lambda: fitted_to(priors.LatentVariable(second_vae()), **BY_GRADIENT),
    "vamp": lambda: fitted_to(priors.VampPrior(LATENT, SHAPE, 3), **BY_GRADIENT),
    "hypersphere": lambda: fitted_to(priors.Hypersphere(LATENT)),
    "codes": lambda: latent.fit_prior(
        quantised(QUANTISED["books"](), prior=priors.StandardNormal((2, 3))),
        digits(),
        priors.Autoregressive((2, 3), (4, 4, 4), units=8, layers=1, heads=2),
        **BY_GRADIENT,
    ),
}


@pytest.mark.parametrize("name", suites.chosen(SAMPLERS, slow=("gmm, full", "maf", "codes")))
def test_it_is_in_the_exported_files(name, tmp_path):
    """Both files draw from the prior that was fitted: the first by a seed, the second of given noise."""
    fitted = SAMPLERS[name]()
    served = tf.saved_model.load(str(export.saved_model(fitted, tmp_path / "served"))).signatures["generate"]
    seed = tf.constant([1, 2])
    for temperature in (0.0, 1.0):
        asked = {"seed": seed, "count": tf.constant(4), "temperature": tf.constant(temperature)}
        expected = fitted.sample(4, seed=seed, temperature=temperature)
        np.testing.assert_allclose(served(**asked)["mean"], expected, atol=1e-5)
    path = export.litert(fitted, tmp_path / "generate.tflite", "generate", batch_size=2, timed=False)
    about = export.verify(tmp_path)["files"][path.name]
    # Which compared it with Keras, on nearly all of what it drew.
    assert about["compared_on"] == "prior"
    assert about["compared"] > 200
    assert about["inputs"]["noise"][1] == 2
    other = fitted.with_prior(priors.StandardNormal(fitted.prior.event_shape), RECONSTRUCT)
    noise = np.random.default_rng(0).random((2, about["inputs"]["noise"][2])).astype("float32")
    runner = tf.lite.Interpreter(model_path=str(path)).get_signature_runner()
    ours = parts.of(fitted, "generate", 2).function(tf.constant(noise))["mean"]
    np.testing.assert_allclose(runner(noise=noise)["mean"], ours, atol=1e-4)
    assert np.abs(other.sample(2, seed=0) - ours).max() > 1e-3


@pytest.mark.parametrize("name", ["gmm", "gmm, full", "maf", "hypersphere"])
def test_given_noise_draws_have_the_moments_of_seeded_ones(name):
    """Of z itself: of a model that decodes z to itself, a uniform number in, a draw out."""
    size, count = 3, 8000
    prior = {
        "gmm": lambda: priors.GaussianMixture((size,), 3),
        "gmm, full": lambda: priors.GaussianMixture((size,), 2, full_covariance=True),
        "maf": lambda: autoregressive(size, True, (8,)),
        "hypersphere": lambda: priors.Hypersphere((size,)),
    }[name]()
    rng = np.random.default_rng(0)
    for variable in prior.trainable_variables:
        variable.assign(variable + 0.5 * rng.normal(size=variable.shape))
    vae = of_points(size).with_prior(prior, RECONSTRUCT)
    part = parts.of(vae, "generate")
    width = part.inputs[0].shape[1]
    given = part.function(tf.constant(rng.random((count, width)), tf.float32))["mean"].numpy()
    drawn = vae.sample_prior(count, seed=0).numpy()
    for power in (1, 2):
        both = np.stack([given**power, drawn**power])
        error = np.sqrt(both.var(axis=1).sum(axis=0) / count)
        assert np.all(np.abs(both.mean(axis=1)[0] - both.mean(axis=1)[1]) < 4 * error)


def test_given_numbers_make_normal_ones_of_two_each():
    columns = random.columns_of(lambda count: random.normal([count, 3], [0, 1], "float32"))
    assert columns == [3, 3]
    numbers = np.random.default_rng(0).random((5000, 6)).astype("float32")
    with random.given(tf.constant(numbers), columns):
        z = random.normal([5000, 3], [0, 1], tf.float32).numpy()
    assert stats.kstest(z.ravel(), "norm").pvalue > 0.001
    assert stats.kstest((z[:, 0] + z[:, 1]) / np.sqrt(2), "norm").pvalue > 0.001
    with pytest.raises(ValueError, match="not one for each of 2 examples"):
        random.columns_of(lambda count: random.uniform([3, count], [0, 1], "float32"))


def test_what_draws_by_other_means_or_int8_is_refused(tmp_path):
    vae = make(prior=priors.Fixed(families.Laplace(LATENT), {"loc": 0.0, "scale": 1.0}), objective=RECONSTRUCT)
    vae.trained = True
    with pytest.raises(ValueError, match=r"of the part generate a prior that draws through tfvae\.random"):
        export.litert(vae, tmp_path / "g.tflite", "generate", timed=False)
    with pytest.raises(ValueError, match="int8 is for networks"):
        export.litert(make(), tmp_path / "g.tflite", "generate", "int8", data=digits(), timed=False)
    assert not (tmp_path / "g.tflite").exists()
