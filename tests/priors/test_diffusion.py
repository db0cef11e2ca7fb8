"""A diffusion prior: closed forms of Gaussians, planted mixtures, its fit, its files and exports."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from scipy import special, stats
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

import tfvae
from tests.models import LATENT, digits, make, strategy
from tests.parts.composed import diffusions_of_maps, maps_of_any_prior
from tests.priors.test_fit_prior import numbers
from tfvae import VAE, component, data, export, families, latent, networks, priors, random, terms

COVARIANCE = np.array([[1.5, 0.9, 0.0], [0.9, 1.2, -0.3], [0.0, -0.3, 0.4]])
LEAST = 0.01
RECONSTRUCT = terms.NegativeLogLikelihood()


def root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(values) @ vectors.T


@component.register
class OfGaussian(component.Component):
    """The exact velocity of y ~ N(0, C), or of y ~ N(c, C) for a condition c beside x: no variable."""

    condition_shape = ()
    condition_dtype = "float32"

    def __init__(self, covariance, told=False, **kwargs):
        super().__init__(**kwargs)
        self.covariance, self.told = np.asarray(covariance).tolist(), told

    def call(self, x, condition, training=None):
        x, mean = (x[:, : len(self.covariance)], x[:, len(self.covariance) :]) if self.told else (x, 0.0)
        angle = 2 * tf.atan(tf.exp(condition))[:, None, None]
        c = tf.constant(self.covariance, x.dtype)
        of_x = tf.cos(angle) ** 2 * c + tf.sin(angle) ** 2 * tf.eye(len(self.covariance), dtype=x.dtype)
        cos, sin = tf.cos(angle)[..., 0], tf.sin(angle)[..., 0]
        near = mean + cos * tf.linalg.matvec(c, tf.linalg.solve(of_x, (x - cos * mean)[..., None])[..., 0])
        return (near - cos * x) / sin  # as E[y|x] = cos x + sin v


@component.register
class Constant(component.Component):
    """The same velocity everywhere."""

    condition_shape = ()
    condition_dtype = "float32"

    def __init__(self, value, **kwargs):
        super().__init__(**kwargs)
        self.value = list(value)

    def call(self, x, condition, training=None):
        return tf.constant(self.value, x.dtype) * tf.ones_like(x)


def exact(covariance=COVARIANCE, **options):
    return priors.Diffusion((len(covariance),), OfGaussian(covariance), min_noise=LEAST, **options)


def mean_bound(law, z, repeats=8000, parts=20):
    """Returns the mean over noise of the bound at each z [N, D], and its standard error."""
    repeated = tf.repeat(tf.cast(z, tf.float32)[None], repeats, 0)
    each = [law.bound(repeated, random.fold([3, 4], part), False).numpy().mean(0) for part in range(parts)]
    return np.mean(each, 0), np.std(each, 0, ddof=1) / parts**0.5


def points(covariance=COVARIANCE, count=5):
    return np.random.default_rng(0).multivariate_normal(np.zeros(len(covariance)), covariance, count)


def test_at_a_velocity_of_zero_the_bound_is_the_density_of_a_gaussian_at_each_draw():
    prior = priors.Diffusion((3,), Constant([0.0] * 3))
    prior.start_from(np.random.default_rng(0).normal([1.0, -2.0, 0.5], 3.0, (500, 3)), seed=0)
    z = tf.cast(points() * 3, tf.float32)
    expected = stats.norm(prior.loc.numpy(), prior.scale.numpy()).logpdf(z).sum(-1)
    np.testing.assert_allclose(prior.distribution().bound(z, [1, 2], False), expected, rtol=1e-5)


def test_at_a_constant_velocity_it_falls_by_the_closed_form():
    """log(1/s) E[2 t.c - |c|^2] = 2 (1 - s) y.c - log(1/s) |c|^2, as sin(a) has the mean (1 - s) / log(1/s)."""
    c, z, least = np.array([0.3, -0.2, 0.5]), points(), 0.05
    prior = priors.Diffusion((3,), Constant(c), min_noise=least)
    found, error = mean_bound(prior.distribution(), z)
    expected = stats.norm().logpdf(z).sum(-1) + 2 * (1 - least) * z @ c + np.log(least) * c @ c
    assert np.abs((found - expected) / error).max() < 4
    assert error.max() < 0.02


def test_at_the_exact_velocity_of_a_gaussian_the_bound_is_its_density():
    """Up to min_noise^4, and whatever loc and scale are, which then are a part of the velocity's Gaussian."""
    prior, z = exact(), points()
    found, error = mean_bound(prior.distribution(), z)
    expected = stats.multivariate_normal(np.zeros(3), COVARIANCE).logpdf(z)
    assert np.abs((found - expected) / error).max() < 4
    assert error.max() < 0.02
    prior.loc.assign([1.0, 2.0, 3.0])
    prior.log_scale.assign(np.log([2.0, 0.5, 1.0]))
    scale = np.diag([2.0, 0.5, 1.0])
    z = z @ scale + [1.0, 2.0, 3.0]
    found, error = mean_bound(prior.distribution(), z)
    expected = stats.multivariate_normal([1.0, 2.0, 3.0], scale @ COVARIANCE @ scale).logpdf(z)
    assert np.abs((found - expected) / error).max() < 4


