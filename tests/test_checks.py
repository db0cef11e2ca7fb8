"""What a model is checked for, beyond the messages of test_errors.py."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tfvae import VAE, data, evaluation, families, networks, priors, terms


def vae(**parts):
    defaults = {
        "encoder": networks.mlp_encoder(SHAPE, (8,)),
        "posterior": families.Normal(LATENT),
        "prior": priors.StandardNormal(LATENT),
        "decoder": networks.mlp_decoder(LATENT, (8,)),
        "likelihood": families.Bernoulli(SHAPE),
        "objective": [terms.NegativeLogLikelihood(), terms.KL()],
    }
    return VAE(**{**defaults, **parts})


class Undescribed(priors.StandardNormal):
    """A prior whose law TFP knows no KL to."""

    def distribution(self, condition=None, encode=None):
        import tensorflow_probability as tfp

        tfd = tfp.distributions
        return tfd.Independent(tfd.StudentT(3.0, tf.zeros(LATENT), 1.0), 1)


def test_an_estimate_where_there_is_no_closed_form():
    model = vae(prior=Undescribed(LATENT), objective=[terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)])
    assert np.isfinite(model.infer(digits()[:2] / 255.0, seed=0).log_ratio).all()


def test_grey_pixels_under_a_bernoulli_warn_and_are_no_likelihood():
    model = make(preprocessing=data.Rescale())
    model.compile()
    with pytest.warns(UserWarning, match=r"outside the support of the Bernoulli.*DynamicBinarize"):
        model.fit(digits(), verbose=0)
    with pytest.raises(ValueError, match=r"36 of 36 examples .*no log-likelihood.*DynamicBinarize"):
        evaluation.log_likelihood(model, data.from_array(digits(), batch_size=36), num_samples=2)


def test_no_likelihood_without_densities():
    autoencoder = make(posterior=families.Deterministic(LATENT), objective=[terms.NegativeLogLikelihood()])
    with pytest.raises(ValueError, match="posterior is Deterministic has no density"):
        evaluation.log_likelihood(autoencoder, data.from_array(digits(), batch_size=36))


def test_no_elbo_without_densities():
    autoencoder = make(posterior=families.Deterministic(LATENT), objective=[terms.NegativeLogLikelihood()])
    autoencoder.compile()
    assert set(autoencoder.evaluate(digits(), verbose=0, return_dict=True)) == {
        "loss",
        "negative_log_likelihood",
        "skipped_steps",
    }


def test_a_term_is_not_called():
    with pytest.raises(TypeError, match=r"value\(inference\)"):
        terms.KL()(keras.ops.ones(3))
