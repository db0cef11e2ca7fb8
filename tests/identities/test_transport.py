"""What distances by transport of the batch's mass have in common, whatever the cost: weights, and who learns."""

import numpy as np
import pytest
import tensorflow as tf

from tests.identities.aggregates import between, estimate, value_and_gradient
from tests.models import digits, make
from tfvae import families, priors, terms

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("term", [terms.SlicedWasserstein(), terms.Sinkhorn()], ids=repr)
def test_a_weight_of_two_is_an_example_with_its_draws_twice(term):
    z, y = RNG.normal(size=(2, 5, 3))
    repeats = np.array([2, 0, 1, 3, 1])
    once = between(term, z, y, repeats)
    twice = between(term, *(np.repeat(points, repeats, axis=0) for points in (z, y)))
    np.testing.assert_allclose(once, twice, rtol=1e-10)
    assert abs(once - between(term, z, y)) > 1e-3


@pytest.mark.parametrize("term", [terms.SlicedWasserstein(), terms.Sinkhorn(epsilon=0.1)], ids=repr)
def test_a_batch_without_weight_has_no_distance_and_teaches_nothing(term):
    z, y = RNG.normal(size=(2, 3, 2))
    value, gradient = value_and_gradient(term, z, y, np.zeros(3))
    assert value == 0
    np.testing.assert_array_equal(gradient[0], 0 * z)


@pytest.mark.parametrize("term", [terms.SlicedWasserstein(), terms.Sinkhorn(epsilon=0.5)], ids=repr)
def test_a_learned_prior_learns_of_it(term):
    prior = priors.Learned(families.Normal((3,)))
    vae = make(prior=prior, objective=[terms.NegativeLogLikelihood(), term])
    vae.infer(digits(), seed=0)
    prior._raw["loc"].assign([3.0, 0.0, 0.0])
    with tf.GradientTape() as tape:
        value = estimate(vae.objective[1], vae.infer(digits(), seed=0))
    gradient = tape.gradient(value, prior._raw["loc"].value).numpy()
    assert gradient[0] > 2 * np.abs(gradient[1:]).max() > 0
