"""Several draws of an example, each decoded under the example's own condition."""

import numpy as np
import pytest

from tests.models import digits
from tests.test_latent import conditional
from tfvae import data, evaluation, terms

X, LABELS = digits()[:4], np.array([3, 1, 4, 5])


@pytest.fixture(scope="module")
def vae():
    model = conditional()
    model.compile("sgd")
    model.trained = True
    # So that a label says more than the noise of its output layer.
    for kernel in (model.likelihood.head.kernel, *model.decoder.trainable_variables):
        kernel.assign(4 * kernel)
    return model


def test_each_draw_is_decoded_under_its_examples_condition(vae):
    inference = vae.infer(X, LABELS, num_samples=3, seed=1)
    z = inference.latents[0].z
    for k in range(3):
        for b in range(4):
            alone = vae.decode(z[k, b : b + 1], LABELS[b : b + 1]).mean()[0]
            np.testing.assert_allclose(inference.likelihood.mean()[k, b], alone, atol=1e-5)
            other = vae.decode(z[k, b : b + 1], LABELS[b : b + 1] + 2).mean()[0]
            assert np.abs(other - alone).max() > 1e-2
    np.testing.assert_allclose(vae.decode(z, LABELS).mean(), inference.likelihood.mean(), atol=1e-5)


def test_one_condition_is_that_of_all(vae):
    z = vae.infer(X, LABELS, num_samples=3, seed=1).latents[0].z
    np.testing.assert_allclose(vae.decode(z, [3]).mean(), vae.decode(z, [3] * 4).mean(), atol=1e-6)


def test_variations_have_the_condition_of_their_example(vae):
    together = vae.variations(X, 3, scale=0.0, condition=LABELS)
    alone = np.stack(
        [vae.variations(X[b : b + 1], 3, scale=0.0, condition=LABELS[b : b + 1])[:, 0] for b in range(4)], 1
    )
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_the_bounds_of_several_draws_are_of_the_examples_condition(vae):
    inference = vae.infer(X, LABELS, num_samples=3, seed=1)
    z = inference.latents[0].z
    x = vae.preprocess(X)
    own = np.stack([vae.decode(z[:, b], LABELS[b : b + 1]).log_prob(x[b]) for b in range(4)], axis=1)
    weights = own + inference.latents[0].log_prior - inference.latents[0].log_q
    expected = np.log(3) - np.log(np.sum(np.exp(np.float64(weights)), axis=0))
    np.testing.assert_allclose(terms.ImportanceWeighted(3).value(inference), expected, rtol=1e-5)


def test_log_likelihood_is_that_of_each_example_alone(vae):
    # So many draws that the noise, another one for an example alone, doesn't hide a condition.
    together = evaluation.log_likelihood(vae, data.from_array(X, LABELS), 2000, verbose=0)
    for b in range(4):
        one = data.from_array(X[b : b + 1], LABELS[b : b + 1])
        alone = evaluation.log_likelihood(vae, one, 2000, verbose=0)
        error = np.hypot(together.per_example_error[b], alone.per_example_error[0])
        assert abs(together.per_example[b] - alone.mean) < 5 * error
