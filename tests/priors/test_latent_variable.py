"""A prior that is a VAE over z: closed forms of a linear-Gaussian one, its fit, its files and exports."""

import contextlib
import json
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn import metrics

import tfvae
from tests.linear_gaussian import LinearGaussian, gaussian_log_density
from tests.models import LATENT, digits, make, strategy
from tests.parts.composed import second_vae
from tests.priors.test_fit_prior import busy, numbers
from tfvae import VAE, callbacks, data, export, families, latent, networks, priors, recipes, schedules, terms

SAMPLED = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
RECONSTRUCT = terms.NegativeLogLikelihood()


@contextlib.contextmanager
def in_float64():
    """Also what Keras casts a functional model's inputs to."""
    keras.config.set_dtype_policy("float64")
    keras.config.set_floatx("float64")
    yield
    keras.config.set_dtype_policy("float32")
    keras.config.set_floatx("float32")


def inner():
    """Returns p(z) = N(b, W W^T + sigma^2 I) over three dimensions, as numbers and as an exact VAE in float64."""
    model = LinearGaussian.random(size=3, latents=2)
    with in_float64():
        return model, model.vae(SAMPLED)


def around(second, **parts):
    """Returns a model with `second` as its prior, over z of three dimensions, in float64."""
    with in_float64():
        vae = LinearGaussian.random().vae([terms.CrossEntropy(num_samples=4)], **parts)
        return vae.with_prior(priors.LatentVariable(second))


def test_its_draws_have_the_mean_and_covariance_of_the_marginal():
    model, second = inner()
    with in_float64():
        prior = priors.LatentVariable(second)
    count = 40_000
    for z in (prior.sample(count, [0, 1]), prior.distribution().sample(count, seed=[2, 3])):
        assert z.dtype == tf.float64
        z = z.numpy() - model.bias
        covariance = model.covariance
        assert np.abs(z.mean(axis=0) / np.sqrt(np.diag(covariance) / count)).max() < 4
        # Of a Gaussian, the products of two entries have the variance C_ii C_jj + C_ij^2.
        error = np.sqrt((np.outer(np.diag(covariance), np.diag(covariance)) + covariance**2) / count)
        assert np.abs((z.T @ z / count - covariance) / error).max() < 4


def test_the_temperature_is_that_of_u():
    model, second = inner()
    with in_float64():
        prior = priors.LatentVariable(second)
    count = 40_000
    for temperature in (0.0, 0.5):
        z = prior.sample(count, [0, 1], temperature).numpy() - model.bias
        covariance = temperature**2 * model.weight @ model.weight.T + model.sigma**2 * np.eye(3)
        error = np.sqrt((np.outer(np.diag(covariance), np.diag(covariance)) + covariance**2) / count)
        assert np.abs(z.mean(axis=0) / np.sqrt(np.diag(covariance) / count)).max() < 4
        assert np.abs((z.T @ z / count - covariance) / error).max() < 4
    np.testing.assert_allclose(prior.distribution().mean(), model.bias, rtol=1e-12)


@pytest.mark.parametrize("objective", [SAMPLED, [terms.ImportanceWeighted(3)]])
def test_at_the_exact_posterior_of_u_the_cross_entropy_is_exact(objective):
    """Each importance weight is then p(z) itself."""
    model, _ = inner()
    with in_float64():
        second = model.vae(objective)
    vae = around(second)
    inference = vae.infer(LinearGaussian.random().sample(7), seed=0)
    z = inference.latents[0].z.numpy()
    assert z.shape == (4, 7, 3)
    expected = -gaussian_log_density(z.reshape(-1, 3), model.bias, model.covariance).reshape(4, 7).mean(axis=0)
    np.testing.assert_allclose(vae.objective[0].value(inference), expected, rtol=0, atol=1e-10)


def test_at_another_posterior_of_u_it_is_too_large_by_its_kl():
    """KL(q || p(u|z)) of variances 4 times too large: (4 - 1 - log 4) / 2 a dimension, whatever z."""
    model, _ = inner()
    with in_float64():
        second = model.vae([terms.NegativeLogLikelihood(), terms.KL()], widen=4.0)
    vae = around(second)
    inference = vae.infer(LinearGaussian.random().sample(4000), seed=0)
    z = inference.latents[0].z.numpy().reshape(-1, 3)
    exact = -gaussian_log_density(z, model.bias, model.covariance)
    excess = -vae.prior.bound(inference.latents[0], lambda: tf.constant([5, 6]), False).numpy().ravel() - exact
    expected = 3 - np.log(4)
    assert abs(excess.mean() - expected) < 4 * excess.std() / np.sqrt(len(excess))
    assert excess.std() / np.sqrt(len(excess)) < 0.02 * expected


