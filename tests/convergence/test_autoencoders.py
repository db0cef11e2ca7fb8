"""Autoencoders, trained: what the best of them is, linear algebra knows."""

import keras
import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from tests import suites
from tests.convergence import ppca
from tfvae import data, families, networks, recipes, terms

SIZE, COUNT = 6, 1000


def gaussian():
    """Returns x, [N, D] in float32, of mean 0, and its exact covariance, of eigenvalues that are far apart."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(COUNT, SIZE)) * np.sqrt([4.0, 2.5, 1.5, 0.8, 0.4, 0.2])
    x = (x @ np.linalg.qr(rng.normal(size=(SIZE, SIZE)))[0]).astype("float32")
    x -= x.mean(axis=0)
    return x, np.cov(x.T.astype("float64"), bias=True)


def fit(vae, x, steps, rate=0.01):
    """Takes Adam steps on the whole of x at a rate that falls to 0. Returns the model."""
    vae.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps)), steps_per_execution=100)
    vae.fit(data.from_array(x, batch_size=len(x)).repeat(steps // 5), epochs=5, verbose=0)
    return vae


def linear(name, latents, **parts):
    keras.utils.set_random_seed(0)
    pair = {"encoder": networks.linear((SIZE,)), "decoder": networks.linear((latents,))}
    return getattr(recipes, name)((SIZE,), latents, seed=0, **(pair | {"preprocessing": None} | parts))


def linear_map(vae):
    """Returns A of x -> x A^T + b, the mean reconstruction."""
    points = vae(np.concatenate([np.eye(SIZE), np.zeros((1, SIZE))]).astype("float32")).numpy()
    return (points[:-1] - points[-1]).T


@pytest.mark.slow
def test_a_linear_autoencoder_finds_the_subspace_of_pca(record_property):
    x, covariance = gaussian()
    latents = 3
    vae = fit(linear("autoencoder", latents), x, 3000)
    values, vectors = ppca.spectrum(covariance)
    angles = scipy.linalg.subspace_angles(vae.likelihood.head.kernel.numpy().T, vectors[:, :latents])
    record_property("largest_angle", float(angles.max()))
    assert angles.max() < 1e-2
    # Baldi and Hornik (1989): the reconstruction is the projection, the error what the other directions hold.
    np.testing.assert_allclose(linear_map(vae), vectors[:, :latents] @ vectors[:, :latents].T, atol=1e-2)
    error = np.sum((x - vae(x).numpy()) ** 2, axis=1).mean()
    assert error == pytest.approx(values[latents:].sum(), rel=1e-3)


@pytest.mark.slow
def test_denoising_a_gaussian_is_the_optimal_linear_filter(record_property):
    x, covariance = gaussian()
    stddev = 0.7
    vae = fit(linear("denoising_autoencoder", SIZE, preprocessing=data.Corrupt(stddev=stddev)), x, 6000)

    def error(matrix):
        """E|A (x + n) - x|^2 of a linear map."""
        rest = np.eye(SIZE) - matrix
        return np.trace(rest @ covariance @ rest.T) + stddev**2 * np.sum(matrix**2)

    # Wiener's filter: Cov(x, x~) Cov(x~)^-1.
    wiener = np.linalg.solve(covariance + stddev**2 * np.eye(SIZE), covariance).T
    learned = linear_map(vae)
    record_property("error", (error(learned), error(wiener), error(np.eye(SIZE))))
    assert error(wiener) <= error(learned) < 1.005 * error(wiener)
    # Without noise the best map is the identity: 0.4 and more away in the directions of small variance.
    assert np.abs(wiener - np.eye(SIZE)).max() > 0.4
    np.testing.assert_allclose(learned, wiener, atol=0.05)


@pytest.mark.slow
def test_a_sparse_autoencoder_thresholds_softly(record_property):
    # Under a decoder with orthonormal columns |x - D z|^2 + a |z|_1 is least at sign(c) max(|c| - a / 2, 0), c = D^T x.
    x, _ = gaussian()
    activity = 1.0
    decoder = np.linalg.qr(np.random.default_rng(1).normal(size=(SIZE, SIZE)))[0]
    vae = linear("sparse_autoencoder", SIZE, activity=activity, encoder=networks.mlp_encoder((SIZE,), (64,)))
    vae.likelihood.head.kernel.assign(decoder.T)
    vae.likelihood.head.trainable = False
    fit(vae, x, 6000)
    code = x @ decoder
    best = np.sign(code) * np.maximum(np.abs(code) - activity / 2, 0)
    z = vae.encode(x).mean().numpy()

    def loss(z):
        return np.mean(np.sum((x - z @ decoder.T) ** 2, axis=1) + activity * np.abs(z).sum(axis=1))

    record_property("loss", (loss(z), loss(best), loss(code)))
    assert loss(best) <= loss(z) < 1.01 * loss(best)
    # Curvature 2 around the minimum: the excess bounds the distance.
    assert np.mean(np.sum((z - best) ** 2, axis=1)) <= loss(z) - loss(best) + 1e-6
    assert 0.3 < np.mean(best == 0) < 0.9
    # What is to be silent is nearly so, and the rest speaks.
    assert np.mean(np.abs(z[best == 0])) < 0.05 < 0.5 < np.mean(np.abs(z[best != 0]))


@pytest.mark.parametrize("name", suites.chosen(["rae_gp", "rae_l2"], slow=["rae_l2"]))
def test_a_regularised_linear_autoencoder_shrinks_singular_values(name, record_property):
    """In a direction of variance l, code a x and weight w, g = w a: l (1 - g)^2 + beta / 2 a^2 l + c w^2.

    Over w at a fixed g the penalties are least at g sqrt(2 beta c l), so the best g is 1 - sqrt(beta c / (2 l)), or 0.
    """
    x, covariance = gaussian()
    beta, weight = 0.5, 1.0
    vae = fit(linear(name, SIZE, beta=beta, weight=weight), x, 6000)
    values, vectors = ppca.spectrum(covariance)
    gains = np.maximum(1 - np.sqrt(beta * weight / (2 * values)), 0)
    learned = linear_map(vae)
    record_property("gains", (np.diag(vectors.T @ learned @ vectors), gains))
    np.testing.assert_allclose(learned, vectors * gains @ vectors.T, atol=0.03)
    assert gains[0] > 0.7 > 0.1 > gains[-1]


@pytest.mark.parametrize(
    "name",
    suites.chosen(
        ["sparse_autoencoder", "denoising_autoencoder", "rae_gp", "rae_l2", "rae_sn"],
        slow=("denoising_autoencoder", "rae_gp"),
    ),
)
def test_the_recipe_learns_digits(name, record_property):
    keras.utils.set_random_seed(0)
    model = getattr(recipes, name)((8, 8, 1), 16, seed=0)
    model.compile(keras.optimizers.Adam(2e-3))
    model.fit(data.load("digits", "train", batch_size=64)[0], epochs=60, verbose=0)
    train, test = (data.digits(split)[0] / 255.0 for split in ("train", "test"))
    error = np.sum((test - model(test).numpy()) ** 2, axis=(1, 2, 3)).mean()
    # The best linear map of as many numbers.
    flat, held = train.reshape(-1, 64), test.reshape(-1, 64)
    vectors = ppca.spectrum(np.cov(flat.T, bias=True))[1][:, :16]
    rest = held - flat.mean(axis=0)
    pca = np.sum((rest - rest @ vectors @ vectors.T) ** 2, axis=1).mean()
    record_property("squared_error", (float(error), float(pca)))
    assert error < 1.5 * pca
    assert isinstance(model.posterior, families.Deterministic)


@pytest.mark.slow
def test_mmd_draws_the_codes_of_an_autoencoder_to_the_prior(record_property):
    """A WAE-MMD: an autoencoder's codes have the spread that suits its decoder, and those of a WAE the prior's law."""
    x, _ = gaussian()
    kernel = terms.kernels.InverseMultiquadric()
    found = {}
    for name, weight in (("autoencoder", 0.0), ("wae", 100.0)):
        objective = [terms.NegativeLogLikelihood(), terms.MMD(weight, kernel)]
        vae = linear("autoencoder", 2, objective=objective)
        before = codes(vae, x)
        vae.compile(keras.optimizers.Adam(0.01))
        vae.fit(data.from_array(x, batch_size=100, seed=0), epochs=100, verbose=0)
        found[name] = codes(vae, x)
    for name, z in found.items():
        record_property(f"{name}, covariance", np.cov(z.T))
    draws = np.random.default_rng(1).normal(size=(COUNT, 2))

    def distance(z):
        """The biased MMD^2 from N(0, I), by all pairs."""
        one, two, cross = (kernel.gram(*map(tf.constant, pair)) for pair in ((z, z), (draws, draws), (z, draws)))
        return float(tf.reduce_mean(one) + tf.reduce_mean(two) - 2 * tf.reduce_mean(cross))

    # Another thousand draws of the prior are as far from these as the codes may be.
    floor = distance(np.random.default_rng(2).normal(size=(COUNT, 2)))
    assert distance(found["wae"]) < 3 * floor
    assert min(distance(before), distance(found["autoencoder"])) > 20 * floor
    np.testing.assert_allclose(found["wae"].mean(axis=0), 0.0, atol=0.1)
    np.testing.assert_allclose(np.cov(found["wae"].T), np.eye(2), atol=0.15)


def codes(vae, x):
    return np.asarray(vae.encode(x).mean(), "float64")
