"""Recall and NDCG against cases by hand and scikit-learn; topics that were planted."""

import keras
import numpy as np
import pytest
import scipy.sparse
from sklearn.metrics import ndcg_score

from tfvae import evaluation, latent, recipes

# Five items, best first 0, 1, 2, 3, 4.
SCORES = np.array([[5.0, 4.0, 3.0, 2.0, 1.0]])


@pytest.mark.parametrize(
    ("held_out", "fold_in", "k", "recall", "ndcg"),
    [
        ([1, 0, 0, 0, 0], [0] * 5, 1, 1.0, 1.0),
        ([0, 1, 0, 0, 0], [0] * 5, 1, 0.0, 0.0),
        ([0, 1, 0, 0, 0], [1, 0, 0, 0, 0], 1, 1.0, 1.0),  # what was shown is no rank
        ([1, 1, 1, 0, 0], [0] * 5, 2, 1.0, 1.0),  # two of the two that could be
        ([1, 0, 1, 0, 1], [0] * 5, 2, 0.5, 1 / (1 + 1 / np.log2(3))),
        ([0, 0, 7, 0, 3], [2, 0, 0, 0, 0], 3, 0.5, (1 / np.log2(3)) / (1 + 1 / np.log2(3))),  # a count is a purchase
        ([0, 0, 0, 1, 0], [0] * 5, 5, 1.0, 1 / np.log2(5)),
    ],
)
def test_by_hand(held_out, fold_in, k, recall, ndcg):
    held_out, fold_in = np.array([held_out]), np.array([fold_in])
    assert evaluation.recall(SCORES, held_out, k, fold_in).value == pytest.approx(recall)
    assert evaluation.ndcg(SCORES, held_out, k, fold_in).value == pytest.approx(ndcg)


def test_ndcg_is_scikit_learns():
    rng = np.random.default_rng(0)
    scores, held_out = rng.normal(size=(40, 30)), rng.random((40, 30)) < 0.2
    held_out[:, 0] = True
    for k in (1, 5, 30):
        expected = [ndcg_score(a[None], b[None], k=k) for a, b in zip(held_out, scores, strict=True)]
        found = evaluation.ndcg(scores, held_out, k)
        np.testing.assert_allclose(found.per_example, expected)
        assert found.value == pytest.approx(np.mean(expected))
        assert found.standard_error == pytest.approx(np.std(expected, ddof=1) / np.sqrt(40))


def test_a_user_without_anything_held_out_does_not_count():
    found = evaluation.recall(np.repeat(SCORES, 3, 0), [[1, 0, 0, 0, 0], [0] * 5, [0, 0, 0, 0, 1]], 2)
    assert found.value == 0.5
    assert np.isnan(found.per_example).tolist() == [False, True, False]
    # Nor does what is held out and shown as well.
    assert np.isnan(evaluation.ndcg(SCORES, [[1, 0, 0, 0, 0]], 2, [[1, 0, 0, 0, 0]]).value)


def test_a_model_is_ranked_by_its_means_of_what_it_is_shown():
    rng = np.random.default_rng(0)
    purchases = rng.random((300, 40)) < 0.3
    later = rng.random((300, 40)) < 0.3
    shown, held_out = (scipy.sparse.csr_matrix(purchases & part, dtype="float32") for part in (~later, later))
    vae = recipes.mult_vae((40,), 3)
    vae.trained = True
    found = evaluation.ranking(vae, shown, held_out, recall_at=(5, 100), ndcg_at=(10,))
    scores = vae.decode(vae.encode(shown.toarray()).mean()).mean()
    for k, at in ((5, 5), (100, 40)):
        expected = evaluation.recall(scores, held_out.toarray(), at, shown.toarray())
        np.testing.assert_allclose(found.recall[k].per_example, expected.per_example)
        assert found.recall[k][:2] == pytest.approx(expected[:2])
    expected = evaluation.ndcg(scores, held_out.toarray(), 10, shown.toarray())
    assert found.ndcg[10][:2] == pytest.approx(expected[:2])
    assert found.num_examples == 300 - np.sum((purchases & later).sum(axis=1) == 0)
    dense = evaluation.ranking(vae, shown.toarray(), held_out.toarray(), (5,), ())
    assert dense.recall[5][:2] == pytest.approx(found.recall[5][:2])
    assert dense.ndcg == {}


def test_topics_are_the_words_that_the_head_says():
    keras.utils.set_random_seed(0)
    vae = recipes.prod_lda((6,), 2)
    vae.trained = True
    kernel = np.array([[3.0, 2, 1, 0, 0, 0], [0, 0, 0, 1, 2, 3]]) - 1
    vae.likelihood.head.set_weights([kernel, np.zeros(6)])
    assert latent.topics(vae, count=3).tolist() == [[0, 1, 2], [5, 4, 3]]
    assert latent.topics(vae, "abcdef", 2) == [["a", "b"], ["f", "e"]]
    # b counts, too, and K theta: p of the first topic is softmax(2 kernel + b).
    vae.likelihood.head.set_weights([kernel, np.array([0.0, 2.5, 0, 0, 0, 0])])
    assert latent.topics(vae, count=1).tolist() == [[1], [5]]
    vae.likelihood.head.set_weights([kernel, np.array([0.0, 1.5, 0, 0, 0, 0])])
    assert latent.topics(vae, count=1).tolist() == [[0], [5]]