def test_weights_of_its_terms_count():
    model, _ = inner()
    with in_float64():
        second = model.vae([terms.NegativeLogLikelihood(), terms.KL(weight=0.0), terms.NegativeLogLikelihood(2.0)])
        plain = model.vae([terms.NegativeLogLikelihood()])
    values = [-each.prior.bound(each.infer(np.ones((2, 5)), seed=0).latents[0], lambda: tf.constant([5, 6]), False)
              for each in (around(second), around(plain))]  # fmt: skip
    np.testing.assert_allclose(values[0], 3 * values[1], rtol=1e-12)


def test_each_draw_of_z_has_a_draw_of_u_of_its_own():
    """Also where the z are one and the same, and from batch to batch."""
    _, second = inner()
    posterior = families.Deterministic((3,))
    with in_float64():
        second.posterior.head.bias.assign(second.posterior.head.bias + 1.0)  # so that the weights differ
        vae = LinearGaussian.random().vae([terms.NegativeLogLikelihood()], posterior=posterior)
        vae = vae.with_prior(priors.LatentVariable(second), terms.CrossEntropy(num_samples=5))
    x = np.ones((4, 5))
    first, again, other = (vae.infer(x, seed=seed) for seed in (0, 0, 1))
    bounds = []
    for inference in (first, again, other):
        seen = inference.latents[0]
        bounds.append(seen.bound(seen, lambda inference=inference: inference.seed(vae.objective[0])).numpy())
    np.testing.assert_array_equal(bounds[0], bounds[1])
    assert len(np.unique(np.concatenate([bounds[0], bounds[2]]))) == 2 * bounds[0].size


def fit(vae, second, **given):
    options = {"objective": RECONSTRUCT, "batch_size": 12, "verbose": 0} | given
    return latent.fit_prior(vae, digits(), priors.LatentVariable(second), **options)


def trained(**parts):
    vae = make(**parts)
    vae.compile("adam")
    vae.fit(digits(), batch_size=12, verbose=0)
    return vae


def test_only_the_copy_of_it_moves():
    vae, second = trained(**busy()), second_vae(**busy_over_z())
    second.compile("adam")
    everything = [variable.numpy() for variable in [*vae.variables, *second.variables]]
    fitted = fit(vae, second)
    for before, after in zip(everything, [*vae.variables, *second.variables], strict=True):
        np.testing.assert_array_equal(before, after)
    for before, after in zip(numbers(vae), numbers(fitted), strict=True):
        np.testing.assert_array_equal(before, after)
    learned = fitted.prior.model
    assert learned is not second
    assert not learned.compiled
    changed = [np.any(a.numpy() != b.numpy()) for a, b in zip(learned.weights, second.weights, strict=True)]
    assert all(changed), "trained, and moving averages moved"
    assert {id(v) for v in fitted.variables}.isdisjoint(id(v) for v in [*vae.variables, *second.variables])


def busy_over_z():
    """Networks over z with all that a train step would move or draw."""

    def network():
        layers = [keras.layers.Dense(8), keras.layers.BatchNormalization(momentum=0.5), keras.layers.Dropout(0.5)]
        return keras.Sequential([keras.Input(LATENT), *layers])

    return {"encoder": network(), "decoder": network()}