def test_of_a_condition_it_is_the_density_given_that():
    prior = priors.Diffusion((3,), OfGaussian(COVARIANCE, told=True), condition_shape=(3,), min_noise=LEAST)
    z, means = points(), np.random.default_rng(1).normal(size=(5, 3))
    law = prior.distribution(means)
    found, error = mean_bound(law, z)
    expected = [stats.multivariate_normal(mean, COVARIANCE).logpdf(each) for mean, each in zip(means, z, strict=True)]
    assert np.abs((found - expected) / error).max() < 4
    np.testing.assert_allclose(law.mean(), means, atol=1e-4)
    drawn = law.sample(4000, seed=[1, 2]).numpy()
    assert drawn.shape == (4000, 5, 3)
    assert np.abs((drawn.mean(0) - means) / np.sqrt(np.diag(COVARIANCE) / 4000)).max() < 4
    # A condition for each of several axes of draws, as below another stochastic layer.
    several = prior.distribution(np.tile(means, (2, 1, 1)))
    np.testing.assert_allclose(several.mean(), [means] * 2, atol=1e-4)
    z = tf.cast(np.stack([z, z + 1]), tf.float32)
    assert several.bound(z, [1, 2], False).shape == (2, 5)
    np.testing.assert_array_equal(several.batch_shape_tensor(), (2, 5))


def test_the_network_of_the_bound_knows_whether_the_model_trains():
    network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dropout(0.5, seed=0)])
    prior = priors.Diffusion((3,), networks.Conditional(network))
    law, z = prior.distribution(), tf.cast(points(), tf.float32)
    still, again, trains = (law.bound(z, [1, 2], training) for training in (False, False, True))
    np.testing.assert_array_equal(still, again)
    assert np.abs(still - trains).max() > 1e-3


def test_draws_follow_the_flow_of_a_gaussian_to_second_order():
    """From e ~ N(0, I) its flow leads to sqrt(C) e. Twice the steps leave a quarter of the error."""
    noise = priors.Diffusion((3,), Constant([0.0] * 3)).sample(2000, [5, 6]).numpy()
    errors = []
    for steps in (8, 16, 32):
        z = exact(steps=steps).sample(2000, [5, 6]).numpy()
        errors.append(np.abs(z - noise @ root(COVARIANCE)).mean())
    ratios = np.array(errors[:-1]) / errors[1:]
    assert (ratios > 3).all()
    assert errors[1] < 0.01


def test_draws_have_the_covariance_of_a_gaussian():
    count = 20_000
    z = exact().distribution().sample(count, seed=[1, 2]).numpy()
    assert np.abs(z.mean(axis=0) / np.sqrt(np.diag(COVARIANCE) / count)).max() < 4
    error = np.sqrt((np.outer(np.diag(COVARIANCE), np.diag(COVARIANCE)) + COVARIANCE**2) / count)
    assert np.abs((z.T @ z / count - COVARIANCE) / error).max() < 4


def test_a_temperature_multiplies_the_noise():
    prior = exact()
    prior.loc.assign([1.0, 2.0, 3.0])
    whole, half, none = (prior.sample(5, [1, 2], temperature) for temperature in (1.0, 0.5, 0.0))
    np.testing.assert_allclose(half - prior.loc, (whole - prior.loc) / 2, rtol=1e-4)
    np.testing.assert_allclose(none, np.tile(prior.loc, (5, 1)), rtol=1e-6)
    np.testing.assert_allclose(prior.distribution().mean(), prior.loc, rtol=1e-6)


