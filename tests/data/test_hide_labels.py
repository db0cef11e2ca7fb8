"""Labels for a part of the data."""

import numpy as np

from tfvae import data


def test_as_many_of_each_class_as_can_be_stay_and_what_stays_is_right():
    labels = np.repeat([0, 1, 2, 7], [500, 40, 3, 200])
    hidden = data.hide_labels(labels, 100)
    known = hidden >= 0
    np.testing.assert_array_equal(hidden[known], labels[known])
    assert set(hidden[~known]) == {-1}
    # Of three classes with enough of them the third part each of what the rare one leaves.
    counts = np.bincount(hidden[known], minlength=8)[[0, 1, 2, 7]]
    assert counts.sum() == 100
    assert counts[2] == 3
    assert max(counts[[0, 1, 3]]) - min(counts[[0, 1, 3]]) <= 1
    np.testing.assert_array_equal(hidden, data.hide_labels(labels, 100))
    assert np.any(hidden != data.hide_labels(labels, 100, seed=1))
    np.testing.assert_array_equal(data.hide_labels(labels, len(labels)), labels)


def test_labels_of_several_factors_stay_or_go_together():
    labels = np.stack([np.arange(60) % 3, np.arange(60) // 30], axis=1)
    hidden = data.hide_labels(labels, 24)
    known = (hidden >= 0).all(axis=1)
    np.testing.assert_array_equal(hidden[known], labels[known])
    assert np.all(hidden[~known] == -1)
    # Of each of the six combinations four.
    np.testing.assert_array_equal(np.unique(hidden[known], axis=0, return_counts=True)[1], [4] * 6)


def test_load_hides_labels_of_the_split():
    dataset, _ = data.load("digits", labels=True, num_labels=30, shuffle=False)
    labels = np.concatenate([batch.numpy() for _, batch in dataset])
    np.testing.assert_array_equal(labels, data.hide_labels(data.digits("train")[1], 30, seed=0))
