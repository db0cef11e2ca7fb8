"""Labels, one-hot."""

import numpy as np
import tensorflow as tf

from tfvae import families


def test_a_label_has_one_class_at_each_position():
    family = families.OneHot((2, 3))
    x = np.zeros([5, 2, 3], "float32")
    x[:, 0, 1] = x[:, 1, 2] = 1
    x[1, 0, 0] = 1  # two classes
    x[2, 1, 2] = 0  # none
    x[3, 0] = 0.5, 0.5, 0.0
    x[4, 0, 0] = np.nan
    assert family.in_support(x).numpy().tolist() == [True, False, False, False, False]


def test_probabilities_of_all_labels_sum_to_one():
    family = families.OneHot((4,))
    law = family.build_distribution(logits=tf.constant([[1.0, -2.0, 0.5, 30.0], [0.0, 0.0, 0.0, 0.0]]))
    each = np.stack([law.log_prob(np.eye(4, dtype="float32")[[k, k]]) for k in range(4)])
    np.testing.assert_allclose(np.exp(each).sum(axis=0), 1, atol=1e-6)
    np.testing.assert_allclose(law.mean().numpy().T, np.exp(each), atol=1e-6)
    assert family.in_support(law.sample(seed=[1, 2])).numpy().all()
