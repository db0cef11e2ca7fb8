"""What is missing of rows, against closed forms; whose draws a row has; what is left alone."""

import pickle

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from tests.linear_gaussian import set_normal_head
from tests.sklearn.tables import LINEAR, STILL, table
from tfvae import families, networks, terms
from tfvae.sklearn import VAEImputer

#: Of each row, what is missing.
GONE = [1, 3]
THERE = [0, 2, 4]
#: Half of the weights by which the means of p(z|x) follow from x, and the scale of q.
ENCODER = np.linalg.solve(LINEAR.precision, LINEAR.weight.T / LINEAR.sigma**2).T / 2
WIDTH = 2.0


def linear_with_gaps(event_shape, latent_size):
    """The linear-Gaussian model. Its encoder takes gaps for 0, so that weights have to correct it."""
    posterior = families.Normal((latent_size,))
    vae = LINEAR.vae(
        [terms.ImportanceWeighted(2)],
        encoder=networks.WithMask(networks.linear((10,))),
        posterior=posterior,
        likelihood=families.Observed(families.Normal(event_shape, scale=LINEAR.sigma)),
    )
    # Wider than the prior, and so than any posterior: the weights are bounded, and by not too much where it is far off.
    set_normal_head(posterior, np.concatenate([ENCODER, 0 * ENCODER]), -LINEAR.bias @ ENCODER, WIDTH)
    return vae


def with_gaps(count=60, seed=1):
    x = table(count, seed)
    x[:, GONE] = np.nan
    return x


def conditional(imputer, x):
    """Mean [n, 2] and covariance [2, 2] of p(x_missing|x_there), in the table's units."""
    mean, scale = imputer.columns_.mean, imputer.columns_.scale
    covariance = scale[:, None] * LINEAR.covariance * scale
    centre = mean + scale * LINEAR.bias
    gain = np.linalg.solve(covariance[np.ix_(THERE, THERE)], covariance[np.ix_(THERE, GONE)])
    rest = covariance[np.ix_(GONE, GONE)] - covariance[np.ix_(GONE, THERE)] @ gain
    return centre[GONE] + (x[:, THERE] - centre[THERE]) @ gain, rest


def errors(imputer, x):
    """Standard errors [2] of the mean by one draw of z, root mean square over rows, in units of the model.

    E_q[w^2 (h - mean)^2] = E_p[w (h - mean)^2] for the weights w = p(z|x_there) / q(z|x_there), to first order.
    """
    seen = imputer.columns_.to_model(x)
    there, gone = LINEAR.weight[THERE], LINEAR.weight[GONE]
    precision = np.eye(2) + there.T @ there / LINEAR.sigma**2
    mean = np.linalg.solve(precision, there.T @ (seen - LINEAR.bias)[:, THERE].T / LINEAR.sigma**2).T
    told = (np.nan_to_num(seen) - LINEAR.bias) @ ENCODER
    noise = np.random.default_rng(0).normal(size=(4000, 1, 2))
    apart = noise @ np.linalg.inv(np.linalg.cholesky(precision))
    log_weight = (((mean + apart - told) / WIDTH) ** 2 - noise**2).sum(axis=-1) / 2
    log_weight += np.linalg.slogdet(precision)[1] / 2 + 2 * np.log(WIDTH)
    return np.sqrt((np.exp(log_weight)[..., None] * (apart @ gone.T) ** 2).mean(axis=(0, 1)))


@pytest.fixture(scope="module")
def exact():
    return VAEImputer(make_model=linear_with_gaps, num_samples=100, **STILL).fit(table())


@pytest.fixture(scope="module")
def ordinary():
    x = table()
    x[np.random.default_rng(0).random(x.shape) < 0.2] = np.nan
    return VAEImputer(latent_size=2, epochs=2, num_samples=5, random_state=0).fit(x), x


def test_gaps_are_filled_with_the_conditional_mean(exact):
    x = with_gaps(300, seed=2)
    mean, _ = conditional(exact, x)
    sizes = {}
    for count in (500, 8000):
        error = (exact.set_params(num_samples=count).transform(x)[:, GONE] - mean) / exact.columns_.scale[GONE]
        sizes[count] = np.sqrt((error**2).mean(axis=0))
        # Independent from row to row. The bias is of the order of 1 / K.
        assert (abs(error.mean(axis=0)) < 4 * sizes[count] / np.sqrt(len(x)) + 5 / count).all()
    np.testing.assert_allclose(sizes[8000], errors(exact, x) / np.sqrt(8000), rtol=0.2)
    # As the inverse root of K.
    np.testing.assert_allclose(sizes[500] / sizes[8000], 4, rtol=0.2)
    exact.set_params(num_samples=100)


