"""Bounds of many draws, and which network follows which."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.linear_gaussian import LinearGaussian
from tests.models import gradients_of
from tfvae import families, priors, recipes, schedules
from tfvae.terms import (
    KL,
    ImportanceWeighted,
    MultiplyImportanceWeighted,
    NegativeLogLikelihood,
    PathGradient,
    PerNetwork,
)
from tfvae.vae import VAE

MODEL = LinearGaussian.random(orthogonal=False)
X = MODEL.sample(8)


def step(*objective, model=MODEL, x=X, **kwargs):
    """Returns the gradients of (posterior, likelihood), and the loss, on the same draws for each number of them."""
    vae = model.vae(list(objective), widen=1.5, scale="shared")
    gradients, loss = gradients_of(vae, x, seed=3, **kwargs)
    found = dict(zip((v.path for v in vae.trainable_variables), (g.numpy() for g in gradients), strict=True))
    return tuple([found[v.path] for v in part.trainable_variables] for part in (vae.posterior, vae.likelihood)), loss


def assert_equal(first, second, rtol=1e-12):
    assert len(first) == len(second) > 1
    for one, two in zip(first, second, strict=True):
        assert np.any(one)
        np.testing.assert_allclose(one, two, rtol=rtol, atol=rtol)


def assert_other(first, second):
    assert max(np.abs(one - two).max() for one, two in zip(first, second, strict=True)) > 1e-2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([MultiplyImportanceWeighted(1, 6)], [ImportanceWeighted(6)]),
        ([PathGradient(MultiplyImportanceWeighted(1, 6))], [PathGradient(ImportanceWeighted(6))]),
        (
            [MultiplyImportanceWeighted(6, 1)],
            [NegativeLogLikelihood(num_samples=6), KL(monte_carlo=True, num_samples=6)],
        ),
        ([PathGradient(MultiplyImportanceWeighted(1, 1))], [PathGradient(ImportanceWeighted(1))]),
        ([PerNetwork(ImportanceWeighted(6), ImportanceWeighted(6))], [ImportanceWeighted(6)]),
    ],
    ids=["MIWAE(1, k) = IWAE(k)", "and by paths", "MIWAE(m, 1) = ELBO", "DReG(1) = STL", "both networks on one"],
)
def test_ends_that_meet(one, other):
    (first, loss), (second, other_loss) = step(*one), step(*other)
    assert float(loss) == pytest.approx(float(other_loss), rel=1e-14)
    for mine, theirs in zip(first, second, strict=True):
        assert_equal(mine, theirs)


def test_miwae_is_the_mean_of_bounds_on_its_own_draws():
    vae = MODEL.vae([MultiplyImportanceWeighted(4, 3), NegativeLogLikelihood(num_samples=20)], widen=1.5)
    inference = vae.infer(X, seed=0)
    weights = np.exp(inference.log_weight.numpy()[:12]).reshape(4, 3, len(X))
    expected = np.log(weights.mean(axis=1)).mean(axis=0)
    np.testing.assert_allclose(-vae.objective[0].value(inference), expected, rtol=1e-12)


def ciwae(beta):
    return recipes.ciwae((5,), 3, num_samples=6, beta=beta).objective


def test_ciwae_is_between_its_ends():
    # ELBO <= CIWAE <= IWAE for every draw, by Jensen.
    (elbo, low), (iwae, high) = step(MultiplyImportanceWeighted(6, 1)), step(ImportanceWeighted(6))
    for beta, expected, loss in ((0.0, iwae, high), (1.0, elbo, low)):
        found, value = step(*ciwae(beta))
        assert float(value) == pytest.approx(float(loss), rel=1e-14)
        for mine, theirs in zip(found, expected, strict=True):
            assert_equal(mine, theirs)
    (found, value), beta = step(*ciwae(0.3)), 0.3
    assert float(high) < float(value) < float(low)
    for mine, first, second in zip(found, elbo, iwae, strict=True):
        assert_equal(mine, [beta * a + (1 - beta) * b for a, b in zip(first, second, strict=True)], rtol=1e-10)


def test_under_piwae_each_network_follows_its_own_bound():
    (encoder, decoder), loss = step(*recipes.piwae((5,), 3, bounds=4, draws=3).objective)
    (miwae_encoder, miwae_decoder), _ = step(MultiplyImportanceWeighted(4, 3))
    (iwae_encoder, iwae_decoder), iwae_loss = step(ImportanceWeighted(12))
    for mine, theirs in ((encoder, miwae_encoder), (decoder, iwae_decoder)):
        for one, two in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(one, two)
    assert_other(encoder, iwae_encoder)
    assert_other(decoder, miwae_decoder)
    assert float(loss) == float(iwae_loss)


def test_weights_schedules_sample_weights_and_other_terms_add_up():
    path, likelihood = PathGradient(ImportanceWeighted(6)), NegativeLogLikelihood(num_samples=6)
    weights = np.arange(8.0) % 3
    mixed = (
        PathGradient(ImportanceWeighted(6), weight=0.7),
        NegativeLogLikelihood(num_samples=6, weight=schedules.Linear(0.25, 1.0, 10)),
    )
    found, loss = step(*mixed, sample_weight=weights)
    (first, one), (second, two) = (step(term, sample_weight=weights) for term in (path, likelihood))
    assert float(loss) == pytest.approx(0.7 * float(one) + 0.25 * float(two), rel=1e-12)
    for mine, theirs, others in zip(found, first, second, strict=True):
        assert_equal(mine, [0.7 * a + 0.25 * b for a, b in zip(theirs, others, strict=True)], rtol=1e-10)
    # Sample weights reach either route: without them the gradient is another.
    for mine, unweighted in zip(found, step(*mixed)[0], strict=True):
        assert_other(mine, unweighted)


def regularized(objective):
    keras.utils.set_random_seed(0)
    rule = keras.regularizers.L2(0.1)
    encoder, decoder = (
        keras.Sequential([keras.Input((size,)), keras.layers.Dense(4, "tanh", kernel_regularizer=rule)])
        for size in (5, 3)
    )
    posterior, prior = families.Normal((3,)), priors.StandardNormal((3,))
    return VAE(encoder, posterior, prior, decoder, families.Normal((5,)), objective, seed=0)


def test_the_losses_of_layers_count_in_either_network():
    gradients = []
    for objective in ([ImportanceWeighted(3)], [PerNetwork(ImportanceWeighted(3), ImportanceWeighted(3))]):
        vae = regularized(objective)
        found, loss = gradients_of(vae, X, seed=1)
        gradients.append([*(g.numpy() for g in found), loss.numpy()])
    assert_equal(*gradients)


def test_what_both_networks_hold_follows_the_generative_one():
    def tied(objective):
        keras.utils.set_random_seed(0)
        shared = keras.layers.Dense(5, "tanh")
        encoder = keras.Sequential([keras.Input((5,)), shared, keras.layers.Dense(4)])
        decoder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(5), shared])
        posterior, prior = families.Normal((3,)), priors.StandardNormal((3,))
        vae = VAE(encoder, posterior, prior, decoder, families.Normal((5,)), objective, seed=0)
        gradients, _ = gradients_of(vae, X, seed=1)
        found = {id(v): g.numpy() for v, g in zip(vae.trainable_variables, gradients, strict=True)}
        return [[found[id(v)] for v in part.trainable_variables] for part in (shared, encoder.layers[1], posterior)]

    plain, path = tied([ImportanceWeighted(4)]), tied([PathGradient(ImportanceWeighted(4))])
    assert_equal(plain[0], path[0])
    assert_other(plain[1], path[1])
    assert_other(plain[2], path[2])


def test_the_priors_variables_are_the_generative_networks():
    class Shifted(priors.StandardNormal):
        def build(self, shape=None):
            self.shift = self.add_weight(shape=self.event_shape, initializer="ones")

        def distribution(self, condition=None, encode=None):
            import tensorflow_probability as tfp

            loc = tf.convert_to_tensor(self.shift)
            return tfp.distributions.MultivariateNormalDiag(loc, tf.ones_like(loc))

    found = []
    for term in (ImportanceWeighted(4), PathGradient(ImportanceWeighted(4))):
        prior = Shifted((3,))
        prior.build()
        vae = MODEL.vae([term], prior=prior, widen=1.5)
        gradients, _ = gradients_of(vae, X, seed=1)
        (own,) = (g.numpy() for v, g in zip(vae.trainable_variables, gradients, strict=True) if v is prior.shift)
        found.append(own)
    np.testing.assert_array_equal(*found)
    assert np.any(found[0])


def test_the_metric_is_called_by_the_bound():
    def names(*objective):
        return [m.name for m in MODEL.vae(list(objective)).metrics]

    assert names(PathGradient(ImportanceWeighted(2)))[2:-1] == ["importance_weighted"]
    assert names(PathGradient(ImportanceWeighted(2), name="dreg"))[2:-1] == ["dreg"]
    piwae = PerNetwork(MultiplyImportanceWeighted(2, 2), PathGradient(ImportanceWeighted(4)))
    assert names(piwae, ImportanceWeighted(2))[2:-1] == ["importance_weighted", "importance_weighted_1"]


def test_one_backward_pass_serves_where_no_term_has_surrogates():
    assert not MODEL.vae([NegativeLogLikelihood(), KL()])._loss.has_surrogates
    assert MODEL.vae([KL(weight=0.5), PathGradient(ImportanceWeighted(2))])._loss.has_surrogates
