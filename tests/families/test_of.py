"""Any distribution of TensorFlow Probability as a family."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tests.contracts import run_family_test
from tests.models import LATENT, SHAPE, digits, make
from tfvae import data, families, priors, terms

tfd = tfp.distributions

SCALAR = [
    ("Beta", {}, False),
    ("Exponential", {}, False),
    ("Gamma", {}, False),
    ("Gumbel", {}, False),
    ("HalfNormal", {}, False),
    ("Kumaraswamy", {}, False),
    ("LogNormal", {}, False),
    ("Moyal", {}, False),
    ("TruncatedNormal", {"low": 0.0, "high": 1.0}, False),
    ("VonMises", {}, False),
    ("Weibull", {}, False),
    ("Binomial", {"total_count": 10.0}, True),
    ("Geometric", {}, True),
    ("ProbitBernoulli", {}, True),
    ("Poisson", {}, True),
]
QUICK = ("Beta", "Gamma", "TruncatedNormal", "Binomial", "Geometric")
VECTOR = [("Dirichlet", {}, False), ("MultivariateNormalTriL", {}, False), ("OneHotCategorical", {}, True)]


@pytest.mark.parametrize(
    ("name", "fixed", "discrete"),
    [pytest.param(*case, id=case[0], marks=() if case[0] in QUICK else pytest.mark.exhaustive) for case in SCALAR],
)
def test_a_scalar_distribution_keeps_the_contract(name, fixed, discrete):
    run_family_test(lambda dtype: families.Of(name, (4,), fixed=fixed, dtype=dtype))
    family = families.Of(getattr(tfd, name), (2, 3), fixed=fixed)
    assert family.discrete is discrete
    assert family(tf.zeros([5, 7]), seed=1).shape == (5, 2, 3)


@pytest.mark.parametrize(("name", "fixed", "discrete"), VECTOR, ids=[case[0] for case in VECTOR])
def test_a_distribution_of_vectors_has_the_last_axis(name, fixed, discrete):
    run_family_test(lambda dtype: families.Of(name, (3,), fixed=fixed, dtype=dtype))
    family = families.Of(name, (2, 3), fixed=fixed)
    distribution = family.distribution(tf.random.stateless_normal([5, 7], [1, 2]))
    assert distribution.batch_shape == (5,)
    assert distribution.event_shape == (2, 3)
    assert family.discrete is discrete


def test_a_parameter_that_is_one_for_the_event():
    family = families.Of("Multinomial", (3,), fixed={"total_count": 4.0})
    draw = family(tf.zeros([5, 7]), seed=1)
    np.testing.assert_array_equal(tf.reduce_sum(draw, axis=-1), [4.0] * 5)


def test_the_support_is_the_distributions():
    x = tf.constant([[0.5, 0.5], [-1.0, 0.5], [np.nan, 0.5]])
    assert families.Of("Gamma", (2,)).in_support(x).numpy().tolist() == [True, False, False]
    assert families.Of("Normal", (2,)).in_support(x).numpy().tolist() == [True, True, False]


def test_a_model_of_gammas_is_saved_by_name(tmp_path):
    # A Gamma posterior and prior: TFP has their KL in closed form.
    model = make(
        posterior=families.Of(tfd.Gamma, LATENT),
        prior=priors.Fixed(families.Of(tfd.Gamma, LATENT), {"concentration": 2.0, "log_rate": 0.0}),
        likelihood=families.Of(tfd.Beta, SHAPE),
        objective=[terms.NegativeLogLikelihood(), terms.KL()],
        preprocessing=data.Rescale(0.9 / 255, 0.05),
    )
    model.compile("adam")
    first, *_, last = model.fit(digits(), batch_size=12, epochs=4, verbose=0).history["loss"]
    assert last < first
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.sample(3, seed=1), model.sample(3, seed=1))
    assert repr(loaded.likelihood) == "Of('Beta', (8, 8, 1))"


@pytest.mark.parametrize(("name", "fixed"), [("Pareto", None), ("HalfCauchy", {"scale": 1.0})])
def test_a_support_that_moves_has_no_path(name, fixed):
    # E[d log p / d parameters] at a constant draw isn't 0 there; see `terms.PathGradient`.
    assert not families.Of(name, (3,), fixed=fixed).path_gradient
    assert families.Of("Gamma", (3,)).path_gradient
    assert families.Of("Beta", (3,)).path_gradient
