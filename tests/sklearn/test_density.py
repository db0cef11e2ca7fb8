"""log p(x) in the table's units, against closed forms; draws; whose noise a row's score has."""

import numpy as np
import pytest
from scipy import stats

from tests.linear_gaussian import gaussian_log_density
from tests.sklearn.tables import LINEAR, STILL, linear_model, table, widened
from tfvae.sklearn import VAEDensity
from tfvae.sklearn.columns import Columns


def _moments(density):
    """Mean and covariance of p(x) in the table's units."""
    mean, scale = density.columns_.mean, density.columns_.scale
    return mean + scale * LINEAR.bias, scale[:, None] * LINEAR.covariance * scale


@pytest.fixture(scope="module")
def exact():
    return VAEDensity(make_model=linear_model, num_samples=3, **STILL).fit(table())


@pytest.fixture(scope="module")
def wide():
    return VAEDensity(make_model=widened, num_samples=400, **STILL).fit(table())


def test_the_density_is_that_of_the_table(exact):
    x = table(40, seed=2)
    np.testing.assert_allclose(exact.columns_.mean, table().mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(exact.columns_.scale, table().std(axis=0), rtol=1e-12)
    expected = gaussian_log_density(x, *_moments(exact))
    np.testing.assert_allclose(exact.score_samples(x), expected, rtol=1e-9)
    assert exact.score(x) == pytest.approx(expected.mean(), rel=1e-9)


def test_without_standardising_the_model_sees_the_table():
    x = LINEAR.sample(30)
    density = VAEDensity(make_model=linear_model, num_samples=2, standardise=False, **STILL).fit(x)
    np.testing.assert_allclose(density.score_samples(x), LINEAR.log_marginal(x), rtol=1e-9)


def test_importance_weights_estimate_the_density(wide):
    x = table(40, seed=2)
    error = np.exp(wide.score_samples(x) - gaussian_log_density(x, *_moments(wide))) - 1
    # E[w^2] / E[w]^2 is (c / sqrt(2c - 1)) a dimension.
    spread = np.sqrt((1.7 / np.sqrt(2 * 1.7 - 1)) ** 2 - 1) / np.sqrt(400)
    assert abs(error.mean()) < 4 * spread / np.sqrt(40)
    # Independent from row to row, of the size that they have to have.
    assert 0.7 < error.std() / spread < 1.4


def test_a_rows_score_is_a_function_of_the_row(wide):
    x = table(20, seed=2)
    scores = wide.score_samples(x)
    np.testing.assert_array_equal(wide.score_samples(x[::-1]), scores[::-1])
    np.testing.assert_array_equal(wide.score_samples(x[3:4]), scores[3:4])
    np.testing.assert_array_equal(wide.score_samples(x), scores)


def test_draws_have_the_moments_of_the_density(exact):
    mean, covariance = _moments(exact)
    drawn = exact.sample(4000, random_state=0)
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), (drawn - mean).T).ravel()
    # Draws of p(x|z), not its means, have all of the covariance.
    assert abs(whitened.mean()) < 4 / np.sqrt(whitened.size)
    assert abs(whitened.var() - 1) < 4 * np.sqrt(2 / whitened.size)
    assert stats.kstest(whitened, "norm").pvalue > 1e-4
    np.testing.assert_array_equal(exact.sample(3, random_state=1), exact.sample(3, random_state=1))
    assert not np.array_equal(exact.sample(3, random_state=1), exact.sample(3, random_state=2))


@pytest.mark.parametrize("value", [0.0, 0.1, -3e7])
def test_a_column_of_one_value_keeps_its_units(value):
    x = np.c_[table()[:, :4], np.full(60, value)]
    columns = Columns.of(x)
    assert columns.scale[4] == 1
    assert columns.log_jacobian == pytest.approx(-np.log(x[:, :4].std(axis=0)).sum())
    np.testing.assert_allclose(columns.to_table(columns.to_model(x)), x, rtol=1e-12)
