"""Draws moved in a curved space: volume is kept where the implicit steps have converged, weights are unbiased."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tests.identities.derivatives import assert_of_differences
from tests.identities.statistics import assert_mean, assert_positive_mean
from tests.identities.test_hamiltonian import density, dynamics
from tests.linear_gaussian import LinearGaussian
from tfvae import networks, riemannian
from tfvae.terms import Hamiltonian, ImportanceWeighted
from tfvae.terms.geometry import CentroidMetric

MODEL = LinearGaussian.random()
RNG = np.random.default_rng(0)
FACTORS = np.tril(RNG.normal(size=(4, 3, 3)))
LOCATIONS = RNG.normal(size=(4, 3))


def centroids(iterations):
    squares = tf.constant(FACTORS @ FACTORS.transpose(0, 2, 1))
    return riemannian.Centroids(tf.constant(LOCATIONS), squares, 1.3, 0.2, iterations)


CENTROIDS = centroids(20)  # so that what is implicit has converged


def starts(count=5):
    return tf.constant(RNG.normal(size=(2, 1, count, 3)) / 2)


def by_hand(z):
    """G^-1 of one z, as it is written."""
    found = 0.2 * np.eye(3)
    for location, factor in zip(LOCATIONS, FACTORS, strict=True):
        found += factor @ factor.T * np.exp(-np.sum((z - location) ** 2) / 1.3**2)
    return found


def test_the_inverse_of_the_metric_is_the_sum_that_is_written():
    z, _ = starts()
    np.testing.assert_allclose(CENTROIDS.inverse(z)[0], [by_hand(each) for each in z[0].numpy()], rtol=1e-12)


def test_a_momentum_is_normal_with_the_metric_as_its_covariance():
    z, noise = starts()
    place = CENTROIDS.at(z)
    columns = np.stack([place.momentum(tf.broadcast_to(unit, z.shape)) for unit in tf.eye(3, dtype=z.dtype)], -1)
    metric = np.linalg.inv([by_hand(each) for each in z[0].numpy()])
    np.testing.assert_allclose(columns[0] @ columns[0].transpose(0, 2, 1), metric, rtol=1e-9)
    law = tfp.distributions.MultivariateNormalTriL(tf.zeros(3, z.dtype), tf.linalg.cholesky(metric))
    constant = 1.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(place.kinetic(noise)[0], -law.log_prob(noise[0]) - constant, rtol=1e-9)
    np.testing.assert_allclose(
        place.velocity(noise)[0], np.linalg.solve(metric, noise.numpy()[0][..., None])[..., 0], rtol=1e-9
    )


def test_the_slope_of_the_kinetic_energy_is_its_gradient():
    z, momentum = starts()
    with tf.GradientTape() as tape:
        tape.watch(z)
        energy = CENTROIDS.at(z).kinetic(momentum)
    np.testing.assert_allclose(CENTROIDS.at(z).slope(momentum), np.asarray(tape.gradient(energy, z)), rtol=1e-9)


def test_the_volume_of_position_and_momentum_is_kept():
    term = dynamics(steps=2, inverse_temperature=0.3)
    start = tf.constant(RNG.normal(size=(5, 6)) / 3)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(start)
        z, momentum, log_joint, *_ = term.moved(density, start[None, :, :3], start[None, :, 3:], CENTROIDS)
        end = tf.concat([z[0], momentum[0]], axis=-1)
    jacobian = tape.batch_jacobian(end, start, experimental_use_pfor=False).numpy()
    assert np.abs(jacobian - np.eye(6)).max() > 0.5
    # The noise is made a momentum, whose volume is that of the metric's root at the start.
    widened = np.array([np.linalg.slogdet(by_hand(each))[1] / 2 for each in start[:, :3].numpy()])
    assert np.abs(widened).max() > 0.3
    np.testing.assert_allclose(np.linalg.slogdet(jacobian)[1], -widened, atol=1e-9)
    np.testing.assert_allclose(log_joint, density(z), rtol=1e-12)


def test_the_way_back_is_the_way_there():
    term = dynamics(inverse_temperature=None)
    z, noise = starts()
    moved, momentum, *_ = term.moved(density, z, noise, CENTROIDS)
    assert np.abs(moved - z).max() > 0.1
    # The noise that makes the momentum turned about.
    root = tf.linalg.cholesky(CENTROIDS.inverse(moved))
    back, end, *_ = term.moved(density, moved, -tf.linalg.matvec(root, momentum, adjoint_a=True), CENTROIDS)
    np.testing.assert_allclose(back, z, atol=1e-9)
    np.testing.assert_allclose(-end, CENTROIDS.at(z).momentum(noise), atol=1e-9)


def test_a_constant_metric_is_a_flat_space_of_other_coordinates():
    """z = C u, C C^T = G^-1, makes of leapfrog steps in u those in z; the heat may do what it does."""
    square = FACTORS[:1] @ FACTORS[:1].transpose(0, 2, 1)
    wide = riemannian.Centroids(tf.zeros([1, 3], tf.float64), tf.constant(square), 1e9, 0.2, iterations=2)
    root = np.linalg.cholesky(square[0] + 0.2 * np.eye(3))
    term = Hamiltonian(ImportanceWeighted(1), (3,), 4, step_size=0.2, inverse_temperature=0.6)
    u, noise = starts()
    flat, momentum, log_joint, *_ = term.moved(lambda u: density(tf.linalg.matvec(root, u)), u, noise)
    found = term.moved(density, tf.linalg.matvec(root, u), noise, wide)
    assert np.abs(flat - u).max() > 0.1
    np.testing.assert_allclose(found[0], tf.linalg.matvec(root, flat), rtol=1e-6)
    np.testing.assert_allclose(found[1], tf.linalg.matvec(np.linalg.inv(root).T, momentum), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(found[2], log_joint, rtol=1e-6)


def test_a_step_of_half_the_size_errs_by_a_quarter():
    """The energy of a second-order scheme, over the same time."""
    z, noise = starts(50)
    errors, metric = [], centroids(4)
    for steps in (8, 16, 32):
        term = Hamiltonian(ImportanceWeighted(1), (3,), steps, step_size=0.5 / steps, inverse_temperature=None)
        end, momentum, log_joint, *_ = term.moved(density, z, noise, metric)
        start = metric.at(z)
        kinetic = metric.at(end).kinetic(momentum) - start.kinetic(start.momentum(noise))
        errors.append(np.abs(kinetic - log_joint + density(z)).mean())
    np.testing.assert_allclose(np.divide(errors[1:], errors[:-1]), 0.25, atol=0.02)


def metric_of_x(iterations=12):
    keras.utils.set_random_seed(0)
    return CentroidMetric(networks.mlp_encoder((5,), (6,), "tanh"), 1.3, 0.3, iterations)


def moved_draws(draws, **kwargs):
    """A term, and a batch of two x with many draws of a posterior that is too wide and misses the middle."""
    options = {"steps": 3, "step_size": 0.15, "metric": metric_of_x(6)} | kwargs
    term = Hamiltonian(ImportanceWeighted(draws), (3,), **options)
    x = MODEL.sample(2)
    return term, x, MODEL.vae([term], widen=1.8, shift=0.4).infer(x, num_samples=draws, seed=0)


@pytest.mark.parametrize("heat", [None, 0.7])
def test_the_mean_of_the_weights_is_p_of_x(heat):
    term, x, inference = moved_draws(10_000, inverse_temperature=heat)
    for log_weight, exact in zip(term.log_weight(inference).numpy().T, MODEL.log_marginal(x), strict=True):
        assert_mean(np.exp(log_weight - exact), 1.0)


def test_cooled_draws_give_a_tighter_bound_than_the_elbo_and_one_below_log_p():
    term, x, inference = moved_draws(2_000, steps=8, step_size=0.1, inverse_temperature=0.8)
    bounds = term.log_weight(inference).numpy()
    for own, plain, exact in zip(bounds.T, inference.log_weight.numpy().T, MODEL.log_marginal(x), strict=True):
        assert_positive_mean(own - plain)
        assert_positive_mean(exact - own)


def test_the_metric_of_a_batch_is_of_its_codes_by_weight():
    metric = metric_of_x()
    term = Hamiltonian(ImportanceWeighted(1), (3,), metric=metric)
    x = MODEL.sample(3)
    vae = MODEL.vae([term])
    twice, weighted = (
        vae.infer(x[[0, 1, 1, 2]], seed=0),
        vae.infer_weighted(
            tf.constant(x),
            None,
            tf.constant([0.25, 0.5, 0.25], tf.float64),
            tf.constant(4.0, tf.float64),
            1,
            [0, 0],
            False,
        ),
    )
    z, _ = starts()
    found = [metric.of(inference).inverse(z) for inference in (twice, weighted)]
    np.testing.assert_allclose(*found, rtol=1e-9)
    factors = metric.factors(tf.constant(x)).numpy()
    assert np.all(np.triu(factors, 1) == 0)
    assert np.all(np.diagonal(factors, axis1=1, axis2=2) > 0)
    np.testing.assert_allclose(metric.of(weighted).squares[0], factors[0] @ factors[0].T, rtol=1e-9)


def test_the_gradient_is_that_of_differences():
    """Through the metric's network, the means of the posterior and the fixed points."""
    metric = metric_of_x(iterations=2)
    term = Hamiltonian(ImportanceWeighted(1), (3,), steps=2, step_size=0.2, metric=metric)
    vae = MODEL.vae([term], widen=1.5, scale="shared")
    first, _, kernel, _ = metric.trainable_variables
    variables = [term._raw_steps, vae.posterior.head.kernel, first, kernel]
    assert_of_differences(term, vae, MODEL.sample(3), variables, RNG, rel=1e-5)
