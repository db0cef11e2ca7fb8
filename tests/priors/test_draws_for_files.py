"""Draws of priors that exported files hold: made of given noise, with a shape that a graph knows."""

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tfvae import families, priors, random

COUNT = 5000
SPHERE, CIRCLES = priors.HypersphericalUniform((3,)), priors.HypersphericalUniform((2, 2))
BALL = priors.Fixed(families.WrappedNormal((3,)), {"loc": 0.0, "scale": 0.5})


def seeded(prior):
    return prior.sample(COUNT, seed=[1, 2]).numpy()


def of_given_noise(prior):
    columns = random.columns_of(lambda count: prior.sample(count, seed=[0, 0]))
    numbers = np.random.default_rng(0).random((COUNT, sum(columns))).astype("float32")
    # In a graph, where a draw that nobody asked for would take another's noise.
    with random.given(tf.constant(numbers), columns):
        return tf.function(lambda: prior.sample(COUNT, seed=tf.zeros([2], tf.int32)))().numpy()


def fits(values, law):
    return stats.kstest(values, law.cdf).pvalue > 0.001


def on_sphere(z):
    np.testing.assert_allclose(np.linalg.norm(z, axis=-1), 1, atol=1e-5)
    # Archimedes: each coordinate of a uniform point on a sphere in three dimensions is uniform.
    assert all(fits(z[:, axis], stats.uniform(-1, 2)) for axis in range(3))


def in_ball(z):
    # The distance from 0 is the length of the Gaussian tangent vector.
    distance = 2 * np.arctanh(np.linalg.norm(z.astype("float64"), axis=-1))
    assert fits(distance / 0.5, stats.chi(3))


@pytest.mark.parametrize("draw", [seeded, of_given_noise])
def test_draws_on_manifolds_have_their_law(draw):
    on_sphere(draw(SPHERE))
    in_ball(draw(BALL))
    angles = np.arctan2(*np.moveaxis(draw(CIRCLES), -1, 0))
    assert all(fits(angle, stats.uniform(-np.pi, 2 * np.pi)) for angle in angles.T)
    assert abs(np.corrcoef(np.cos(angles).T)[0, 1]) < 4 / np.sqrt(COUNT)


@pytest.mark.parametrize("draw", [seeded, of_given_noise])
def test_the_pieces_of_a_product_have_theirs_and_are_independent(draw):
    z = draw(priors.Product([BALL, SPHERE, priors.StandardNormal((2,)), priors.StandardNormal((1, 2))]))
    assert z.shape == (COUNT, 10)
    in_ball(z[:, :3])
    on_sphere(z[:, 3:6])
    assert all(fits(each, stats.norm()) for each in z[:, 6:].T)
    apart = np.corrcoef(z.T) - np.eye(10)
    assert np.abs(apart).max() < 4.5 / np.sqrt(COUNT)


def test_each_piece_of_a_product_is_tempered():
    law = priors.Fixed(families.Normal((2,)), {"loc": 3.0, "scale": 1.0})
    z = priors.Product([law, priors.StandardNormal((1,))]).sample(4, seed=[1, 2], temperature=0.0)
    np.testing.assert_array_equal(z, [[3.0, 3.0, 0.0]] * 4)


@pytest.mark.parametrize(
    "prior", [priors.WithClass(4, SPHERE), priors.Product([SPHERE, BALL]), priors.StandardNormal((6,))], ids=repr
)
def test_a_graph_that_is_told_how_many_knows_their_size(prior):
    graph = tf.function(lambda count: prior.sample(count, seed=tf.constant([1, 2])))
    made = graph.get_concrete_function(tf.TensorSpec([], tf.int32))
    assert made.structured_outputs.shape[-1] == prior.event_shape[0]
