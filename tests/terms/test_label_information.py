"""What latents say of factors that are not theirs, by a critic."""

import keras
import numpy as np
import tensorflow as tf
from scipy import integrate, stats

from tests.models import make
from tfvae import families, networks, priors, terms

DISTANCE = 1.5  # m_1 given a binary y is N(+-DISTANCE / 2, 1): two Gaussians whose mixture is p(m)


def information():
    """I(m_1; y) in nats, by quadrature."""

    def integrand(m):
        given = stats.norm.pdf(m, DISTANCE / 2)
        return given * np.log(given / ((given + stats.norm.pdf(m, -DISTANCE / 2)) / 2))

    return integrate.quad(integrand, -12, 12)[0]


class Best(keras.layers.Layer):
    """log p(m|y) / p(m) for latent 1 and factor 0, and a number that tells nothing for any other."""

    def call(self, x):
        m, y, asked = x[:, 0], 2 * x[:, 1] - 1, x[:, 3] * x[:, 5]
        ratio = -tf.nn.softplus(-m * DISTANCE * y) + np.log(2.0)
        return (asked * ratio + (1 - asked) * 0.7)[:, None]


def model(critic):
    objective = [terms.NegativeLogLikelihood(), terms.LabelInformation(critic, (2,))]
    parts = {"prior": priors.StandardNormal((3,)), "decoder": networks.mlp_decoder((3,), (4,))}
    return make(posterior=families.Normal((3,)), objective=objective, **parts)


def points(count, hidden=0.0, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=(count, 1))
    m = rng.normal(size=(count, 3))
    m[:, 1] += (y[:, 0] - 0.5) * DISTANCE
    m[:, 0] = 5.0 * y[:, 0]  # its own factor, which costs nothing
    labels = np.where(rng.random((count, 1)) < hidden, -1, y)
    m[labels[:, 0] < 0] = 50.0  # whatever it is, nobody asks
    return m.astype("float32"), labels


def inference(vae, m, labels, seed=(3, 4)):
    law = vae.posterior.build_distribution(loc=m, scale=tf.ones_like(m))
    return vae.infer_from(
        law, tf.zeros([len(m), 8, 8, 1]), labels, 1, (0, 0), seeds=lambda place: tf.convert_to_tensor(seed)
    )


def test_the_best_critic_knows_the_information_between_a_latent_and_a_label():
    vae = model(Best())
    for hidden in (0.0, 0.6):
        value = vae.objective[1].value(inference(vae, *points(200_000, hidden))).numpy().astype("float64")
        # Four standard errors of 80,000 labels, of numbers whose deviations are 0.5 (c) and 0.6 (e^c).
        np.testing.assert_allclose(value.mean(), information(), atol=0.011)


def test_a_critic_learns_the_information_from_below():
    keras.utils.set_random_seed(0)
    vae = model(networks.mlp_critic((2 + 3 + 1,), (32,)))
    term, optimizer = vae.objective[1], keras.optimizers.Adam(0.01)
    variables = term.critic.trainable_variables

    @tf.function
    def step(m, labels, seed):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(term.critic_loss(inference(vae, m, labels, seed)))
        return tape.gradient(loss, variables)

    for number in range(150):
        m, labels = map(tf.constant, points(500, seed=number))
        optimizer.apply(step(m, labels, tf.constant([number, 1])), variables)
    found = np.mean(term.value(inference(vae, *points(100_000, seed=1000))).numpy().astype("float64"))
    assert 0.8 * information() < found < information() + 0.01


def test_without_labels_nothing_is_asked():
    vae = model(Best())
    np.testing.assert_array_equal(
        vae.objective[1].value(vae.infer(np.zeros((4, 8, 8, 1), "uint8"), seed=0)), np.zeros(4)
    )
    none = vae.infer(np.zeros((4, 8, 8, 1), "uint8"), np.full((4, 1), -1), seed=0)
    np.testing.assert_array_equal(vae.objective[1].value(none), np.zeros(4))
