"""Critics: networks of terms, with a loss and an optimizer of their own."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, gradients_of, make
from tfvae import families, networks, priors, terms
from tfvae.training import gradients

X = digits(12)


def adversarial(**options):
    return terms.Adversarial(networks.mlp_critic(SHAPE, (8,)), **options)


def model(*critics, **options):
    return make(objective=[terms.NegativeLogLikelihood(), terms.KL(), *critics], **options)


def test_every_variable_is_in_one_group():
    vae = model(adversarial(), adversarial(name="another"))
    members = gradients.groups(vae)
    assert len(members["critic"]) == 8
    grouped = sorted(id(variable) for group in members.values() for variable in group)
    assert grouped == sorted(map(id, vae.trainable_variables))
    assert all(not group for name, group in gradients.groups(model()).items() if name == "critic")


def by_hand(vae, scalar, variables):
    with tf.GradientTape() as tape:
        inference = vae.infer(X, seed=0, training=True)
        value = tf.reduce_mean(scalar(inference))
    return tape.gradient(value, variables)


def cross_entropy(logits, label):
    return keras.ops.mean(keras.ops.binary_crossentropy(label * tf.ones_like(logits), logits, from_logits=True), -1)


def test_the_model_misleads_the_critic_and_the_critic_learns_alone():
    term = adversarial(weight=3.0)
    vae = model(term)

    def pays(inference):
        made = inference.likelihood.mean()[0]
        elbo = inference.log_likelihood[0] - inference.latents[0].kl
        return 3.0 * cross_entropy(term.critic(made), 1.0) - elbo

    def learns(inference):
        made = tf.constant(inference.likelihood.mean()[0].numpy())
        return cross_entropy(term.critic(made), 0.0) + cross_entropy(term.critic(inference.x), 1.0)

    found, loss = gradients_of(vae, X)
    members = gradients.groups(vae)
    expected = {id(variable): None for variable in vae.trainable_variables}
    for scalar, groups in ((pays, ("inference", "generative")), (learns, ("critic",))):
        variables = [variable for group in groups for variable in members[group]]
        expected |= dict(zip(map(id, variables), by_hand(vae, scalar, variables), strict=True))
    for variable, gradient in zip(vae.trainable_variables, found, strict=True):
        np.testing.assert_allclose(gradient, expected[id(variable)], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(loss, np.mean(pays(vae.infer(X, seed=0, training=True))), rtol=1e-6)


def test_of_several_logits_the_mean_counts():
    term = terms.Adversarial(networks.patch_critic(SHAPE, (4,)))
    inference = model(term).infer(X, seed=0)
    made, real = term.critic(inference.likelihood.mean()[0]), term.critic(inference.x)
    assert made.shape == (12, 4, 4, 1)
    expected = np.mean(np.log1p(np.exp(-made)), axis=(1, 2, 3))
    np.testing.assert_allclose(term.value(inference), expected, rtol=1e-5)
    expected = np.mean(np.log1p(np.exp(made)) + np.log1p(np.exp(-real)), axis=(1, 2, 3))
    np.testing.assert_allclose(term.critic_loss(inference), expected, rtol=1e-5)


def test_each_follows_its_own_optimizer():
    vae = model(adversarial())
    vae.compile(keras.optimizers.SGD(0.0), critic_optimizer=keras.optimizers.SGD(0.1))
    before = [variable.numpy() for variable in vae.trainable_variables]
    vae.fit(X, batch_size=12, verbose=0)
    critics = {id(variable) for variable in gradients.groups(vae)["critic"]}
    moved = [not np.array_equal(old, new) for old, new in zip(before, vae.trainable_variables, strict=True)]
    assert moved == [id(variable) in critics for variable in vae.trainable_variables]


def test_one_of_two_optimizers_may_scale_its_loss():
    """Each skips a bad step in its own way."""
    x = X.astype("float32") / 255
    for scales in (0, 1):
        vae = model(adversarial(), preprocessing=None)
        made = [keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)]
        made[scales] = keras.optimizers.LossScaleOptimizer(made[scales], initial_scale=8.0)
        vae.compile(made[0], critic_optimizer=made[1])
        for batch, moves in ((x, True), (x * np.nan, False), (x, True)):
            before = vae.get_weights()
            vae.train_on_batch(batch)
            changed = [not np.array_equal(old, new) for old, new in zip(before, vae.get_weights(), strict=True)]
            assert changed == [moves] * len(changed)
        assert [int(optimizer.iterations) for optimizer in vae.optimizers] == [2, 2]


def test_what_the_critic_descends_is_a_metric():
    vae = model(adversarial())
    vae.compile("adam")
    found = vae.evaluate(X, verbose=0, return_dict=True, batch_size=12)
    term = vae.objective[-1]
    inference = vae.infer(X, seed=5)
    sure = np.mean(term.critic_loss(inference))
    assert found["adversarial_critic"] == pytest.approx(sure, rel=0.05)
    assert found["loss"] == pytest.approx(found["adversarial"] - found["elbo"], rel=1e-5)


def test_the_critics_optimizer_is_in_the_file(tmp_path):
    vae = model(adversarial())
    vae.compile("adam", critic_optimizer=keras.optimizers.Adam(0.0123, beta_1=0.4))
    vae.fit(X, batch_size=4, verbose=0)
    vae.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded.critic_optimizer.get_config() == vae.critic_optimizer.get_config()
    for one in (vae, loaded):
        one.fit(X, batch_size=4, epochs=2, verbose=0)
    for mine, theirs in zip(vae.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_a_patch_critic_judges_each_patch_alone():
    critic = networks.patch_critic((32, 32, 1), (4, 4))
    x = np.random.default_rng(0).normal(size=(1, 32, 32, 1)).astype("float32")
    other = x.copy()
    other[:, :2, :2] += 1
    changed = np.abs(critic(x) - critic(other))[0, ..., 0] > 1e-6
    assert changed.shape == (8, 8)
    assert changed[0, 0]
    assert not changed[3:].any()
    assert not changed[:, 3:].any()


REFUSED = {
    "no network": (lambda: terms.Adversarial("patch"), "networks.patch_critic"),
    "another shape": (lambda: model(terms.Adversarial(networks.mlp_critic((5,)))), "can't be called on x"),
    "an optimizer without a critic": (lambda: model().compile("adam", critic_optimizer="adam"), "no term .* critic"),
    "one optimizer for both": (lambda: compiled_with_one(), "one optimizer for both"),
    "no image": (lambda: networks.patch_critic((5,)), "image_shape"),
    "within a term for each network": (
        lambda: terms.PerNetwork(adversarial(), terms.ImportanceWeighted(2)),
        "without a critic",
    ),
}


def compiled_with_one():
    one = keras.optimizers.Adam()
    model(adversarial()).compile(one, critic_optimizer=one)


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused(case):
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        call()


def test_a_critic_may_come_and_go_after_compile():
    vae = model()
    vae.compile(keras.optimizers.Adam(1e-3))
    vae.fit(X, batch_size=12, verbose=0)
    vae.objective = [*vae.objective, adversarial()]
    before = vae.objective[-1].critic.get_weights()
    with pytest.warns(UserWarning, match="begins anew"):
        vae.fit(X, batch_size=12, verbose=0)
    for old, new in zip(before, vae.objective[-1].critic.get_weights(), strict=True):
        assert not np.array_equal(old, new)
    vae.objective = vae.objective[:-1]
    assert "adversarial" not in vae.fit(X, batch_size=12, verbose=0).history
    vae.prior = priors.Learned(families.Normal(LATENT))
    with pytest.warns(UserWarning, match="begins anew"):
        vae.fit(X, batch_size=12, verbose=0)
    assert vae.critic_optimizer is None


def test_a_critic_that_is_frozen_still_judges():
    vae = model(adversarial())
    vae.objective[-1].critic.trainable = False
    vae.compile("adam")
    before = vae.objective[-1].critic.get_weights()
    history = vae.fit(X, batch_size=6, verbose=0).history
    assert history["adversarial"][0] > 0
    for old, new in zip(before, vae.objective[-1].critic.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
