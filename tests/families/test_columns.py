"""Families of the columns of a table: exact sums, moments and cuts, and a row as the sum of its cells."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy import special

from tfvae import families


@pytest.fixture(autouse=True)
def _double_precision(_fresh_state):
    keras.config.set_dtype_policy("float64")


@pytest.mark.parametrize("scale", [0.15, 0.3, 1.0, 6.0])
def test_a_rounded_logistic_is_a_law_of_whole_steps_with_its_moments(scale):
    step, loc = 0.5, np.array([-0.61, 0.0, 0.25, 3.1])
    family = families.RoundedLogistic((4,), step=step, scale=scale * step)
    law = family.build_distribution(loc=tf.constant(loc[None]), scale=tf.constant(scale * step, tf.float64))
    x = step * np.arange(-600, 601)
    log_probs = law.distribution.log_prob(x[:, None, None]).numpy()[:, 0]
    # Of the logistic's distribution function, far from both tails.
    near = abs(x[:, None] - loc) < 8 * scale * step
    ends = [special.expit((x[:, None] + side * step / 2 - loc) / (scale * step)) for side in (1, -1)]
    np.testing.assert_allclose(np.exp(log_probs)[near], (ends[0] - ends[1])[near], rtol=1e-9)
    probs = np.exp(log_probs)
    np.testing.assert_allclose(probs.sum(axis=0), 1.0, rtol=1e-12)
    mean = probs.T @ x
    # The series of the moments is cut off where it is 1e-7 for the least scale.
    np.testing.assert_allclose(law.mean()[0], mean, atol=2e-6)
    np.testing.assert_allclose(law.variance()[0], probs.T @ x**2 - mean**2, atol=2e-6)
    draws = law.sample(20_000, seed=[1, 2]).numpy()[:, 0]
    np.testing.assert_allclose(draws / step, np.rint(draws / step), atol=1e-9)
    assert np.all(abs(draws.mean(axis=0) - mean) < 4 * draws.std(axis=0) / np.sqrt(20_000))
    assert family.in_support(tf.constant([[0.5, -1.0, 0.0, 300.0], [0.5, 0.2, 0.0, 0.0]])).numpy().tolist() == [1, 0]


def test_an_ordered_logistic_moves_along_cuts_that_all_examples_share():
    family = families.OrderedLogistic((1,), levels=4)
    family.raw_cuts.assign([[0.3, -0.5, 1.0]])
    locs = np.array([-40.0, -1.0, 0.0, 2.0, 40.0])
    parameters = family.constrain({"loc": tf.constant(locs[:, None])})
    cuts = parameters["cuts"].numpy()[0]
    assert np.all(np.diff(cuts) > 0)
    law = family.build_distribution(**parameters)
    log_probs = np.stack([law.log_prob(np.full([5, 1], k / 3)) for k in range(4)], axis=1)
    below = 1 / (1 + np.exp(-(cuts - locs[1:4, None])))
    np.testing.assert_allclose(np.exp(log_probs[1:4]).cumsum(axis=1)[:, :3], below, rtol=1e-12)
    np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1.0, rtol=1e-12)
    # 40 from the cuts, a difference of two sigmoids has no digit left.
    np.testing.assert_allclose(log_probs[0, 1], np.log(np.exp(-cuts[0]) - np.exp(-cuts[1])) - 40, rtol=1e-9)
    np.testing.assert_allclose(law.mean()[:, 0], np.exp(log_probs) @ np.arange(4) / 3, rtol=1e-12)
    with tf.GradientTape() as tape:
        value = family.build_distribution(**family.constrain({"loc": tf.constant(locs[:, None])})).log_prob(
            np.full([5, 1], 1 / 3)
        )
    assert np.all(tape.gradient(value, family.raw_cuts).numpy()[0, :2] != 0)


def row_of(families_of):
    """A likelihood of a row, its law for five rows, and a row in the support."""
    likelihood = families.Columns(families_of)
    features = tf.random.stateless_normal([5, 8], [1, 2], dtype=tf.float64)
    law = likelihood.distribution(features)
    return likelihood, law, law.sample(seed=[3, 4]).numpy()


def kinds():
    return {
        "length": families.Normal((1,), scale="shared"),
        "age": families.RoundedLogistic((1,), 0.1),
        "town": families.Categorical((1,), levels=4),
        "smokes": families.Bernoulli((1,)),
        "grade": families.OrderedLogistic((1,), levels=3),
    }


def test_a_row_is_the_sum_of_its_cells_that_are_there():
    likelihood, law, x = row_of(kinds())
    each = {name: one.log_prob(x[:, place, None]) for place, (name, one) in enumerate(law.columns.items())}
    np.testing.assert_allclose(law.log_prob(x), sum(each.values()), rtol=1e-12)
    assert np.all(likelihood.in_support(x))
    gaps = np.random.default_rng(0).random(x.shape) < 0.5
    gaps[0] = True
    left = sum(np.where(gaps[:, place], 0.0, value) for place, value in enumerate(each.values()))
    holed = np.where(gaps, np.nan, x)
    np.testing.assert_allclose(law.log_prob(holed), left, rtol=1e-12)
    assert float(law.log_prob(holed)[0]) == 0.0
    assert np.all(likelihood.in_support(holed))
    with tf.GradientTape() as tape:
        value = likelihood.distribution(tf.ones([5, 8], tf.float64)).log_prob(holed)
    assert all(np.isfinite(gradient).all() for gradient in tape.gradient(value, likelihood.trainable_variables))


def test_the_mean_of_words_is_the_most_probable_one():
    _, law, _ = row_of(kinds())
    mean = law.mean().numpy()
    for place, (name, count) in enumerate(law.levels.items()):
        if count is None:
            np.testing.assert_array_equal(mean[:, place], law.columns[name].mean()[:, 0])
            continue
        log_probs = law.log_probabilities(name).numpy()
        np.testing.assert_allclose(np.exp(log_probs).sum(axis=1), 1.0, rtol=1e-12)
        np.testing.assert_array_equal(np.rint(mean[:, place] * (count - 1)), log_probs.argmax(axis=1))
        for k in range(count):
            np.testing.assert_array_equal(log_probs[:, k], law.columns[name].log_prob(np.full([5, 1], k / (count - 1))))
