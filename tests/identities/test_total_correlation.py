"""The total correlation by a critic: what it is shown, and that its best guess is the exact value."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.models import digits, make
from tfvae import VAE, data, families, networks, priors, terms
from tfvae.terms import total_correlation

COVARIANCE = np.array([[1.0, 0.8, 0.0], [0.8, 1.0, 0.3], [0.0, 0.3, 1.0]])


def mixed(weights=None, count=2000):
    """Numbers of examples, each known by its row and column: 10 * row + column."""
    vae = make()
    x = np.repeat(digits(5), count // 5, axis=0)
    inference = vae.infer(x, sample_weight=weights, seed=0)
    z = np.tile(np.arange(count)[:, None] * 10 + np.arange(3), 1).astype("float32")
    return total_correlation._mixed(inference, tf.constant(z), inference.seed(vae.objective[0])).numpy()


def test_each_dimension_comes_from_an_example_of_its_own():
    found = mixed()
    rows, columns = np.divmod(found, 10)
    np.testing.assert_array_equal(columns, np.tile(np.arange(3), (2000, 1)))
    # Independent of each other and uniform: of 2,000 rows, 2,000 (1 - 1/e) or so are drawn.
    assert np.abs(np.corrcoef(rows.T)[np.triu_indices(3, 1)]).max() < 4 / np.sqrt(2000)
    for column in rows.T:
        assert abs(len(np.unique(column)) - 2000 * (1 - np.exp(-1))) < 4 * np.sqrt(2000 * 0.1)


def test_a_weight_is_the_chance_to_give_a_dimension():
    weights = np.tile([0.0, 1.0, 3.0, 0.0, 0.0], 400)
    rows = mixed(weights) // 10
    kinds = rows.astype(int) % 5
    assert set(np.unique(kinds)) == {1, 2}
    assert abs(np.mean(kinds == 2) - 0.75) < 4 * np.sqrt(0.75 * 0.25 / kinds.size)


@keras.saving.register_keras_serializable("tests")
class Squares(keras.layers.Layer):
    """z -> 1, z and all products of two of them: the log ratio of two Gaussians is linear in these."""

    def call(self, z):
        products = z[:, :, None] * z[:, None, :]
        return tf.concat([z, tf.reshape(products, [tf.shape(z)[0], z.shape[1] ** 2])], axis=-1)


@pytest.mark.slow
def test_the_best_critic_knows_the_total_correlation_of_a_gaussian():
    """-1/2 log det of the correlation matrix: 0.69 nats here."""
    x = np.random.default_rng(0).multivariate_normal(np.zeros(3), COVARIANCE, size=20000).astype("float32")
    exact = -0.5 * np.linalg.slogdet(COVARIANCE)[1]
    critic = keras.Sequential([keras.Input((3,)), Squares(), keras.layers.Dense(1)])
    vae = VAE(
        encoder=networks.linear((3,)),
        posterior=families.Normal((3,), scale=1e-4),
        prior=priors.StandardNormal((3,)),
        decoder=networks.linear((3,)),
        likelihood=families.Normal((3,), scale=1.0),
        objective=[terms.NegativeLogLikelihood(), terms.TotalCorrelation(critic)],
        seed=0,
    )
    vae.posterior.head.kernel.assign(np.eye(3))
    rate = keras.optimizers.schedules.CosineDecay(0.02, 800)
    vae.compile(keras.optimizers.SGD(0.0), critic_optimizer=keras.optimizers.Adam(rate))
    vae.fit(data.from_array(x, batch_size=1000), epochs=40, verbose=0)
    logits = vae.objective[-1].value(vae.infer(x, seed=0)).numpy()
    # As a logistic regression the critic has an error of the order of that of the mean over the examples.
    assert abs(logits.mean() - exact) < 4 * logits.std() / np.sqrt(len(x))


@pytest.mark.parametrize(
    ("critic", "message"),
    [
        ("mlp", "networks.mlp_critic"),
        (networks.mlp_critic((4,)), "can't be called on z"),
        (networks.linear((3,)), "one logit"),
    ],
    ids=["no network", "another shape", "several logits"],
)
def test_it_is_refused(critic, message):
    with pytest.raises(ValueError, match=message):
        make(objective=[terms.NegativeLogLikelihood(), terms.TotalCorrelation(critic)])
