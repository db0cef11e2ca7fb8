"""`evaluation.log_likelihood` against the closed form of a linear-Gaussian model."""

import numpy as np
import pytest

from tests.identities.statistics import assert_mean, assert_standard, assert_variance
from tests.linear_gaussian import LinearGaussian, importance_moments
from tfvae import data
from tfvae.evaluation import log_likelihood
from tfvae.terms import ImportanceWeighted

OBJECTIVE = [ImportanceWeighted(1)]
WIDEN = 1.6
DRAWS = 256


def estimate(vae, x, batch_size, num_samples=DRAWS, seed=0):
    return log_likelihood(vae, data.from_array(x, batch_size=batch_size, shuffle=False), num_samples, seed)


def test_at_the_exact_posterior_it_is_exact():
    model = LinearGaussian.random()
    x = model.sample(7)
    result = estimate(model.vae(OBJECTIVE), x, batch_size=3, num_samples=5)
    expected = model.log_marginal(x)
    np.testing.assert_allclose(result.per_example, expected, rtol=0, atol=1e-10)
    assert np.all(result.per_example_error < 1e-6)
    assert result.mean == pytest.approx(expected.mean(), abs=1e-10)
    assert result.standard_error == pytest.approx(expected.std(ddof=1) / np.sqrt(7), rel=1e-9)
    assert result.bits_per_dimension == pytest.approx(-expected.mean() / (5 * np.log(2)), rel=1e-10)
    assert result.num_samples == 5


# A batch of 16 has its 256 draws decoded at once, a batch of 1,000 eight at a time, and 300 leaves a last chunk of
# another size (27 * 9 + 13 = 256): the law of the estimate must not depend on it. Draws that were used again in the
# next chunk would make the true error several times the stated one.
@pytest.mark.parametrize("batch_size", [16, 300, 1000])
def test_errors_are_the_stated_ones_however_draws_and_batches_are_cut(batch_size):
    model = LinearGaussian.random()
    x = model.sample(1000 if batch_size > 16 else 320)
    result = estimate(model.vae(OBJECTIVE, widen=WIDEN), x, batch_size)
    scores = (result.per_example - model.log_marginal(x)) / result.per_example_error
    # E[log mean w] = log p - V / 2K + ..., in units of the error sqrt(V / K).
    chi_square = importance_moments(WIDEN, model.latents, 2)[2] - 1
    assert_standard(scores + 0.5 * np.sqrt(chi_square / DRAWS))
    # The stated error is that of the delta method, sqrt(chi^2 / K), and this q makes it the same for every example.
    assert_mean(result.per_example_error**2, chi_square / DRAWS, beyond=2 * chi_square / DRAWS**2)


def test_no_noise_is_shared_by_examples_batches_or_seeds():
    # One x over and over: estimates that shared draws would lie closer together than their error says.
    model = LinearGaussian.random()
    x = np.repeat(model.sample(1), 400, axis=0)
    vae = model.vae(OBJECTIVE, widen=WIDEN)
    result = estimate(vae, x, batch_size=100)
    by_batch = result.per_example.reshape(4, 100)
    assert len(np.unique(by_batch)) == 400
    for first in range(4):
        for second in range(first):
            assert abs(np.corrcoef(by_batch[first], by_batch[second])[0, 1]) < 4 / np.sqrt(100)
    variance = np.mean(result.per_example_error**2)
    assert_variance(result.per_example, variance)
    again, other = estimate(vae, x, batch_size=100), estimate(vae, x, batch_size=100, seed=1)
    np.testing.assert_array_equal(again.per_example, result.per_example)
    assert not np.any(other.per_example == result.per_example)


def test_bits_of_rescaled_data_refer_to_the_raw_units():
    # x = raw / 50 + 0.1, so that raw ~ N(50 (b - 0.1), 50^2 C).
    model = LinearGaussian.random()
    x = model.sample(9)
    vae = model.vae(OBJECTIVE, preprocessing=data.Rescale(scale=0.02, offset=0.1, raw_dtype="float32"))
    raw = 50 * (x - 0.1)
    raw_model = LinearGaussian(50 * model.weight, 50 * (model.bias - 0.1), 50 * model.sigma)
    result = estimate(vae, raw, batch_size=4, num_samples=2)
    assert result.mean == pytest.approx(model.log_marginal(x).mean(), abs=1e-9)
    assert result.bits_per_dimension == pytest.approx(-raw_model.log_marginal(raw).mean() / (5 * np.log(2)), abs=1e-9)
