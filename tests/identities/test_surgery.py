"""`evaluation.surgery` where its parts are known: codes all alike, codes apart, and two of them by quadrature."""

import sys

import numpy as np
import pytest
from scipy import integrate, stats

from tests.linear_gaussian import LinearGaussian
from tests.linear_gaussian_chain import Chain
from tfvae import data, evaluation, terms

OBJECTIVE = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]
SIGMAS = 4
module = sys.modules["tfvae.evaluation.surgery"]  # whose name in its room is the function's


def run(vae, x, batch_size=5, **kwargs):
    return evaluation.surgery(vae, data.from_array(x, batch_size=batch_size, shuffle=False), verbose=0, **kwargs)


def assert_near(part, expected):
    assert 0 < part.standard_error < 0.1
    assert abs(part.value - expected) < SIGMAS * part.standard_error


def one_dimensional(loc, scale):
    """A model of one latent whose q(z|x) is N(loc x, scale^2)."""
    model = LinearGaussian(np.array([[1.0]]), np.zeros(1), 0.7)
    vae = model.vae(OBJECTIVE)
    vae.posterior.head.kernel.assign([[loc, 0.0]])
    vae.posterior.head.bias.assign([0.0, vae.posterior.raw_from_scale(np.array(scale))])
    return vae


def kl(loc, scale):
    return (loc**2 + scale**2 - 1) / 2 - np.log(scale)


def test_codes_that_are_all_alike_tell_nothing():
    x = np.linspace(-1, 1, 9)[:, None]
    found = run(one_dimensional(0.0, 0.6), x, num_samples=400)
    np.testing.assert_allclose(found.mutual_information.per_example, 0.0, atol=1e-12)
    assert found.mutual_information.standard_error < 1e-12
    assert_near(found.marginal_kl, kl(0.0, 0.6))
    # E log p(x|z) at z ~ N(0, s^2)
    expected = -np.log(0.7) - np.log(2 * np.pi) / 2 - (np.mean(x**2) + 0.36) / (2 * 0.49)
    assert_near(found.reconstruction, expected)


def test_codes_that_are_apart_tell_the_index():
    x = np.arange(7.0)[:, None]
    found = run(one_dimensional(100.0, 0.5), x, batch_size=3, num_samples=50)
    np.testing.assert_allclose(found.mutual_information.per_example, np.log(7), atol=1e-12)
    average = np.mean([kl(100 * each, 0.5) for each in range(7)])
    assert abs(found.marginal_kl.value + np.log(7) - average) < SIGMAS * found.marginal_kl.standard_error


def test_two_codes_by_quadrature():
    vae = one_dimensional(1.0, 0.8)
    x = np.array([[-0.6], [0.9]])
    z = np.linspace(-8, 8, 8001)
    each = stats.norm.pdf(z, x, 0.8)
    mixed = each.mean(axis=0)
    information = integrate.simpson((each * np.log(each / mixed)).mean(axis=0), x=z)
    marginal = integrate.simpson(mixed * np.log(mixed / stats.norm.pdf(z)), x=z)
    assert 0.1 < information < 0.6
    found = run(vae, x, batch_size=1, num_samples=4000)  # so that each code is in a batch of its own
    assert_near(found.mutual_information, information)
    assert_near(found.marginal_kl, marginal)


def test_the_error_is_that_of_the_draws():
    rng = np.random.default_rng(0)
    spread = rng.uniform(0.5, 2.0, size=6)
    parts = [module._part(spread * rng.normal(size=(5, 6))) for _ in range(3000)]
    # The mean of the squares, as 5 draws know an example's variance badly.
    square = np.mean(spread**2) / 5 / 6
    assert np.mean([part.standard_error**2 for part in parts]) == pytest.approx(square, rel=0.03)
    assert np.var([part.value for part in parts]) == pytest.approx(square, rel=0.1)


def test_the_parts_are_those_of_the_elbo():
    model = LinearGaussian.random(5, 3)
    x = model.sample(23)
    vae = model.vae(OBJECTIVE, widen=1.5)
    found = run(vae, x, num_samples=200)
    whole = [part.per_example for part in found[:3]]
    np.testing.assert_allclose(whole[0] - whole[1] - whole[2], found.elbo.per_example, atol=1e-10)
    # KL(q || p(z|x)) of a Gaussian that is wider by 1.5 is (1.5 - 1 - log 1.5) / 2 a dimension.
    assert_near(found.elbo, model.log_marginal(x).mean() - 3 * (0.5 - np.log(1.5)) / 2)


def test_how_the_work_is_cut_changes_nothing(monkeypatch):
    model = LinearGaussian.random(5, 3)
    vae, x = model.vae(OBJECTIVE), model.sample(11)
    whole = run(vae, x, batch_size=4)
    monkeypatch.setattr(module, "_AT_ONCE", 50)
    cut = run(vae, x, batch_size=4)
    np.testing.assert_allclose(cut.mutual_information.per_example, whole.mutual_information.per_example, atol=1e-10)


def test_several_layers():
    model = Chain.random()
    x = model.sample(12)
    found = run(model.vae(OBJECTIVE), x, num_samples=100)
    assert found.elbo.value == pytest.approx(model.log_marginal(x).mean(), abs=1e-6)
    assert 0.5 < found.mutual_information.value < np.log(12)
    whole = found.reconstruction.value - found.mutual_information.value - found.marginal_kl.value
    assert whole == pytest.approx(found.elbo.value, abs=1e-10)
