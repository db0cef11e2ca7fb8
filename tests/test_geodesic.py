"""Shortest paths: great circles on a sphere, half circles in the hyperbolic plane, straight lines in a flat space."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.linear_gaussian import LinearGaussian
from tests.models import LATENT, digits, make
from tfvae import families, latent, networks, priors, recipes, terms
from tfvae.vae import VAE


@pytest.fixture(autouse=True)
def _double_precision():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")


@keras.saving.register_keras_serializable("tests")
class Globe(keras.layers.Layer):
    """Latitude and longitude to a point of the unit sphere."""

    def call(self, z):
        latitude, longitude = z[..., 0], z[..., 1]
        parts = [tf.cos(latitude) * tf.cos(longitude), tf.cos(latitude) * tf.sin(longitude), tf.sin(latitude)]
        return tf.stack(parts, axis=-1)


def globe():
    vae = VAE(
        encoder=networks.linear((3,)),
        posterior=families.Normal((2,)),
        prior=priors.StandardNormal((2,)),
        decoder=Globe(),
        likelihood=families.Normal((3,), scale=1.0),
        objective=[terms.NegativeLogLikelihood(), terms.KL()],
    )
    vae.likelihood.head.kernel.assign(np.eye(3))
    vae.likelihood.head.bias.assign(np.zeros(3))
    vae.trained = True
    return vae


def test_on_a_globe_the_path_is_a_great_circle_walked_at_an_even_pace():
    vae, ends = globe(), np.array([[0.7, -1.2], [0.8, 1.1]])
    path = latent.geodesic(vae, *ends, steps=9)
    np.testing.assert_array_equal(path[[0, -1]], ends)
    points = vae.decode(path).mean().numpy()
    angle = np.arccos(points[0] @ points[-1])
    t = np.linspace(0, 1, 9)[:, None]
    circle = (np.sin((1 - t) * angle) * points[0] + np.sin(t * angle) * points[-1]) / np.sin(angle)
    np.testing.assert_allclose(points, circle, atol=1e-4)
    # It goes far to the north of the straight line between the two.
    assert path[:, 0].max() > 1.0


def test_of_a_linear_decoder_the_path_is_straight():
    vae = LinearGaussian.random(orthogonal=False).vae([terms.NegativeLogLikelihood()])
    vae.trained = True
    a, b = np.random.default_rng(0).normal(size=(2, 3))
    np.testing.assert_allclose(latent.geodesic(vae, a, b, 5), latent.linear(a, b, 5), atol=1e-6)
    np.testing.assert_array_equal(latent.geodesic(vae, a, a, 4), np.tile(a, (4, 1)))


def test_in_the_half_plane_the_path_is_a_half_circle():
    def metric(z):
        return tf.eye(2, dtype=z.dtype) / z[:, 1, None, None] ** 2

    # Both ends are on the circle of radius 1 around 0, at equal distances by log tan(angle / 2).
    ends = np.array([[-0.6, 0.8], [0.8, 0.6]])
    path = latent.geodesic(globe(), *ends, steps=17, metric=metric)
    np.testing.assert_allclose(np.linalg.norm(path, axis=1), 1.0, atol=4e-3)
    places = np.log(np.tan(np.arctan2(path[:, 1], path[:, 0]) / 2))
    np.testing.assert_allclose(np.diff(places), (places[-1] - places[0]) / 16, rtol=3e-2)


def test_the_metric_of_the_codes_is_its_formula_and_ways_among_them_are_short():
    vae, x = make(), digits()
    vae.trained = True
    law = vae.encode(x)
    metric = latent.Centroids(vae, x, temperature=0.8, regularization=0.01)
    z = np.random.default_rng(0).normal(size=(4, 3))
    for point, found in zip(z, metric(z).numpy(), strict=True):
        inverse = 0.01 * np.eye(3)
        for mean, variance in zip(law.mean().numpy(), law.variance().numpy(), strict=True):
            inverse += np.diag(variance) * np.exp(-np.sum((point - mean) ** 2) / 0.8**2)
        np.testing.assert_allclose(found, np.linalg.inv(inverse), rtol=1e-10)
    np.testing.assert_allclose(metric(np.full((1, 3), 1e3))[0], 100 * np.eye(3))
    apart = np.linalg.norm(metric.locations[:, None] - metric.locations, axis=2) + np.diag(np.full(36, np.inf))
    assert latent.Centroids(vae, x).temperature == pytest.approx(apart.min(axis=1).max())


def test_a_path_among_codes_goes_around_where_there_are_none():
    """Codes on a half circle: the path follows it, where the straight line would cut through the middle."""
    vae, angles = globe(), np.linspace(0, np.pi, 60)
    metric = latent.Centroids(make(posterior=families.Normal(LATENT)), digits(), temperature=0.4)
    metric.locations = np.stack([2 * np.cos(angles), 2 * np.sin(angles)], axis=1)
    metric.variances = np.ones((60, 2))
    path = latent.geodesic(vae, *metric.locations[[0, -1]] + [0.0, 0.01], steps=21, metric=metric)
    radii = np.linalg.norm(path, axis=1)
    assert radii.min() > 1.5
    assert radii.max() < 2.5


def test_bad_ends_are_refused():
    vae = make()
    vae.trained = True
    for ends in ((np.zeros(2), np.zeros(3)), (np.zeros((1, 3)), np.zeros((1, 3)))):
        with pytest.raises(ValueError, match=r"`a` and `b`.*shape \(3,\)"):
            latent.geodesic(vae, *ends, 5)
    with pytest.raises(ValueError, match=r"`steps`.*int >= 3"):
        latent.geodesic(vae, np.zeros(3), np.ones(3), 2)
    with pytest.raises(ValueError, match=r"`data`.*two events"):
        latent.Centroids(vae, digits()[:1])
    with pytest.raises(ValueError, match=r"`temperature`.*> 0"):
        latent.Centroids(vae, digits(), temperature=0.0)


def test_a_path_is_that_of_its_condition():
    vae = recipes.conditional_vae((8, 8, 1), 2, seed=0)
    vae.trained = True
    paths = [latent.geodesic(vae, [-1.0, 0.0], [1.0, 1.0], 3, condition=label, iterations=5) for label in (2, 7)]
    assert np.abs(paths[0] - paths[1]).max() > 1e-6
