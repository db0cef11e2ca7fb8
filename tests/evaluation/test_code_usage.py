"""How many codes are in use, by counting them."""

import collections

import keras
import numpy as np
import pytest

from tests.models import digits, make
from tfvae import data, evaluation, families, networks, priors, terms

Z = (2, 3)
POSTERIORS = {
    "book": lambda: families.VectorQuantized(Z, 6),
    "books": lambda: families.ResidualQuantized(Z, 4, 3),
    "grid": lambda: families.FiniteScalarQuantized(Z, (8, 5, 5)),
    "signs": lambda: families.LookupFreeQuantized(Z),
}


def quantised(posterior):
    keras.utils.set_random_seed(0)
    return make(
        posterior=posterior,
        prior=priors.StandardNormal(Z),
        decoder=networks.mlp_decoder(Z, (8,)),
        objective=[terms.NegativeLogLikelihood()],
    )


@pytest.mark.parametrize("name", POSTERIORS)
def test_it_is_what_counting_finds_whatever_the_batches(name):
    vae = quantised(POSTERIORS[name]())
    indices = vae.encode(digits()).indices.numpy().reshape(36 * 2, -1)
    for batch_size in (7, 36):
        found = evaluation.code_usage(vae, data.from_array(digits(), batch_size=batch_size))
        assert len(found.counts) == indices.shape[1] == len(found.used)
        for book, column in enumerate(indices.T):
            times = collections.Counter(column.tolist())
            assert len(found.counts[book]) == vae.posterior.book_sizes[book]
            assert {code: count for code, count in enumerate(found.counts[book]) if count} == times
            shares = np.array([*times.values()]) / 72
            assert found.perplexity[book] == pytest.approx(np.prod(shares**-shares))
            assert found.used[book] == len(times) / vae.posterior.book_sizes[book]


def test_planted_codes_are_found():
    """Of a head without a slope all vectors have one code; of a book of codes that are alike none but the first."""
    vae = quantised(families.VectorQuantized(Z, 6))
    vae.posterior.head.kernel.assign(np.zeros(vae.posterior.head.kernel.shape))
    vae.posterior.head.bias.assign([0.0, 0.0, 0.0, 9.0, 9.0, 9.0])
    vae.posterior.book._codes.assign(np.repeat(np.float32([0, 1, 2, 9, 7, 8])[:, None], 3, axis=1))
    found = evaluation.code_usage(vae, data.from_array(digits(), batch_size=10))
    assert found.counts[0].tolist() == [36, 0, 0, 36, 0, 0]
    assert found.perplexity[0] == pytest.approx(2.0)
    assert found.used[0] == pytest.approx(1 / 3)


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"Normal posterior has none.*recipes\.vq_vae"):
        evaluation.code_usage(make(), data.from_array(digits(), batch_size=36))
    vae = quantised(families.VectorQuantized(Z, 6))
    with pytest.raises(ValueError, match=r"`dataset`.*from_array.*ndarray"):
        evaluation.code_usage(vae, digits())
    with pytest.raises(ValueError, match=r"`dataset`.*one example.*0"):
        evaluation.code_usage(vae, data.from_array(digits(), batch_size=36).take(0))
