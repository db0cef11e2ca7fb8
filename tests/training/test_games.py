"""The games of a critic: what each side descends, who plays, and what the critic sees."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import LATENT, SHAPE, digits, gradients_of, make
from tfvae import networks, terms
from tfvae.terms import games
from tfvae.training import gradients

X = digits(12)
LOGITS = tf.constant([-3.0, -0.5, 0.0, 0.25, 2.0])
FOOLS = [3.0486, 0.9741, 0.6931, 0.5759, 0.1269]


def model(*others, **options):
    return make(objective=[terms.NegativeLogLikelihood(), terms.KL(), *others], **options)


@pytest.mark.parametrize(
    ("game", "real", "made", "misled"),
    [
        (games.NonSaturating(), FOOLS, [0.0486, 0.4741, 0.6931, 0.8259, 2.1269], FOOLS),
        (games.Hinge(), [4.0, 1.5, 1.0, 0.75, 0.0], [0.0, 0.5, 1.0, 1.25, 3.0], [3.0, 0.5, 0.0, -0.25, -2.0]),
    ],
    ids=["non-saturating", "hinge"],
)
def test_what_each_side_descends(game, real, made, misled):
    np.testing.assert_allclose(game.real(LOGITS), real, atol=1e-4)
    np.testing.assert_allclose(game.made(LOGITS), made, atol=1e-4)
    np.testing.assert_allclose(game.misled(LOGITS), misled, atol=1e-4)


def test_the_hinge_is_a_mean_over_patches():
    term = terms.Adversarial(networks.patch_critic(SHAPE, (4,)), game=games.Hinge())
    inference = model(term).infer(X, seed=0)
    made, real = term.critic(inference.likelihood.mean()[0]), term.critic(inference.x)
    np.testing.assert_allclose(term.value(inference), np.mean(-made, axis=(1, 2, 3)), rtol=1e-5, atol=1e-7)
    expected = np.mean(np.maximum(0, 1 + made), axis=(1, 2, 3)) + np.mean(np.maximum(0, 1 - real), axis=(1, 2, 3))
    np.testing.assert_allclose(term.critic_loss(inference), expected, rtol=1e-5)


def test_the_critic_sees_samples_too():
    term = terms.Adversarial(networks.mlp_critic(SHAPE, (8,)), of_samples=True)
    vae = model(term)
    inference = vae.infer(X, seed=0)
    drawn = inference.generated(term)
    assert drawn.shape == (12, *SHAPE)
    np.testing.assert_array_equal(drawn, inference.generated(term))
    z = vae.prior.sample(12, inference.seed(term))
    np.testing.assert_allclose(drawn, vae.decode(z).mean(), rtol=1e-6)
    again, real = (term.critic(each)[:, 0] for each in (inference.reconstruction[0], inference.x))
    fresh = term.critic(drawn)[:, 0]
    soft = tf.math.softplus
    np.testing.assert_allclose(term.value(inference), (soft(-again) + soft(-fresh)) / 2, rtol=1e-5)
    np.testing.assert_allclose(term.critic_loss(inference), soft(-real) + (soft(again) + soft(fresh)) / 2, rtol=1e-5)


def test_samples_of_a_batch_differ():
    term = terms.Adversarial(networks.mlp_critic(SHAPE, (8,)), of_samples=True)
    inference = model(term).infer(X, seed=0)
    other = model(term).infer(X, seed=1)
    drawn = inference.generated(term).numpy().reshape(12, -1)
    assert len(np.unique(drawn.round(5), axis=0)) == 12
    assert not np.allclose(drawn, other.generated(term).numpy().reshape(12, -1))


def test_the_encoder_may_be_left_out_of_the_game():
    def gradients_by_group(objective):
        vae = model(*objective)
        found = dict(zip(map(id, vae.trainable_variables), gradients_of(vae, X)[0], strict=True))
        return {name: [found[id(each)] for each in group] for name, group in gradients.groups(vae).items()}

    def adversarial():
        return terms.Adversarial(
            networks.mlp_critic(
                SHAPE,
                (8,),
            ),
            weight=1.0,
        )

    def same(one, other):
        return all(np.allclose(a, b, rtol=1e-4, atol=1e-6) for a, b in zip(one, other, strict=True))

    keras.utils.set_random_seed(3)
    alone = gradients_by_group([])
    keras.utils.set_random_seed(3)
    both = gradients_by_group([adversarial()])
    keras.utils.set_random_seed(3)
    apart = gradients_by_group([terms.PerNetwork(generative=adversarial())])
    assert same(apart["inference"], alone["inference"])
    assert same(apart["generative"], both["generative"])
    assert same(apart["critic"], both["critic"])
    keras.utils.set_random_seed(3)
    reverse = gradients_by_group([terms.PerNetwork(inference=adversarial())])
    assert same(reverse["inference"], both["inference"])
    assert same(reverse["generative"], alone["generative"])
    assert not same(both["inference"], alone["inference"])
    assert not same(both["generative"], alone["generative"])


def learned_similarity(critic):
    return [
        terms.LearnedSimilarity(["features_1"], weight=10.0),
        terms.Adversarial(critic, weight=3.0),
    ]


def test_a_learned_similarity_is_of_the_critic_that_another_term_trains(tmp_path):
    critic = networks.patch_critic(SHAPE, (4,))
    vae = model(*learned_similarity(critic))
    members = gradients.groups(vae)
    assert len(members["critic"]) == len(critic.trainable_variables) == 4
    inference = vae.infer(X, seed=0)
    features = keras.Model(critic.inputs, critic.get_layer("features_1").output)
    difference = features(inference.x) - features(inference.reconstruction[0])
    np.testing.assert_allclose(
        vae.objective[2].value(inference), np.mean(np.square(difference), axis=(1, 2, 3)) / 2, rtol=1e-5
    )
    # The critic follows its game alone, and not the similarity, which would have it see nothing.
    keras.utils.set_random_seed(0)
    other = model(terms.Adversarial(keras.models.clone_model(critic), weight=3.0))
    other.objective[2].critic.set_weights(critic.get_weights())
    found = dict(zip(map(id, vae.trainable_variables), gradients_of(vae, X)[0], strict=True))
    expected = dict(zip(map(id, other.trainable_variables), gradients_of(other, X)[0], strict=True))
    for mine, theirs in zip(members["critic"], gradients.groups(other)["critic"], strict=True):
        np.testing.assert_allclose(found[id(mine)], expected[id(theirs)], rtol=1e-4, atol=1e-6)
    vae.compile("adam")
    vae.fit(X, batch_size=6, verbose=0)
    vae.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert repr(loaded) == repr(vae)
    for one in (vae, loaded):
        one.fit(X, batch_size=6, epochs=2, verbose=0)
    for mine, theirs in zip(vae.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def network():
    return networks.patch_critic(SHAPE, (4,))


REFUSED = {
    "no game": (lambda: terms.Adversarial(network(), game="hinge"), "terms.games.Hinge"),
    "a similarity without a critic": (lambda: model(terms.LearnedSimilarity(["features_1"])), "0 terms of this"),
    "a similarity with a critic of z": (
        lambda: model(
            terms.LearnedSimilarity(["features_1"]), terms.TotalCorrelation(networks.mlp_critic(LATENT, (4,)))
        ),
        "0 terms of this",
    ),
    "a similarity with two critics": (
        lambda: model(*learned_similarity(network()), terms.Adversarial(network())),
        "2 terms of this",
    ),
    "no such layer": (
        lambda: model(terms.LearnedSimilarity(["edges"]), terms.Adversarial(network())),
        "`layer_names`. Expected names of the network's layers: .*features_1",
    ),
    "no term at all": (lambda: terms.PerNetwork(None, None), "`generative`"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused(case):
    call, message = REFUSED[case]
    with pytest.raises(ValueError, match=message):
        call()
