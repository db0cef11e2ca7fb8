"""Activity of latent dimensions, against its definition and on models with dead dimensions planted."""

import numpy as np
import pytest

from tests.models import LATENT, digits, make
from tfvae import data, evaluation, families, terms


def plant(vae, *dead):
    """Makes the posterior of dimensions `dead` the same for every x: zero columns of the head."""
    kernel = vae.posterior.head.kernel
    columns = np.array(kernel)
    for dimension in dead:
        columns[:, dimension :: LATENT[0]] = 0.0  # loc and scale
    kernel.assign(columns)
    return vae


def test_it_is_the_definition_whatever_the_batches():
    vae, images = make(), digits()
    posterior = vae.encode(images)
    loc, scale = posterior.mean().numpy(), posterior.stddev().numpy()
    kl = 0.5 * (loc**2 + scale**2 - 1 - 2 * np.log(scale)).mean(axis=0)
    for batch_size in (7, 36):
        found = evaluation.activity(vae, data.from_array(images, batch_size=batch_size))
        np.testing.assert_allclose(found.kl_per_dimension, kl, rtol=1e-4)
        np.testing.assert_allclose(found.mean_variance, loc.var(axis=0), rtol=1e-4)
        assert found.active.tolist() == [True] * 3


def test_the_dimensions_sum_to_the_metric():
    vae = make()
    vae.compile()
    dataset = data.from_array(digits(), batch_size=7)
    metric = vae.evaluate(dataset, verbose=0, return_dict=True)["kl"]
    assert evaluation.activity(vae, dataset).kl_per_dimension.sum() == pytest.approx(metric, rel=1e-4)


@pytest.mark.parametrize("dead", [(0,), (1, 2), (0, 1, 2)])
def test_planted_dead_dimensions_are_found(dead):
    found = evaluation.activity(plant(make(), *dead), data.from_array(digits(), batch_size=36))
    assert np.flatnonzero(~found.active).tolist() == list(dead)
    np.testing.assert_allclose(found.mean_variance[list(dead)], 0.0, atol=1e-12)


def test_the_threshold_decides():
    vae, dataset = make(), data.from_array(digits(), batch_size=36)
    variances = np.sort(evaluation.activity(vae, dataset).mean_variance)
    between = (variances[1] + variances[2]) / 2
    assert evaluation.activity(vae, dataset, threshold=between).active.sum() == 1


def test_a_variance_far_from_zero_keeps_its_digits():
    vae = make()
    vae.posterior.head.bias.assign(np.array([1000.0, 0, 0, 0, 0, 0]))
    dataset = data.from_array(digits(), batch_size=7)
    expected = vae.encode(digits()).mean().numpy().astype("float64").var(axis=0)
    np.testing.assert_allclose(evaluation.activity(vae, dataset).mean_variance, expected, rtol=1e-3)


def test_without_a_density_there_is_no_kl():
    vae = make(posterior=families.Deterministic(LATENT), objective=[terms.NegativeLogLikelihood()])
    found = evaluation.activity(vae, data.from_array(digits(), batch_size=36))
    assert found.kl_per_dimension is None
    assert found.active.shape == LATENT


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match=r"`dataset`.*from_array.*ndarray"):
        evaluation.activity(make(), digits())
    with pytest.raises(ValueError, match=r"`dataset`.*two examples.*1"):
        evaluation.activity(make(), data.from_array(digits()[:1], batch_size=1))
    with pytest.raises(ValueError, match="`threshold`"):
        evaluation.activity(make(), data.from_array(digits(), batch_size=36), threshold=-1)