def test_draws_are_of_the_conditional_law(exact):
    x = with_gaps(100, seed=2)
    mean, covariance = conditional(exact, x)
    imputer = exact.set_params(num_samples=1000)
    drawn = imputer.sample(x, 20, random_state=0)
    assert drawn.shape == (20, 100, 5)
    assert np.array_equal(drawn[:, :, THERE], np.broadcast_to(x[:, THERE], (20, 100, 3)))
    missing = drawn[:, :, GONE] - mean
    whitened = np.linalg.solve(np.linalg.cholesky(covariance), missing.reshape(-1, 2).T)
    # Of a row they are drawn from a thousand of other weights, worth some 200.
    error = np.sqrt((1 + 20 / 200) / whitened.shape[1])
    assert (abs(whitened.mean(axis=1)) < 4 * error).all()
    assert (abs(np.cov(whitened) - np.eye(2)) < 4 * np.sqrt(2) * error).all()
    assert stats.kstest(whitened.ravel(), "norm").pvalue > 1e-4
    np.testing.assert_array_equal(imputer.sample(x, 20, random_state=0), drawn)
    assert not np.array_equal(imputer.sample(x, 20, random_state=1), drawn, equal_nan=True)
    exact.set_params(num_samples=100)


def test_a_row_is_filled_by_itself(ordinary):
    imputer, x = ordinary
    filled = imputer.transform(x)
    np.testing.assert_array_equal(imputer.transform(x[::-1]), filled[::-1])
    np.testing.assert_array_equal(imputer.transform(-np.where(np.isnan(x), np.nan, -x)), filled)
    for row in range(8):
        np.testing.assert_array_equal(imputer.transform(x[row : row + 1]), filled[row : row + 1])
    # Rows alike have draws alike, others have others.
    twice = np.full((2, 5), np.nan)
    twice[:, 0] = x[~np.isnan(x[:, 0]), 0][:2]
    assert (imputer.transform(twice)[0, 1:] != imputer.transform(twice)[1, 1:]).all()


def test_what_is_there_stays_bit_for_bit(ordinary):
    imputer, x = ordinary
    before = x.copy()
    filled = imputer.transform(x)
    assert np.isfinite(filled).all()
    there = ~np.isnan(x)
    np.testing.assert_array_equal(filled[there], x[there])
    np.testing.assert_array_equal(x, before)
    whole = table(7, seed=3)
    np.testing.assert_array_equal(imputer.transform(whole), whole)
    assert imputer.transform(whole) is not whole


def test_columns_are_standardised_by_what_is_there(ordinary):
    imputer, x = ordinary
    np.testing.assert_allclose(imputer.columns_.mean, np.nanmean(x, axis=0), rtol=1e-12)
    np.testing.assert_allclose(imputer.columns_.scale, np.nanstd(x, axis=0), rtol=1e-12)
    with pytest.raises(ValueError, match="infinity"):
        imputer.transform(np.where(np.isnan(x), np.inf, x))


def test_a_column_of_nothing_becomes_0_and_says_nothing(ordinary):
    x = ordinary[1].copy()
    x[:, 2] = np.nan
    imputer = clone(ordinary[0]).fit(x)
    filled = imputer.transform(x)
    assert (filled[:, 2] == 0).all()
    assert (imputer.sample(x, 2)[:, :, 2] == 0).all()
    assert (filled[:, [0, 1, 3, 4]][np.isnan(x[:, [0, 1, 3, 4]])] != 0).all()
    # Of later rows, too: the model never saw one.
    later = x.copy()
    later[:, 2] = 7e9
    expected = filled.copy()
    expected[:, 2] = 7e9
    np.testing.assert_array_equal(imputer.transform(later), expected)


def test_a_pipeline_with_gaps_is_pickled(ordinary):
    imputer, x = ordinary
    labels = table()[:, 0] > np.median(table()[:, 0])
    pipeline = make_pipeline(clone(imputer), LogisticRegression(max_iter=1000)).fit(x, labels)
    assert pipeline[:1].get_feature_names_out(list("abcde")).tolist() == list("abcde")
    again = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(again.predict_proba(x), pipeline.predict_proba(x))
    np.testing.assert_array_equal(again[:1].transform(x), imputer.transform(x))
    np.testing.assert_array_equal(again[0].sample(x, 2, 0), pipeline[0].sample(x, 2, 0))


def test_an_imputer_that_was_not_fitted_says_so():
    for use in (VAEImputer().transform, VAEImputer().sample):
        with pytest.raises(NotFittedError):
            use(table())
