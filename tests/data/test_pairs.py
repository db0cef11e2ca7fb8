"""Pairs that share all factors but some."""

import numpy as np
import pytest

from tfvae import data


def examples(seed=0, count=200):
    """Rows of factors, some of them more than once, each its own x."""
    factors = np.random.default_rng(seed).integers(0, (4, 3, 5), size=(count, 3))
    return np.arange(count), factors


@pytest.mark.parametrize("num_changed", [1, 2])
def test_partners_differ_in_so_many_factors_at_most(num_changed):
    x, factors = examples()
    both, changed = data.pairs(x, factors, num_changed)
    assert both.shape == (200, 2)
    np.testing.assert_array_equal(both[:, 0], x)
    differ = factors[both[:, 0]] != factors[both[:, 1]]
    assert 1 <= differ.sum(axis=1).min() <= differ.sum(axis=1).max() <= num_changed
    if num_changed == 1:
        np.testing.assert_array_equal(differ.argmax(axis=1), changed)
    else:
        assert set(changed) == {-1}
        assert set(differ.sum(axis=1)) == {1, 2}


def test_each_factor_and_each_partner_is_as_likely():
    # A full grid: of each factor changed a third, and each of its other values alike.
    factors = np.stack(np.unravel_index(np.arange(60), (3, 4, 5)), axis=1)
    drawn = [data.pairs(np.arange(60), factors, seed=seed) for seed in range(100)]
    changed = np.concatenate([which for _, which in drawn])
    both = np.concatenate([pair for pair, _ in drawn])
    for factor in range(3):
        # Four standard errors of 6,000 draws.
        assert np.mean(changed == factor) == pytest.approx(1 / 3, abs=4 * np.sqrt(2 / 9 / 6000))
    value = factors[both[(changed == 2) & (factors[both[:, 0], 2] == 1), 1], 2]
    shares = np.bincount(value, minlength=5) / len(value)
    assert shares[1] == 0
    np.testing.assert_allclose(shares[[0, 2, 3, 4]], 0.25, atol=4 * np.sqrt(0.1875 / len(value)))
    np.testing.assert_array_equal(data.pairs(np.arange(60), factors, seed=3)[0], drawn[3][0])


def test_examples_without_a_partner_are_left_out():
    both, changed = data.pairs(np.array([10, 11, 12, 13]), [[0, 0], [0, 1], [5, 5], [0, 0]])
    assert sorted(map(tuple, both))[:1] in ([(10, 11)],)
    assert set(both[:, 0]) == {10, 11, 13}
    assert set(changed) == {1}


def test_pairs_of_sprites():
    images, factors = data.sprites("test")
    both, changed = data.pairs(images, factors)
    assert both.shape == (len(changed), 2, 64, 64, 1)
    assert both.dtype == "uint8"
    assert len(changed) > 0.9 * len(images)
    assert set(changed) == set(range(5))