def test_a_fit_starts_at_the_moments_of_z():
    """Of a map one scale for each channel, over all places."""
    rng = np.random.default_rng(0)
    z = rng.normal(rng.normal(size=(4, 4, 2)), [0.5, 3.0], (5000, 4, 4, 2))
    prior = priors.Diffusion((4, 4, 2))
    prior.start_from(z, seed=0)
    np.testing.assert_allclose(prior.loc, z.mean(0), rtol=1e-5)
    assert np.abs(prior.scale / [0.5, 3.0] - 1).max() < 4 / np.sqrt(2 * z[..., 0].size)


def codes(z):
    """Returns a model whose z is x."""
    posterior = families.Deterministic(z.shape[1:])
    vae = VAE(
        encoder=networks.linear(z.shape[1:]),
        posterior=posterior,
        prior=priors.StandardNormal(z.shape[1:]),
        decoder=networks.linear(z.shape[1:]),
        likelihood=families.Normal(z.shape[1:]),
        objective=[RECONSTRUCT],
        seed=0,
    )
    posterior.head.kernel.assign(np.eye(z.shape[1]))
    posterior.head.bias.assign(np.zeros(z.shape[1]))
    vae.trained = True
    return vae


@pytest.mark.slow
def test_a_planted_mixture_is_found(record_property):
    """The bound is below the entropy and near to it; draws have the weights, means and spreads."""
    weights, spread = np.array([0.5, 0.3, 0.2]), 0.2
    means, rng = np.array([[3.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]]), np.random.default_rng(0)
    z = (means[rng.choice(3, 20_000, p=weights)] + spread * rng.normal(size=(20_000, 2))).astype("float32")
    keras.utils.set_random_seed(0)
    prior = priors.Diffusion((2,), networks.Denoiser((2,), 64, 2), min_noise=0.02)
    rate = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, 2400))
    fitted = latent.fit_prior(codes(z), z, prior, RECONSTRUCT, optimizer=rate, epochs=30, batch_size=250, verbose=0)
    held_out = (means[rng.choice(3, 5000, p=weights)] + spread * rng.normal(size=(5000, 2))).astype("float32")
    apart = held_out[:, None] - means
    log_p = special.logsumexp(stats.norm(0, spread).logpdf(apart).sum(-1) + np.log(weights), axis=1)
    law = fitted.prior.distribution()
    gap = log_p - np.mean([law.bound(held_out, [seed, 1], False).numpy() for seed in range(40)], axis=0)
    error = gap.std(ddof=1) / len(gap) ** 0.5
    record_property("gap, nats", gap.mean())
    assert gap.mean() > -4 * error
    assert gap.mean() < 0.1
    drawn = fitted.prior.sample(20_000, [1, 2]).numpy()
    nearest = np.argmin(((drawn[:, None] - means) ** 2).sum(-1), axis=1)
    for number, (weight, mean) in enumerate(zip(weights, means, strict=True)):
        mine = drawn[nearest == number]
        record_property(f"weight {number}", len(mine) / len(drawn))
        # What was learned is a little off, beside the error of the draws.
        assert abs(len(mine) / len(drawn) - weight) < 0.02
        assert np.abs(mine.mean(0) - mean).max() < 0.05
        assert np.abs(mine.std(0) - spread).max() < 0.05


def trained(**parts):
    vae = make(**parts)
    vae.compile("adam")
    vae.fit(digits(), batch_size=12, verbose=0)
    return vae


def small(shape=LATENT, **options):
    return priors.Diffusion(shape, networks.Denoiser(shape, 16, 1), steps=3, **options)


def fit(vae, prior, **given):
    return latent.fit_prior(vae, digits(), prior, RECONSTRUCT, batch_size=12, verbose=0, **given)


