"""Weights in units of the other terms' pull: `terms.Balanced`."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import SHAPE, digits, gradients_of, make
from tfvae import networks, schedules, terms

X = digits(12)


def adversarial(weight, **options):
    keras.utils.set_random_seed(1)
    return terms.Adversarial(networks.mlp_critic(SHAPE, (8,)), weight=weight, **options)


def model(*others, **options):
    return make(objective=[terms.NegativeLogLikelihood(weight=2.0), terms.KL(), *others], **options)


def pulls(vae):
    """The norms of the gradients of 2 NLL + KL and of the last term, in the head's variables."""
    with tf.GradientTape(persistent=True) as tape:
        inference = vae.infer(X, seed=0, training=True)
        rest = tf.reduce_mean(2 * vae.objective[0].value(inference) + vae.objective[1].value(inference))
        own = tf.reduce_mean(vae.objective[2].value(inference))
    head = vae.likelihood.trainable_variables
    return [float(tf.linalg.global_norm(tape.gradient(each, head))) for each in (rest, own)]


def test_it_is_that_multiple_of_a_plain_weight():
    rest, own = pulls(model(adversarial(1.0)))
    assert rest > 2 * own
    balanced, _ = gradients_of(model(adversarial(terms.Balanced(0.5))), X)
    plain, _ = gradients_of(model(adversarial(0.5 * rest / own)), X)
    for one, other in zip(balanced, plain, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-7)


def test_the_factor_is_a_metric_of_training_alone():
    vae = model(adversarial(terms.Balanced(schedules.Linear(0.0, 0.5, steps=2)), name="game"))
    vae.compile(keras.optimizers.SGD(0.0))
    rest, own = pulls(vae)
    history = vae.fit(X, batch_size=12, epochs=2, validation_data=X, verbose=0).history
    # Draws of z differ from `pulls`', which moves the two norms a little.
    np.testing.assert_allclose(history["game_balance"], rest / own, rtol=0.15)
    np.testing.assert_allclose(history["game_weight"], [0.0, 0.25])
    assert "val_game_balance" not in history
    found = vae.evaluate(X, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(2 * found["negative_log_likelihood"] + found["kl"] + 0.5 * found["game"])


def test_a_term_that_pulls_at_nothing_counts_nothing():
    class Silent(terms.Term):
        def value(self, inference):
            return 0.0 * tf.reduce_sum(inference.reconstruction[0], axis=[1, 2, 3])

    vae = model(Silent(weight=terms.Balanced()))
    found, _ = gradients_of(vae, X)
    expected, _ = gradients_of(model(), X)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-7)


def test_it_survives_a_file(tmp_path):
    vae = model(adversarial(terms.Balanced(schedules.Linear(0.0, 0.5, steps=4))))
    vae.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert repr(loaded) == repr(vae)
    assert loaded.objective[2].weight == terms.Balanced(loaded.objective[2].weight.weight)


def test_a_new_weight_is_traced_again():
    vae = model(adversarial(terms.Balanced(0.5)))
    vae.compile(keras.optimizers.SGD(0.1))
    vae.fit(X, batch_size=12, verbose=0)
    vae.objective[2].weight = terms.Balanced(0.0)
    critics_apart = model()
    critics_apart.set_weights(vae.get_weights()[: len(critics_apart.get_weights())])
    found, _ = gradients_of(vae, X)
    expected, _ = gradients_of(critics_apart, X)
    for one, other in zip(found, expected, strict=False):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_a_term_of_z_alone_is_refused():
    vae = make(objective=[terms.NegativeLogLikelihood(), terms.KL(weight=terms.Balanced(0.5))])
    vae.compile("adam")
    with pytest.raises(ValueError, match="kl has a balanced weight and no gradient in the likelihood's own"):
        vae.fit(X, batch_size=12, verbose=0)


def test_nothing_to_balance_with_is_refused():
    with pytest.raises(ValueError, match="there is none whose weight is a number"):
        make(objective=[adversarial(terms.Balanced(0.5))])


@pytest.mark.parametrize("weight", [-1.0, float("nan"), "half"])
def test_no_weight_is_refused(weight):
    with pytest.raises(ValueError, match="`weight`"):
        terms.Balanced(weight)