def test_its_networks_run_as_in_training_in_a_train_step_alone():
    second = second_vae(**busy_over_z())
    vae = make(prior=priors.LatentVariable(second), objective=[RECONSTRUCT, terms.CrossEntropy()])
    means = [layer for layer in second._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    before = [layer.moving_mean.numpy() for layer in means]
    vae.compile("sgd")
    vae.evaluate(digits(), verbose=0)
    vae.trained = True
    vae.sample(4, seed=0)
    for layer, value in zip(means, before, strict=True):
        np.testing.assert_array_equal(layer.moving_mean, value)
    vae.fit(digits(), verbose=0)
    assert len(means) == 2
    for layer, value in zip(means, before, strict=True):
        assert np.any(layer.moving_mean.numpy() != value)


def test_a_skipped_step_moves_nothing_of_it():
    """A second batch of NaN leaves what one batch has made of it, moving averages and weights."""
    x, seen = digits()[:12] // 128 * np.float32(1), []
    for batches in ([x], [x, np.full_like(x, np.nan)]):
        keras.utils.set_random_seed(0)
        prior = priors.LatentVariable(second_vae(**busy_over_z()))
        vae = make(prior=prior, objective=[RECONSTRUCT, terms.CrossEntropy()], preprocessing=None)
        vae.compile("sgd")
        stream = tf.data.Dataset.from_tensor_slices(np.stack(batches))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the NaN
            assert vae.fit(stream, verbose=0).history["skipped_steps"] == [len(batches) - 1]
        seen.append([variable.numpy() for variable in prior.model.weights])
    for one, two in zip(*seen, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_weight_of_its_terms_may_change_and_not_become_a_schedule():
    second = second_vae()
    vae = make(prior=priors.LatentVariable(second), objective=terms.CrossEntropy())
    vae.compile(keras.optimizers.SGD(0.0))

    def loss():
        return vae.evaluate(digits(), batch_size=36, verbose=0, return_dict=True)["cross_entropy"]

    first = loss()
    for term in second.objective:
        term.weight = 2.0
    np.testing.assert_allclose(loss(), 2 * first, rtol=1e-6)
    second.objective[1].weight = schedules.Linear(0.0, 1.0, 9)
    with pytest.raises(ValueError, match="constant weights"):
        loss()


@pytest.mark.slow
def test_a_fit_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path):
    def stop(epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt

    vae, second = trained(), second_vae(**busy_over_z())
    dataset = data.from_array(digits(), batch_size=12)

    def run(name, *others):
        given = [callbacks.BackupAndRestore(tmp_path / name), *others]
        prior = priors.LatentVariable(second)
        return latent.fit_prior(vae, dataset, prior, RECONSTRUCT, epochs=4, verbose=0, callbacks=given)

    with pytest.raises(KeyboardInterrupt):
        run("stopped", keras.callbacks.LambdaCallback(on_epoch_begin=stop))
    epochs = []
    resumed = run("stopped", keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: epochs.append(epoch)))
    assert epochs == [2, 3]
    for one, two in zip(resumed.prior.variables, run("whole").prior.variables, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("compiled", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_files_hold_it(tmp_path, compiled):
    second = second_vae(**busy_over_z())
    if compiled:
        second.compile("adam")
        second.fit(np.random.default_rng(0).normal(size=(24, *LATENT)).astype("float32"), verbose=0)
    vae = make(prior=priors.LatentVariable(second), objective=[RECONSTRUCT, terms.CrossEntropy()])
    vae.compile("adam")
    vae.fit(digits(), batch_size=12, verbose=0)
    vae.save(tmp_path / "vae.keras")
    loaded = tfvae.load_model(tmp_path / "vae.keras")
    assert json.dumps(loaded.get_config()) == json.dumps(vae.get_config())
    assert repr(loaded) == repr(vae)
    for _ in range(2):  # with a seed of the model's own stream
        np.testing.assert_array_equal(loaded.sample(4, mean=False), vae.sample(4, mean=False))
    for one, two in zip(loaded.variables, vae.variables, strict=True):
        np.testing.assert_array_equal(one, two)
    for each in (vae, loaded):
        each.fit(digits(), batch_size=12, shuffle=False, verbose=0)
    for one, two in zip(loaded.get_weights(), vae.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)
    vae.save_weights(tmp_path / "vae.weights.h5")
    other = vae.with_prior(vae.prior)
    for variable in other.trainable_variables:
        variable.assign(tf.zeros_like(variable))
    other.load_weights(tmp_path / "vae.weights.h5")
    np.testing.assert_array_equal(other.sample(4, seed=1), vae.sample(4, seed=1))


@pytest.mark.slow
def test_an_export_samples_from_it_and_has_no_score(tmp_path):
    fitted = fit(trained(preprocessing=data.Binarize()), second_vae())
    path = export.saved_model(fitted, tmp_path)
    assert "score" not in export.verify(path)["signatures"]
    served, seed = tf.saved_model.load(str(path)).signatures["generate"], tf.constant([1, 2])
    drawn = served(seed=seed, count=tf.constant(4), temperature=tf.constant(0.5))["mean"]
    np.testing.assert_allclose(drawn, fitted.sample(4, temperature=0.5, seed=seed), atol=1e-5)
    assert export.litert(fitted, tmp_path / "decoder.tflite", timed=False).stat().st_size > 0
    content = json.loads(export.explorer(fitted, tmp_path, data.from_array(digits(), batch_size=12)).read_text())
    assert content["kl"] is None
    (found,) = content["prior"]
    for part, temperature in (("centers", 0.0), ("draws", 1.0)):
        expected = fitted.prior.sample(256, [0, 0], temperature)
        np.testing.assert_allclose(found[part], expected, rtol=5.1e-4, atol=1e-6)


def test_a_warning_of_noise_is_not_given_for_a_fitted_one(recwarn):
    fit(trained(), second_vae()).sample(3)
    assert not [str(each.message) for each in recwarn if "untrained" in str(each.message)]


def test_a_conditional_model_may_have_it():
    vae = make(
        encoder=networks.Conditional(networks.mlp_encoder((8, 8, 11), (8,)), num_classes=10),
        decoder=networks.Conditional(networks.mlp_decoder((13,), (8,)), num_classes=10),
    )
    vae.trained = True
    labels = np.arange(36) % 10
    prior = priors.LatentVariable(second_vae())
    fitted = latent.fit_prior(vae, (digits(), labels), prior, RECONSTRUCT, batch_size=12, verbose=0)
    assert fitted.sample(2, condition=[1, 2], seed=0).shape == (2, 8, 8, 1)


@pytest.mark.slow
def test_it_is_fitted_on_replicas():
    with strategy().scope():
        vae, second = make(), second_vae()
        vae.trained = True
        fitted = fit(vae, second)
    assert np.isfinite(np.concatenate([v.numpy().ravel() for v in fitted.prior.variables])).all()


def ring(count, seed):
    """Returns x [count, 5]: a ring of radius 4 in a plane, with noise of 0.3 in it."""
    rng = np.random.default_rng(seed)
    angle, radius = rng.uniform(0, 2 * np.pi, count), 4 + 0.3 * rng.normal(size=count)
    plane = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return (plane @ LinearGaussian.random(latents=2).weight.T).astype("float32")


def energy_distance(a, b):
    """Returns 2 E|a - b| - E|a - a'| - E|b - b'|, which is 0 where both have one law, without a bias."""

    def spread(c):
        return metrics.pairwise_distances(c).sum() / (len(c) * (len(c) - 1))

    return 2 * metrics.pairwise_distances(a, b).mean() - spread(a) - spread(b)


@pytest.mark.slow
def test_two_stages_sample_where_the_codes_are(record_property):
    """The aggregate posterior is a ring; no Gaussian is near it, N(0, I) least."""
    keras.utils.set_random_seed(0)
    vae = VAE(
        encoder=networks.linear((5,)),
        posterior=families.Normal((2,), scale=0.05),
        prior=priors.StandardNormal((2,)),
        decoder=networks.linear((2,)),
        likelihood=families.Normal((5,), scale=0.1),
        objective=[terms.NegativeLogLikelihood()],
        seed=0,
    )
    vae.compile(keras.optimizers.Adam(1e-2))
    images = ring(5000, 0)
    vae.fit(images, epochs=15, batch_size=100, verbose=0)
    parts = {"encoder": networks.mlp_encoder((2,), (64, 64)), "decoder": networks.mlp_decoder((2,), (64, 64))}
    likelihood = families.Normal((2,), scale="shared")
    second = recipes.vae((2,), 2, likelihood=likelihood, preprocessing=None, seed=0, **parts)
    options = {"batch_size": 100, "verbose": 0}
    rate = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, 3000))
    fitted = latent.fit_prior(vae, images, priors.LatentVariable(second), epochs=60, optimizer=rate, **options)
    any_gaussian, rate = priors.Learned(families.MultivariateNormal((2,))), keras.optimizers.Adam(0.02)
    gaussian = latent.fit_prior(vae, images, any_gaussian, epochs=20, optimizer=rate, **options)
    blocks, size = 20, 250
    held_out = vae.encode(ring(blocks * size, 1)).sample(seed=[7, 8]).numpy()
    distances = {}
    for name, model in (("two stages", fitted), ("gaussian", gaussian), ("standard", vae)):
        z = model.prior.sample(blocks * size, [3, 4]).numpy()
        pairs = zip(np.split(z, blocks), np.split(held_out, blocks), strict=True)
        each = np.array([energy_distance(a, b) for a, b in pairs])
        distances[name] = each
        record_property(name, each.mean())
        record_property(f"{name}, standard error", each.std(ddof=1) / np.sqrt(blocks))
    for other in ("gaussian", "standard"):
        gain = distances[other] - distances["two stages"]
        assert gain.mean() > 5 * gain.std(ddof=1) / np.sqrt(blocks)
