"""The cross entropy of the posterior and the prior."""

import numpy as np
import pytest
import tensorflow as tf

from tests.identities.statistics import assert_mean
from tests.models import LATENT, SHAPE, digits, make
from tfvae import families, priors, terms


def test_it_is_the_kl_and_the_entropy_of_the_posterior():
    vae = make(objective=[terms.NegativeLogLikelihood(), terms.CrossEntropy(num_samples=20_000)])
    inference = vae.infer(digits()[:1], seed=0)
    latent = inference.latents[0]
    expected = latent.kl[0] + latent.posterior.entropy()[0]
    assert_mean(-latent.log_prior[:, 0], float(expected))
    np.testing.assert_allclose(
        vae.objective[1].value(inference)[0], -np.mean(latent.log_prior[:, 0].numpy().astype("float64")), rtol=1e-5
    )


def test_of_an_autoencoder_it_is_half_the_squared_length_and_a_constant():
    vae = make(
        posterior=families.Deterministic(LATENT), objective=[terms.NegativeLogLikelihood(), terms.CrossEntropy()]
    )
    inference = vae.infer(digits()[:5], seed=0)
    z = inference.latents[0].z[0].numpy()
    expected = 0.5 * np.sum(z**2, axis=1) + 1.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(vae.objective[1].value(inference), expected, rtol=1e-6)


def test_a_prior_of_known_density_needs_no_seed():
    """So that the term takes none, which would move the draws of other terms."""
    vae, x = make(objective=[terms.NegativeLogLikelihood(), terms.CrossEntropy()]), digits()[:5]
    inference = vae.infer_from(vae.encode(x), vae.preprocess(x), None, 1, [0, 1])
    assert inference.seeds is None
    assert vae.objective[1].value(inference).shape == (5,)


def test_its_gradient_reaches_the_encoder_and_the_prior():
    vae = make(prior=priors.Learned(families.Normal(LATENT)), objective=[terms.CrossEntropy()])
    with tf.GradientTape() as tape:
        value = tf.reduce_mean(vae.objective[0].value(vae.infer(digits(), seed=0)))
    variables = [vae.posterior.head.kernel, *vae.prior.trainable_variables]
    assert all(np.any(gradient) for gradient in tape.gradient(value, variables))


@pytest.mark.parametrize(
    ("prior", "said"),
    [
        (lambda: priors.VampPrior(LATENT, SHAPE, 3), "density of p"),
        (lambda: priors.Product([priors.Learned(families.Poisson((1,))), priors.StandardNormal((2,))]), "other"),
    ],
)
def test_a_prior_that_says_nothing_of_a_point_is_refused(prior, said):
    with pytest.raises(ValueError, match=said):
        make(posterior=families.Deterministic(LATENT), prior=prior(), objective=[terms.CrossEntropy()])


def test_a_product_has_a_density_where_each_of_its_priors_has():
    parts = [priors.StandardNormal(LATENT), priors.VampPrior(LATENT, SHAPE, 3)]
    for posterior in (families.Normal(LATENT), families.Deterministic(LATENT)):
        assert priors.Product(parts).has_density(posterior) is posterior.has_density
        assert priors.Product(parts[:1]).has_density(posterior)
