"""A model with another prior: the same parts and weights, and no variable in common."""

import keras
import numpy as np
import pytest

import tfvae
from tests.models import LATENT, SHAPE, digits, make, strategy
from tfvae import data, families, priors, schedules, terms

SAMPLED = [terms.NegativeLogLikelihood(), terms.KL(monte_carlo=True)]


def trained(**parts):
    vae = make(preprocessing=data.DynamicBinarize(), **parts)
    vae.compile("adam")
    vae.fit(digits(), batch_size=12, verbose=0)
    return vae


def mixture():
    return priors.GaussianMixture(LATENT, 3)


def test_it_is_the_model_but_for_the_prior():
    vae, prior = trained(objective=SAMPLED, likelihood=families.Bernoulli(SHAPE, name="pixels")), mixture()
    changed = vae.with_prior(prior)
    assert changed.get_config() == vae.get_config() | {"prior": keras.saving.serialize_keras_object(prior)}
    x = digits()[:5]
    np.testing.assert_array_equal(changed.encode(x).mean(), vae.encode(x).mean())
    np.testing.assert_array_equal(changed.reconstruct(x), vae.reconstruct(x))
    for mine, given in zip(changed.prior.variables, prior.variables, strict=True):
        np.testing.assert_array_equal(mine, given)
    assert (int(changed.progress.steps), int(changed.progress.epochs)) == (3, 1)
    assert vae.prior is not changed.prior


@pytest.mark.filterwarnings("ignore:The weight of KL")  # it ends within the second training
def test_with_a_prior_like_its_own_it_goes_on_as_the_model_would():
    """Weights, noise, and steps of a schedule: training it is training the model itself."""
    warm = [terms.NegativeLogLikelihood(), terms.KL(weight=schedules.Linear(0.0, 1.0, 6))]
    vae = trained(objective=warm)
    changed = vae.with_prior(priors.StandardNormal(LATENT))
    np.testing.assert_array_equal(changed.sample(3), vae.sample(3))
    for each in (vae, changed):
        each.compile(keras.optimizers.SGD(0.01))
        each.fit(digits(), batch_size=12, shuffle=False, verbose=0)
    for mine, theirs in zip(changed.get_weights(), vae.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_training_one_leaves_the_other(tmp_path):
    vae, prior = trained(objective=SAMPLED), mixture()
    changed = vae.with_prior(prior)
    before = [variable.numpy() for variable in [*vae.variables, *prior.variables]]
    changed.compile("adam")
    changed.fit(digits(), batch_size=12, verbose=0)
    for variable, value in zip([*vae.variables, *prior.variables], before, strict=True):
        np.testing.assert_array_equal(variable, value)
    before = [variable.numpy() for variable in changed.variables]
    vae.fit(digits(), batch_size=12, verbose=0)
    for variable, value in zip(changed.variables, before, strict=True):
        np.testing.assert_array_equal(variable, value)
    changed.save(tmp_path / "changed.keras")
    loaded = tfvae.load_model(tmp_path / "changed.keras")
    np.testing.assert_array_equal(loaded.sample(3, seed=1), changed.sample(3, seed=1))


@pytest.mark.parametrize("known", [True, False])
def test_it_is_trained_as_the_model_is(known):
    vae = make()
    vae.trained = known
    assert vae.with_prior(priors.StandardNormal(LATENT)).trained is known


def test_frozen_layers_stay_frozen_and_a_lambda_is_copied():
    inputs = keras.Input(SHAPE)
    features = keras.layers.Dense(8, trainable=False)(keras.layers.Flatten()(inputs))
    encoder = keras.Model(inputs, keras.layers.Lambda(lambda value: 2 * value)(features))
    vae = make(encoder=encoder)
    vae.decoder.trainable = False
    changed = vae.with_prior(priors.StandardNormal(LATENT))
    shapes = [[variable.shape for variable in each.trainable_variables] for each in (vae, changed)]
    assert shapes[0] == shapes[1]
    np.testing.assert_array_equal(changed.encode(digits()).mean(), vae.encode(digits()).mean())


def test_an_objective_that_fits_is_given_with_it():
    vae = make()
    with pytest.raises(ValueError, match=r"KL\(monte_carlo=True\).*give `objective`"):
        vae.with_prior(mixture())
    changed = vae.with_prior(mixture(), SAMPLED)
    assert changed.objective[1].monte_carlo
    assert not vae.objective[1].monte_carlo
    assert len(vae.with_prior(mixture(), terms.NegativeLogLikelihood()).objective) == 1


def test_it_is_of_the_models_replicas():
    with strategy().scope():
        vae = make(objective=SAMPLED)
    changed = vae.with_prior(mixture())
    assert changed.distribute_strategy is vae.distribute_strategy
    changed.compile("adam")
    assert np.isfinite(changed.fit(digits(), batch_size=12, verbose=0).history["loss"][0])
