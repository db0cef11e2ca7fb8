"""Draws moved by leapfrog steps: no volume is lost, the way back is the way there, and the weights are unbiased."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tests.identities.derivatives import assert_of_differences
from tests.identities.statistics import assert_mean, assert_positive_mean
from tests.linear_gaussian import LinearGaussian
from tfvae.terms import Hamiltonian, ImportanceWeighted, MultiplyImportanceWeighted

MODEL = LinearGaussian.random()
RNG = np.random.default_rng(0)


def dynamics(**kwargs):
    """A term of step sizes that differ from one dimension to the next, as learning would have them."""
    term = Hamiltonian(ImportanceWeighted(1), (3,), **({"steps": 4} | kwargs))
    term._raw_steps.assign([-1.5, -0.5, 0.5])
    return term


def density(z):
    """The logarithm of a density that is not Gaussian, up to a constant."""
    return -tf.reduce_sum(z**4 / 4 + z[..., ::-1] ** 2 * z, axis=-1) - z[..., 0] * z[..., 1] ** 2


@pytest.mark.parametrize("heat", [None, 0.3])
def test_the_volume_of_position_and_noise_is_kept(heat):
    term = dynamics(steps=2, inverse_temperature=heat)
    start = tf.constant(RNG.normal(size=(5, 6)) / 2)
    with tf.GradientTape() as tape:
        tape.watch(start)
        z, momentum, log_joint, *_ = term.moved(density, start[None, :, :3], start[None, :, 3:])
        end = tf.concat([z[0], momentum[0]], axis=-1)
    jacobian = tape.batch_jacobian(end, start).numpy()
    assert np.abs(jacobian - np.eye(6)).max() > 0.5
    np.testing.assert_allclose(np.linalg.slogdet(jacobian)[1], 0.0, atol=1e-12)
    np.testing.assert_allclose(log_joint, density(z), rtol=1e-12)


def test_the_way_back_is_the_way_there():
    term = dynamics(inverse_temperature=None)
    z, noise = tf.constant(RNG.normal(size=(2, 1, 5, 3)) / 2)
    moved, momentum, *_ = term.moved(density, z, noise)
    assert np.abs(moved - z).max() > 0.1
    back, reversed_momentum, *_ = term.moved(density, moved, -momentum)
    np.testing.assert_allclose(back, z, atol=1e-12)
    np.testing.assert_allclose(-reversed_momentum, noise, atol=1e-12)


def test_a_step_of_half_the_size_errs_by_a_quarter():
    """The energy of a second-order scheme, over the same time."""
    z, noise = tf.constant(RNG.normal(size=(2, 1, 50, 3)) / 2)
    errors = []
    for steps in (10, 20, 40):
        term = Hamiltonian(ImportanceWeighted(1), (3,), steps, step_size=1 / steps, inverse_temperature=None)
        _, momentum, log_joint, *_ = term.moved(density, z, noise)
        kinetic = tf.reduce_sum(momentum**2 - noise**2, axis=-1) / 2
        errors.append(np.abs(kinetic - log_joint + density(z)).mean())
    np.testing.assert_allclose(np.divide(errors[1:], errors[:-1]), 0.25, atol=0.02)


def test_the_scheme_in_one_dimension_is_that_of_the_paper():
    """For a parabola every step is a matrix; b_0 = 1/4, so that 1 / sqrt(b_t) is 2, 7/4, 1."""
    term = Hamiltonian(ImportanceWeighted(1), (1,), steps=2, step_size=0.3, inverse_temperature=0.25)
    np.testing.assert_allclose(term.roots("float64"), [1 / 2, 4 / 7, 1], rtol=1e-7)
    half, whole = np.array([[1, 0], [-0.15, 1]]), np.array([[1, 0.3], [0, 1]])
    step = half @ whole @ half
    cooled = np.diag([1, 4 / 7]) @ step @ np.diag([1, (1 / 2) / (4 / 7)]) @ step @ np.diag([1, 2])
    z, momentum, *_ = term.moved(lambda z: -(z[..., 0] ** 2) / 2, *tf.constant([[[[0.7]]], [[[-1.2]]]], "float64"))
    np.testing.assert_allclose([z[0, 0, 0], momentum[0, 0, 0]], cooled @ [0.7, -1.2], rtol=1e-6)


@pytest.mark.parametrize("heat", [None, 0.7])
def test_the_mean_of_the_weights_is_p_of_x(heat):
    term = dynamics(inverse_temperature=heat)
    x = MODEL.sample(1)
    inference = MODEL.vae([term], widen=1.8, shift=0.3).infer(np.repeat(x, 20_000, axis=0), seed=0)
    assert_mean(np.exp(term.log_weight(inference)[0] - MODEL.log_marginal(x)), 1.0)


def gap(term, widen, shift):
    """What the bound is below log p(x): z in units of the exact posterior and r are a Gaussian, and become another.

    Each dimension by itself, as the exact posterior is factorised: KL from N(0, I) of what the matrix of all steps,
    made here by hand, makes of the mean (shift, 0) and the variances (widen, 1).
    """
    total, root = 0.0, term.roots("float64")
    for size, scale in zip(term.step_sizes("float64").numpy(), MODEL.mean_field_scale, strict=True):
        whole = np.diag([1, 1 / root[0]])
        for before, after in itertools.pairwise(root):
            half, drift = np.array([[1, 0], [-size / scale / 2, 1]]), np.array([[1, size / scale], [0, 1]])
            whole = np.diag([1, before / after]) @ half @ drift @ half @ whole
        mean, covariance = whole @ [shift, 0], whole @ np.diag([widen, 1]) @ whole.T
        total += (np.trace(covariance) + mean @ mean - 2 - np.linalg.slogdet(covariance)[1]) / 2
    return total


@pytest.mark.parametrize(("steps", "heat"), [(1, None), (4, None), (10, 0.7)])
def test_the_gap_is_the_kl_of_position_and_momentum_together(steps, heat):
    term = dynamics(steps=steps, inverse_temperature=heat)
    x = MODEL.sample(1)
    inference = MODEL.vae([term], widen=1.8, shift=0.4).infer(np.repeat(x, 4_000, axis=0), seed=1)
    assert_mean(MODEL.log_marginal(x) + term.value(inference).numpy(), gap(term, 1.8, 0.4))


def test_cooled_draws_give_a_tighter_bound_than_the_elbo_and_one_below_log_p():
    x = np.repeat(MODEL.sample(1), 4_000, axis=0)
    term = Hamiltonian(ImportanceWeighted(1), (3,), steps=10, step_size=0.1, inverse_temperature=0.7)
    inference = MODEL.vae([term], widen=1.8, shift=1.0).infer(x, seed=1)
    bound = -term.value(inference)
    assert_positive_mean(bound - inference.log_weight[0])
    assert_positive_mean(MODEL.log_marginal(x) - bound)


def test_small_steps_without_tempering_keep_every_weight():
    """The energy is kept, so of any posterior the weight is that of where the draw began."""
    term = Hamiltonian(ImportanceWeighted(1), (3,), steps=5, step_size=1e-3, inverse_temperature=None)
    x = MODEL.sample(6)
    found = term.log_weight(MODEL.vae([term]).infer(x, seed=0))
    np.testing.assert_allclose(found[0], MODEL.log_marginal(x), atol=1e-5)
    wide = MODEL.vae([term], widen=1.8, shift=1.0).infer(x, seed=0)
    np.testing.assert_allclose(term.log_weight(wide), wide.log_weight, atol=1e-4)


def test_any_bound_may_be_made_of_the_weights():
    x = MODEL.sample(4)
    for bound in (ImportanceWeighted(6), MultiplyImportanceWeighted(2, 3)):
        term = Hamiltonian(bound, (3,))
        inference = MODEL.vae([term], widen=1.5).infer(x, num_samples=8, seed=0)
        log_weight = term.log_weight(inference)
        assert log_weight.shape == (6, 4)
        np.testing.assert_allclose(term.value(inference), -bound.lower_bound(log_weight), rtol=1e-12)


def test_the_gradient_is_that_of_differences():
    """Through the second derivatives of the decoder, in the encoder, the decoder and the step sizes."""
    term = dynamics(steps=2)
    vae = MODEL.vae([term], widen=1.5, scale="shared")
    variables = [term._raw_steps, term._raw_heat, vae.likelihood.raw_scale]
    variables += [vae.posterior.head.kernel, vae.likelihood.head.kernel]
    assert_of_differences(term, vae, MODEL.sample(3), variables, RNG, rel=1e-6)
