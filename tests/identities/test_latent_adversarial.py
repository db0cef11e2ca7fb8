"""A critic of latents: what it is shown, and that its best guess is the log ratio of the two laws."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests.identities.aggregates import WEIGHTS, Given, estimate, inference
from tests.identities.statistics import assert_mean
from tests.identities.test_total_correlation import Squares
from tests.models import digits, gradients_of, make
from tfvae import VAE, data, families, networks, priors, terms
from tfvae.terms import games
from tfvae.training import gradients

Z, Y = np.random.default_rng(0).normal(size=(2, 1, 5, 3))


@pytest.mark.parametrize("game", [None, games.Hinge()], ids=["non-saturating", "hinge"])
def test_the_critic_learns_the_prior_from_z_and_z_misleads_it(game):
    term = terms.LatentAdversarial(networks.mlp_critic((3,), (8,)), game=game)
    seen = inference(tf.constant(Z), Given(tf.constant(Y)), WEIGHTS)
    of_z, of_y = (term.critic(points)[:, 0].numpy() for points in (Z[0], Y[0]))
    share = WEIGHTS / WEIGHTS.sum()
    if game is None:
        pays, learns = np.log1p(np.exp(-of_z)), np.log1p(np.exp(of_z)) + np.log1p(np.exp(-of_y))
    else:
        pays, learns = -of_z, np.maximum(0, 1 + of_z) + np.maximum(0, 1 - of_y)
    np.testing.assert_allclose(estimate(term, seen), share @ pays, rtol=1e-5)
    np.testing.assert_allclose(seen.share(term.critic_loss(seen)), share @ learns, rtol=1e-5)


def test_the_encoder_follows_the_value_and_the_critic_its_own_loss():
    def model(*others):
        return make(objective=[terms.NegativeLogLikelihood(), *others])

    term = terms.LatentAdversarial(networks.mlp_critic((3,), (8,)), weight=3.0)
    vae, without = model(term), model()
    found = dict(zip(map(id, vae.trainable_variables), gradients_of(vae, digits())[0], strict=True))
    alone = dict(zip(map(id, without.trainable_variables), gradients_of(without, digits())[0], strict=True))
    members, others = gradients.groups(vae), gradients.groups(without)
    for mine, theirs in zip(members["generative"], others["generative"], strict=True):
        np.testing.assert_allclose(found[id(mine)], alone[id(theirs)], rtol=1e-4, atol=1e-6)
    with tf.GradientTape(persistent=True) as tape:
        seen = vae.infer(digits(), seed=0, training=True)
        pays, learns = seen.share(3.0 * term.value(seen)), seen.share(term.critic_loss(seen))
    for mine, theirs in zip(members["inference"], others["inference"], strict=True):
        game = tape.gradient(pays, mine.value)
        assert np.any(game)
        np.testing.assert_allclose(found[id(mine)], alone[id(theirs)] + game, rtol=1e-4, atol=1e-6)
        assert tape.gradient(learns, mine.value) is None
    for variable in members["critic"]:
        np.testing.assert_allclose(found[id(variable)], tape.gradient(learns, variable.value), rtol=1e-4, atol=1e-6)


def test_the_critic_is_shown_fresh_draws_of_the_prior():
    critic = networks.mlp_critic((3,), (8,))
    term = terms.LatentAdversarial(critic)
    vae = make(objective=[terms.NegativeLogLikelihood(), term])
    first, again, other = (vae.infer(digits(), seed=seed) for seed in (0, 0, 1))
    z = first.z[0]
    of_z = np.log1p(np.exp(critic(z)))[:, 0]
    of_y = term.critic_loss(first) - of_z
    assert len(np.unique(of_y)) == 36
    np.testing.assert_array_equal(term.critic_loss(first), term.critic_loss(again))
    assert not np.allclose(of_y, term.critic_loss(other) - np.log1p(np.exp(critic(other.z[0])))[:, 0])


LOC, STDDEV = 0.8, 0.6


def quadratic():
    """A critic of one latent that is a + b z + c z^2, as the log ratio of two Gaussians is."""
    return keras.Sequential([keras.Input((1,)), Squares(), keras.layers.Dense(1)])


def log_ratio(z):
    return stats.norm.logpdf(z) - stats.norm.logpdf(z, LOC, STDDEV)


def test_at_the_log_ratio_both_are_integrals():
    """E_q log(1 + q / p), and for the critic with E_p log(1 + q / p) - log(q / p) ... the Jensen-Shannon divergence."""
    term = terms.LatentAdversarial(quadratic())
    # log p / q = log s + ((z - m)^2 / s^2 - z^2) / 2.
    kernel = np.array([[-LOC / STDDEV**2], [(STDDEV**-2 - 1) / 2]])
    term.critic.layers[-1].kernel.assign(kernel)
    term.critic.layers[-1].bias.assign([np.log(STDDEV) + LOC**2 / STDDEV**2 / 2])
    grid = np.linspace(-9, 9, 20_001)
    np.testing.assert_allclose(term.critic(grid[:, None])[:, 0], log_ratio(grid), rtol=1e-4, atol=1e-4)
    q, p = stats.norm.pdf(grid, LOC, STDDEV), stats.norm.pdf(grid)
    exact = np.trapezoid(q * np.log1p(np.exp(-log_ratio(grid))), grid)
    halfway = (p + q) / 2
    shannon = (
        np.trapezoid(p * np.log(p / halfway) + np.where(q > 0, q * np.log(np.maximum(q, 1e-300) / halfway), 0), grid)
        / 2
    )
    rng = np.random.default_rng(0)
    z, y = rng.normal(LOC, STDDEV, (1, 50_000, 1)), rng.normal(size=(1, 50_000, 1))
    seen = inference(tf.constant(z), Given(tf.constant(y)))
    assert_mean(term.value(seen), exact)
    assert_mean(term.critic_loss(seen), 2 * np.log(2) - 2 * shannon)


@pytest.mark.slow
def test_the_best_critic_knows_the_log_ratio():
    rng = np.random.default_rng(0)
    x = rng.normal(LOC, STDDEV, (20_000, 1)).astype("float32")
    term = terms.LatentAdversarial(quadratic())
    vae = VAE(
        encoder=networks.linear((1,)),
        posterior=families.Deterministic((1,)),
        prior=priors.StandardNormal((1,)),
        decoder=networks.linear((1,)),
        likelihood=families.Normal((1,), scale=1.0),
        objective=[terms.NegativeLogLikelihood(), term],
        seed=0,
    )
    vae.posterior.head.kernel.assign([[1.0]])
    rate = keras.optimizers.schedules.CosineDecay(0.05, 800)
    vae.compile(keras.optimizers.SGD(0.0), critic_optimizer=keras.optimizers.Adam(rate))
    vae.fit(data.from_array(x, batch_size=1000), epochs=40, verbose=0)
    grid = np.linspace(-0.5, 2, 50)  # where both laws have mass
    found = term.critic(grid[:, None])[:, 0]
    np.testing.assert_allclose(found, log_ratio(grid), atol=0.1)
    assert np.ptp(log_ratio(grid)) > 1.0
