"""A grid of codes: levels, numbers, and the gradient through the rounding."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfvae import families

LEVELS = [(8, 5, 5, 5), (8, 6, 5), (7,), (2, 3, 4), (2, 2)]


def grid(levels):
    """All codes, one number after the other, the first dimension the quickest."""
    axes = [(np.arange(count) - count // 2) / (count // 2) for count in levels]
    return np.array([code[::-1] for code in itertools.product(*axes[::-1])])


@pytest.mark.parametrize("levels", LEVELS)
def test_codes_and_their_numbers_are_one_to_one(levels):
    family = families.FiniteScalarQuantized((len(levels),), levels, dtype="float64")
    codes = grid(levels)
    numbers = np.arange(len(codes), dtype="int32")
    assert family.book_sizes == (len(codes),) == (np.prod(levels),)
    np.testing.assert_array_equal(family.embed(numbers), codes)
    np.testing.assert_array_equal(family.to_indices(tf.constant(codes)), numbers)
    np.testing.assert_array_equal(family.embed(family.to_indices(tf.constant(codes))), codes)
    single = families.FiniteScalarQuantized((len(levels),), levels)
    np.testing.assert_array_equal(single.to_indices(single.embed(numbers)), numbers)


@pytest.mark.parametrize("levels", LEVELS)
def test_every_code_is_reached_and_no_other(levels):
    family = families.FiniteScalarQuantized((len(levels),), levels, dtype="float64")
    raw = np.random.default_rng(0).uniform(-2.5, 2.5, size=(200_000, len(levels)))
    raw = np.concatenate([raw, np.full((1, len(levels)), 1e9), np.full((1, len(levels)), -1e9)])
    law = family.build_distribution(**family.constrain({"encoded": tf.constant(raw)}))
    assert set(law.indices.numpy()) == set(range(family.book_sizes[0]))
    distances = np.abs(law.encoded.numpy()[:500, None] - grid(levels)).sum(axis=-1)
    np.testing.assert_array_equal(law.indices[:500], distances.argmin(axis=-1))
    np.testing.assert_array_equal(law.mean()[:500], grid(levels)[law.indices.numpy()[:500]])


def test_it_is_the_papers_formula_and_its_gradient_that_of_the_bound():
    levels = np.array([8, 5])
    family = families.FiniteScalarQuantized((2,), (8, 5), dtype="float64")
    raw = tf.constant(np.random.default_rng(0).normal(size=(50, 2)) * 2)
    with tf.GradientTape() as tape:
        tape.watch(raw)
        z = family.build_distribution(**family.constrain({"encoded": raw})).sample(seed=0)
        total = tf.reduce_sum(z)
    half, offset = (levels - 1) * 0.999 / 2, np.array([0.5, 0.0])
    inner = raw.numpy() + np.tan(offset / half)
    np.testing.assert_allclose(z, np.rint(half * np.tanh(inner) - offset) / (levels // 2), rtol=1e-12)
    np.testing.assert_allclose(tape.gradient(total, raw), half / (levels // 2) / np.cosh(inner) ** 2, rtol=1e-9)


def test_nothing_moves_but_by_gradients():
    family = families.FiniteScalarQuantized((4,))
    assert family.statistic_shapes() == {}
    family.build((None, 7))
    assert len(family.weights) == len(family.trainable_weights) == 2
