"""What is changed on a model after its first `fit` counts from the next one on."""

import keras
import numpy as np
import pytest

from tests.models import LATENT, SHAPE, digits, make
from tfvae import data, families, networks, priors, schedules, terms

X = digits(24)


def trained(**parts):
    model = make(**parts)
    model.compile(keras.optimizers.SGD(1e-3))
    fit(model)
    return model


def fit(model):
    """A warning would be an error."""
    return model.fit(data.from_array(X, batch_size=12), verbose=0).history


def moved(model, part, act):
    """Whether a part's weights move in `act`."""
    before = part.get_weights()
    act(model)
    return any(not np.array_equal(one, two) for one, two in zip(before, part.get_weights(), strict=True))


def test_a_frozen_part_stays_and_a_thawed_one_learns():
    model = trained()
    function = model.train_function
    fit(model)
    assert model.train_function is function  # nothing is traced again where nothing was changed
    model.encoder.trainable = False
    assert not moved(model, model.encoder, fit)
    assert moved(model, model.decoder, fit)
    model.encoder.trainable = True
    assert moved(model, model.encoder, fit)
    model.decoder.layers[-1].trainable = False  # one layer of a network
    assert not moved(model, model.decoder.layers[-1], fit)


def test_a_part_that_the_optimizer_does_not_know_has_it_begin_anew():
    model = make()
    model.encoder.trainable = False
    model.compile(keras.optimizers.Adam(1e-3))
    fit(model)
    model.encoder.trainable = True
    with pytest.warns(UserWarning, match=r"optimizer knows nothing of them: it begins anew"):
        assert moved(model, model.encoder, lambda model: model.fit(X, verbose=0))
    assert float(model.optimizer.learning_rate) == pytest.approx(1e-3)


@pytest.mark.parametrize("use", ["fit", "evaluate"])
def test_a_part_that_was_frozen_when_the_model_was_compiled_learns_from_the_first_step(use):
    vae = make()
    vae.encoder.trainable = False
    vae.compile("adam")
    vae.encoder.trainable = True
    before = vae.encoder.get_weights()
    with pytest.warns(UserWarning, match=r"begins anew") as caught:
        getattr(vae, use)(digits(), verbose=0)
    (said,) = (warning for warning in caught if "begins anew" in str(warning.message))
    assert said.filename == __file__
    vae.fit(digits(), verbose=0)
    assert not np.array_equal(before[0], vae.encoder.get_weights()[0])


def test_the_weight_of_a_term():
    model = trained()
    kl = next(term for term in model.objective if isinstance(term, terms.KL))
    kl.weight = 100.0
    logs = model.evaluate(X, verbose=0, return_dict=True)
    assert logs["loss"] == pytest.approx(logs["negative_log_likelihood"] + 100 * logs["kl"], rel=1e-5)
    history = fit(model)
    assert history["loss"][0] == pytest.approx(history["negative_log_likelihood"][0] + 100 * history["kl"][0], rel=1e-5)
    kl.weight = schedules.Linear(0.0, 1.0, steps=4)  # and so many steps were taken
    assert fit(model)["kl_weight"] == [1.0]
    with pytest.raises(ValueError, match="`weight`"):
        kl.weight = -1.0
    assert fit(model)["kl_weight"] == [1.0]


def test_another_objective():
    model = trained()
    model.objective = [*model.objective, terms.Sparsity(weight=0.5)]
    assert "sparsity" in fit(model)
    model.objective = []
    with pytest.raises(ValueError, match="`objective` is empty"):
        fit(model)


def test_an_exchanged_part():
    model = trained()
    old = model.decoder
    model.decoder = networks.mlp_decoder(LATENT, units=(5,))
    model.likelihood = families.Bernoulli(SHAPE)
    with pytest.warns(UserWarning, match="begins anew"):
        assert moved(model, model.decoder, lambda model: model.fit(X, verbose=0))
    # The old ones are gone.
    assert not {id(variable) for variable in old.trainable_variables} & {id(v) for v in model.trainable_variables}
    assert {id(v) for v in model.decoder.trainable_variables} < {id(v) for v in model.trainable_variables}
    model.prior = priors.StandardNormal((7,))
    with pytest.raises(ValueError, match="`prior` and `posterior` are laws of the same z"):
        model.fit(X, verbose=0)


@pytest.mark.filterwarnings("ignore:The weight of KL, a Linear schedule:UserWarning")
def test_a_warm_up_goes_on_under_another_optimizer(tmp_path):
    kl = terms.KL(weight=schedules.Linear(0.0, 1.0, steps=8))
    model = trained(objective=[terms.NegativeLogLikelihood(), kl])  # two steps
    before = model.evaluate(X, verbose=0, return_dict=True)
    assert before["kl_weight"] == pytest.approx(0.25)
    model.compile(keras.optimizers.Adam(1e-9))
    assert model.evaluate(X, verbose=0, return_dict=True) == before
    assert model.fit(data.from_array(X, batch_size=24), verbose=0).history["kl_weight"] == [0.25]
    # The count is in the model's files, whether or not its optimizer is.
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras", compile=False)
    assert int(loaded.progress.steps.numpy()) == 3
    assert loaded.trained
    model.save_weights(tmp_path / "m.weights.h5")
    other = make(objective=[terms.NegativeLogLikelihood(), kl])
    other.load_weights(tmp_path / "m.weights.h5")
    assert int(other.progress.steps.numpy()) == 3
