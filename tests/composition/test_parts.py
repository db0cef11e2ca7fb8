"""What a model is checked for, beyond the messages of tests/errors."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.errors.models import build as vae
from tests.models import LATENT, digits, make
from tfvae import data, evaluation, families, priors, terms


class Undescribed(priors.StandardNormal):
    """A prior whose law TFP knows no KL to."""

    def distribution(self, condition=None, encode=None):
        import tensorflow_probability as tfp

        tfd = tfp.distributions
        return tfd.Independent(tfd.StudentT(3.0, tf.zeros(LATENT), 1.0), 1)


def test_draws_without_a_gradient():
    with pytest.raises(ValueError, match=r"no gradient to the encoder.*RelaxedBernoulli"):
        vae(posterior=families.Bernoulli(LATENT))


def test_an_estimate_where_there_is_no_closed_form():
    model = vae(prior=Undescribed(LATENT), objective=[terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)])
    assert np.isfinite(model.infer(digits()[:2] / 255.0, seed=0).log_ratio).all()


ARGUMENTS = [
    (lambda: families.StudentT((3,), df=2.0), r"`df`.*> 2.*df=2\.0"),
    (lambda: families.Poisson((3,), min_rate=0.0), r"`min_rate`.*min_rate=0\.0"),
    (lambda: families.Categorical((3,), levels=1), r"`levels`.*levels=1"),
    (lambda: families.DiscretizedLogisticMixture((3,), components=0), r"`components`.*components=0"),
    (lambda: families.DiscretizedLogisticMixture((3,), min_scale=-1.0), r"`min_scale`.*min_scale=-1\.0"),
    (lambda: data.Quantize(1), r"`levels`.*1"),
    (lambda: families.MultivariateNormal((3, 2)), r"`event_shape`.*vector.*\(3, 2\)"),
    (lambda: families.MultivariateNormal((3,), min_scale=0.0), r"`min_scale`.*min_scale=0\.0"),
    (lambda: families.Uniform((3,), low=1.0, high=1.0), r"low < high.*low=1\.0"),
    (lambda: families.Uniform((3,), min_width=1.0), r"`min_width`.*min_width=1\.0"),
    (lambda: families.RelaxedCategorical((3, 1)), r"`event_shape`.*two classes.*\(3, 1\)"),
    (lambda: families.RelaxedBernoulli((3,), temperature=0.0), r"`temperature`.*temperature=0\.0"),
    (lambda: families.Joint([]), r"`families`.*families=\[\]"),
    (lambda: priors.Product([families.Normal((3,))]), r"`priors`.*StandardNormal"),
    (lambda: priors.Fixed(families.Normal((3,)), {"loc": 0.0}), r"`parameters`.*scale.*'loc': 0\.0"),
    (lambda: priors.Fixed(families.Normal((3,)), {"loc": [0.0] * 4, "scale": 1.0}), r"`parameters`"),
    (lambda: families.Of("Gauss", (3,)), r"`distribution_class`.*tfd\.Gamma.*'Gauss'"),
    (lambda: families.Of(dict, (3,)), r"`distribution_class`.*dict"),
    (lambda: families.Of("Binomial", (3,)), r"`total_count`.*fixed=\{'total_count'"),
    (lambda: families.Of("Gamma", (3,), fixed={"scale": 1.0}), r"`fixed`.*concentration, rate, log_rate.*'scale'"),
    (lambda: families.Of("LogitNormal", (3,)), r"LogitNormal can't be.*mean.*families\.Family"),
    (lambda: families.Of("Deterministic", (3,)), r"no density.*families\.Deterministic"),
    (lambda: families.Of("Autoregressive", (3,)), r"doesn't describe its parameters"),
]


@pytest.mark.parametrize(("build", "message"), ARGUMENTS)
def test_arguments(build, message):
    with pytest.raises(ValueError, match=message):
        build()


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
