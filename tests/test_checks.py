"""What is refused, and what the error says."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, make
from tfvae import VAE, data, evaluation, families, networks, pictures, priors, schedules, terms


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


CONSTRUCTION = [
    ({"posterior": families.Normal((4,))}, r"`prior` and `posterior`.*\(3,\).*\(4,\)"),
    ({"posterior": "normal"}, r"`posterior`.*families\.Normal.*'normal'"),
    ({"prior": families.Normal(LATENT)}, r"`prior`.*priors\.StandardNormal"),
    ({"encoder": lambda x: x}, r"`encoder`.*networks\.mlp_encoder"),
    ({"likelihood": None}, r"`likelihood`.*families\.Bernoulli.*likelihood=None"),
    ({"objective": []}, "`objective` is empty"),
    ({"objective": ["mse"]}, r"`objective`.*terms\.KL\(\).*'mse'"),
    ({"encoder": networks.mlp_encoder((9, 9, 1))}, r"encoder can't be called on events of shape \(8, 8, 1\)"),
    ({"decoder": networks.mlp_decoder((4,))}, r"decoder can't be called on events of shape \(3,\)"),
    ({"decoder": networks.conv_decoder(LATENT, (16, 16))}, r"Bernoulli.*\(8, 8, 1\).*\(16, 16, 32\)"),
    ({"posterior": families.Bernoulli(LATENT)}, "no gradient to the encoder.*RelaxedBernoulli"),
    ({"posterior": families.Deterministic(LATENT)}, "KL needs the density.*Deterministic posterior"),
    (
        {"posterior": families.Deterministic(LATENT), "objective": [terms.ImportanceWeighted(3)]},
        "ImportanceWeighted needs the density",
    ),
    ({"likelihood": families.Deterministic(SHAPE)}, r"density of p\(x\|z\).*scale=1\.0"),
    ({"prior": Undescribed(LATENT)}, r"No closed form.*KL\(monte_carlo=True\)"),
]


@pytest.mark.parametrize(("parts", "message"), CONSTRUCTION)
def test_construction(parts, message):
    with pytest.raises(ValueError, match=message):
        vae(**parts)


def test_an_estimate_where_there_is_no_closed_form():
    model = vae(prior=Undescribed(LATENT), objective=[terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)])
    assert np.isfinite(model.infer(digits()[:2] / 255.0, seed=0).log_ratio).all()


ARGUMENTS = [
    (lambda: families.Normal((3,), scale="sigma"), r"`scale`.*dimension, example, shared.*scale='sigma'"),
    (lambda: families.Normal((3,), scale=0.0), r"`scale`.*> 0.*scale=0\.0"),
    (lambda: families.Normal((3,), scale=True), r"`scale`.*scale=True"),
    (lambda: families.Normal((3,), min_scale=0.0), r"`min_scale`.*min_scale=0\.0"),
    (lambda: families.Normal(()), r"`event_shape`.*\(\)"),
    (lambda: families.Normal((3, -1)), r"`event_shape`.*\(3, -1\)"),
    (lambda: families.Bernoulli((2.5,)), r"`event_shape`.*2\.5"),
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
    (lambda: priors.StandardNormal("x"), r"`event_shape`.*'x'"),
    (lambda: terms.KL(weight="warm"), r"`weight`.*schedule.*weight='warm'"),
    (lambda: terms.KL(weight=float("nan")), r"`weight`.*weight=nan"),
    (lambda: terms.KL(free_bits=-1.0), r"`free_bits`.*free_bits=-1\.0"),
    (lambda: terms.KL(capacity=-1.0), r"`capacity`.*capacity=-1\.0"),
    (lambda: terms.KL(capacity=1.0, free_bits=1.0), "`free_bits` and `capacity`"),
    (lambda: terms.KL(free_bits=1.0, monte_carlo=True), "`free_bits`.*`monte_carlo=True`"),
    (lambda: terms.ImportanceWeighted(0), r"`num_samples`.*num_samples=0"),
    (lambda: terms.NegativeLogLikelihood(num_samples=1.5), r"`num_samples`.*num_samples=1\.5"),
    (lambda: schedules.Linear(0.0, 1.0, 0), r"`steps`.*steps=0"),
    (lambda: pictures.grid(np.zeros((3, 4))), r"`images`.*\(3, 4\)"),
]


@pytest.mark.parametrize(("build", "message"), ARGUMENTS)
def test_arguments(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_compile_refuses_keras_losses():
    with pytest.raises(ValueError, match=r"`compile` got loss, metrics.*objective"):
        make().compile("adam", loss="mse", metrics=["mae"])


def compiled():
    model = make()
    model.compile()
    return model


FITS = [
    (lambda m: m.fit(data.from_array(digits(), np.zeros(36), batch_size=12)), r"takes no condition.*labels=False"),
    (lambda m: m.fit(digits(), np.zeros(36)), "takes no condition.*dataset.map"),
    (lambda m: m.fit(digits()[..., 0]), r"Expected a batch of shape \(batch, 8, 8, 1\).*\(32, 8, 8\)"),
    (lambda m: m.fit(tf.data.Dataset.from_tensor_slices(digits())), r"shape \(batch, 8, 8, 1\).*Batch the dataset"),
    (lambda m: m.fit(tf.data.Dataset.from_tensor_slices(digits()).batch(4).take(0)), "is empty"),
    (lambda m: m.sample(2, condition=[0, 1]), "takes no condition"),
    (lambda m: m.sample(2, seed="x"), r"`seed`|Invalid|str"),
]


@pytest.mark.parametrize(("use", "message"), FITS)
def test_use(use, message):
    with pytest.raises((ValueError, TypeError), match=message):
        use(compiled())


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
