"""Draws by the inverse volume of a metric, whose law in two dimensions is known by quadrature."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make, recipe
from tfvae import export, families, latent, priors, random, terms
from tfvae.export import parts

RECONSTRUCT = [terms.NegativeLogLikelihood()]
RNG = np.random.default_rng(0)
LOCATIONS = np.array([[0.0, 0.0], [0.6, 0.5], [2.0, -0.5], [2.4, -0.2], [1.0, 1.6]])
FACTORS = np.tril(RNG.uniform(0.3, 1.2, size=(5, 2, 2)))
OPTIONS: dict[str, Any] = {"temperature": 0.8, "regularization": 0.3, "radius": 1.5}


def a_prior(**options):
    prior = priors.InverseVolume((2,), components=5, **(OPTIONS | options))
    prior.locations.assign(LOCATIONS)
    prior.squares.assign(FACTORS @ FACTORS.transpose(0, 2, 1))
    return prior


def volume(z):
    """sqrt(det G^-1) as it is written, and 0 far from all codes, [N] for [N, 2]."""
    distances = np.linalg.norm(z[:, None] - LOCATIONS, axis=-1)
    near = np.exp(-(distances**2) / 0.8**2)
    inverse = np.einsum("ni,ijk->njk", near, FACTORS @ FACTORS.transpose(0, 2, 1)) + 0.3 * np.eye(2)
    return np.sqrt(np.linalg.det(inverse)) * (distances.min(axis=1) <= 1.5)


def test_the_volume_is_the_root_of_the_determinant_and_its_gradient_that_of_differences():
    prior = a_prior(dtype="float64")
    z = RNG.normal(loc=[1.0, 0.3], size=(50, 2))
    found, slope = prior.log_volume(tf.constant(z))
    inside = volume(z) > 0
    assert 0 < np.sum(~inside) < 25
    np.testing.assert_allclose(np.exp(found), volume(z), rtol=1e-6)
    for axis, step in enumerate(1e-5 * np.eye(2)):
        ends = [np.log(volume(z[inside] + sign * step)) for sign in (1, -1)]
        np.testing.assert_allclose(slope.numpy()[inside, axis], (ends[0] - ends[1]) / 2e-5, rtol=1e-4, atol=1e-6)


def seeded(prior, count):
    return tf.function(lambda: prior.sample(count, seed=tf.constant([1, 2])))().numpy()


def of_given_noise(prior, count):
    columns = random.columns_of(lambda count: prior.sample(count, seed=[0, 0]))
    numbers = tf.constant(np.random.default_rng(0).random((count, sum(columns))).astype("float32"))
    with random.given(numbers, columns):
        return tf.function(lambda: prior.sample(count, seed=tf.zeros([2], tf.int32)))().numpy()


@pytest.mark.parametrize("draw", [seeded, of_given_noise])
def test_draws_have_the_law_of_quadrature(draw):
    """Its moments, those of a wave, and how many are in each of some cells; of other steps, too."""
    count = 6_000
    edges = np.linspace(-2.0, 4.5, 651)
    middle = (edges[1:] + edges[:-1]) / 2
    grid = np.stack(np.meshgrid(middle, middle, indexing="ij"), -1).reshape(-1, 2)
    weight = volume(grid) / volume(grid).sum()
    z = draw(a_prior(step_size=0.8, moves=25), count)
    assert np.all(volume(z) > 0)

    def features(z):
        cells = [(np.abs(z - centre).max(axis=1) < 0.4) for centre in LOCATIONS]
        return np.stack(
            [z[:, 0], z[:, 1], z[:, 0] * z[:, 1], z[:, 0] ** 2, np.sin(3 * z[:, 0] + 2 * z[:, 1]), *cells], 1
        )

    exact = weight @ features(grid)
    found = features(z)
    error = found.std(axis=0) / np.sqrt(count)
    assert np.all(np.abs(found.mean(axis=0) - exact) < 4 * error)
    # The codes themselves, where draws begin, have another law.
    assert np.any(np.abs(features(LOCATIONS).mean(axis=0) - exact) > 20 * error)


def fitted(vae, prior, **fit):
    vae.trained = True
    return latent.fit_prior(vae, digits(), prior, RECONSTRUCT, **fit)


def test_it_is_fitted_to_the_posterior_of_each_example():
    vae = make()
    prior = fitted(vae, priors.InverseVolume(LATENT, components=36)).prior
    law = vae.encode(digits())
    np.testing.assert_allclose(prior.locations, law.mean(), atol=1e-5)
    np.testing.assert_allclose(prior.squares, tf.linalg.diag(law.variance()), atol=1e-5)
    fewer = fitted(vae, priors.InverseVolume(LATENT, components=7), seed=3).prior
    rows = {tuple(row) for row in fewer.locations.numpy().round(4)}
    assert len(rows) == 7
    assert rows <= {tuple(row) for row in prior.locations.numpy().round(4)}


def test_of_a_riemannian_vae_it_takes_the_learned_metric():
    vae = recipe("riemannian_hamiltonian_vae", SHAPE, 3, seed=0)
    model = fitted(vae, priors.InverseVolume(LATENT, components=36))
    x = vae.preprocess(digits())
    factors = vae.objective[0].metric.factors(tf.convert_to_tensor(x)).numpy()
    assert np.abs(factors[:, 1, 0]).max() > 1e-3
    # x is binarised by chance, in each pass anew.
    means = (factors @ factors.transpose(0, 2, 1)).mean(axis=0)
    np.testing.assert_allclose(model.prior.squares.numpy().mean(axis=0), means, rtol=0.1, atol=0.02)
    assert model.sample(4, seed=0).shape == (4, *SHAPE)


def test_its_density_is_not_known_and_what_needs_it_is_refused():
    vae = make()
    prior = priors.InverseVolume(LATENT, components=7)
    assert not prior.has_density(vae.posterior)
    assert not prior.has_bound(vae.posterior)
    with pytest.raises(NotImplementedError, match="without closed form"):
        prior.distribution().log_prob(tf.zeros([1, 3]))
    for objective in (terms.KL(monte_carlo=True), terms.CrossEntropy()):
        with pytest.raises(ValueError, match="InverseVolume"):
            vae.with_prior(prior, [*RECONSTRUCT, objective])
    with pytest.raises(ValueError, match="CrossEntropy needs the density"):
        fitted(vae, prior, optimizer="adam")
    with pytest.raises(ValueError, match="40 components needs as many examples"):
        fitted(vae, priors.InverseVolume(LATENT, components=40))
    with pytest.raises(ValueError, match="no spread"):
        fitted(
            make(posterior=families.Deterministic(LATENT), objective=RECONSTRUCT),
            priors.InverseVolume(LATENT, components=7),
        )
    with pytest.raises(ValueError, match="temperature"):
        fitted(vae, prior).sample(3, temperature=0.5)


@pytest.mark.slow
def test_its_draws_are_in_the_files(tmp_path):
    """A chain of given noise, of operations that a phone has."""
    model = fitted(make(), priors.InverseVolume(LATENT, components=20, moves=4, leapfrogs=2))
    path = export.litert(model, tmp_path / "generate.tflite", "generate", batch_size=2, timed=False)
    about = export.verify(tmp_path)["files"][path.name]
    assert about["compared_on"] == "prior"
    width = about["inputs"]["noise"][2]
    assert width == 1 + 4 * (2 * 3 + 1)
    noise = np.random.default_rng(0).random((2, width)).astype("float32")
    runner = tf.lite.Interpreter(model_path=str(path)).get_signature_runner()
    ours = parts.of(model, "generate", 2).function(tf.constant(noise))["mean"]
    np.testing.assert_allclose(runner(noise=noise)["mean"], ours, atol=1e-4)
    served = tf.saved_model.load(str(export.saved_model(model, tmp_path / "served"))).signatures["generate"]
    seed = tf.constant([1, 2])
    asked = {"seed": seed, "count": tf.constant(4), "temperature": tf.constant(1.0)}
    np.testing.assert_allclose(served(**asked)["mean"], model.sample(4, seed=seed), atol=1e-5)