def test_it_is_fitted_saved_and_exported(tmp_path):
    vae, prior = trained(preprocessing=data.Binarize()), small()
    everything = [variable.numpy() for variable in [*vae.variables, *prior.variables]]
    fitted = fit(vae, prior)
    for before, after in zip(everything, [*vae.variables, *prior.variables], strict=True):
        np.testing.assert_array_equal(before, after)
    for before, after in zip(numbers(vae), numbers(fitted), strict=True):
        np.testing.assert_array_equal(before, after)
    changed = [np.any(a.numpy() != b.numpy()) for a, b in zip(fitted.prior.weights, prior.weights, strict=True)]
    assert all(changed)
    fitted.save(tmp_path / "fitted.keras")
    loaded = tfvae.load_model(tmp_path / "fitted.keras")
    assert repr(loaded) == repr(fitted)
    np.testing.assert_array_equal(loaded.sample(4, seed=1), fitted.sample(4, seed=1))
    path = export.saved_model(fitted, tmp_path / "saved")
    assert "score" not in export.verify(path)["signatures"]
    served, seed = tf.saved_model.load(str(path)).signatures["generate"], tf.constant([1, 2])
    drawn = served(seed=seed, count=tf.constant(4), temperature=tf.constant(0.5))["mean"]
    np.testing.assert_allclose(drawn, fitted.sample(4, temperature=0.5, seed=seed), atol=1e-5)


def test_its_draws_are_a_graph_of_operations_that_a_phone_has():
    prior = small()
    drawn: Any = tf.function(prior.distribution().flow, input_signature=[tf.TensorSpec([2, *LATENT])])
    frozen = convert_variables_to_constants_v2(drawn.get_concrete_function(), lower_control_flow=False)
    converter: Any = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    interpreter = Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    noise = np.random.default_rng(0).normal(size=(2, *LATENT)).astype("float32")
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], noise)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(found, prior.distribution().flow(noise), atol=1e-5)


def test_it_is_made_for_each_layer_of_a_model():
    vae = make(**maps_of_any_prior())
    prior: Any = latent.diffusion(vae, steps=2)
    assert repr(prior.top) == "Diffusion((2, 2, 2), steps=2)"
    (below,) = prior.families
    assert repr(below) == "Diffusion((4, 4, 1), condition_shape=(4, 4, 4), steps=2)"
    assert repr(latent.diffusion(make())) == "Diffusion((3,))"


@pytest.mark.slow
def test_several_layers_have_one_each(tmp_path):
    vae = trained(**maps_of_any_prior())
    prior: Any = diffusions_of_maps()["prior"]
    fitted = fit(vae, prior)
    for before, after in zip(numbers(vae), numbers(fitted), strict=True):
        np.testing.assert_array_equal(before, after)
    assert np.any(fitted.prior.top.loc.numpy())
    assert np.any(fitted.prior.families[0].loc.numpy())
    assert fitted.sample(4, temperature=[1.0, 0.5], seed=0).shape == (4, 8, 8, 1)
    fitted.save(tmp_path / "fitted.keras")
    loaded = tfvae.load_model(tmp_path / "fitted.keras")
    np.testing.assert_array_equal(loaded.sample(4, seed=1), fitted.sample(4, seed=1))
    assert fitted.prior_distribution().mean().shape == prior.event_shape


@pytest.mark.slow
def test_a_mixture_may_stand_above_it():
    """It starts from its own fit, which the gradient of a step hardly changes."""
    vae = trained(**maps_of_any_prior())
    mixture, below = priors.GaussianMixture((2, 2, 2), 1), diffusions_of_maps()["prior"].families
    fitted = fit(vae, priors.Hierarchical(mixture, below), optimizer=keras.optimizers.SGD(0.0))
    codes = vae.posterior.split(vae.encode(digits()).mean())[0].numpy()
    error = vae.posterior.families[0].distribution(vae.encoder(vae.preprocess(digits()))[0]).stddev().numpy()
    assert np.abs(fitted.prior.top.loc[0] - codes.mean(0)).max() < 4 * error.max() / 36**0.5


def test_it_is_fitted_on_replicas():
    with strategy().scope():
        vae = make()
        vae.trained = True
        fitted = fit(vae, small())
    assert np.isfinite(np.concatenate([v.numpy().ravel() for v in fitted.prior.variables])).all()


def test_a_negative_entropy_and_a_cross_entropy_are_a_kl():
    vae = make(objective=[terms.NegativeEntropy(num_samples=7), terms.CrossEntropy(), terms.KL(monte_carlo=True)])
    inference = vae.infer(digits(), seed=0)
    objective: Any = vae.objective
    entropy, cross, kl = (term.value(inference) for term in objective)
    np.testing.assert_allclose(entropy + cross, kl, rtol=1e-4)
