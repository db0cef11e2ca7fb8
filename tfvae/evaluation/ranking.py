"""How well what a user took later is found by what they took before."""

from typing import Any, NamedTuple

import numpy as np

from tfvae import arguments
from tfvae.evaluation.estimate import Estimate, of_examples
from tfvae.inputs import models

# Users that are scored at once.
_ROWS_AT_ONCE = 256


class Ranking(NamedTuple):
    """What `ranking` found.

    Attributes:
        recall: {R: recall at R}, an `Estimate` each; its `per_example` is NaN where nothing is held out.
        ndcg: {R: NDCG at R}, likewise.
        num_examples: Users of whom something is held out.
    """

    recall: dict[int, Estimate]
    ndcg: dict[int, Estimate]
    num_examples: int


def _hits(scores, held_out, fold_in, k):
    """Returns whether what is ranked 1st, 2nd, ... K-th is held out, [N, K], and how many items are, [N]."""
    scores = np.asarray(scores, "float64")
    if scores.ndim != 2 or np.isnan(scores).any():
        raise arguments.invalid("scores", "numbers [N, D], one for each user and item", scores.shape)
    held_out = np.asarray(held_out) > 0
    taken = np.zeros_like(held_out) if fold_in is None else np.asarray(fold_in) > 0
    for name, value in (("held_out", held_out), ("fold_in", taken)):
        if value.shape != scores.shape:
            raise arguments.invalid(name, f"the shape of the scores, {scores.shape}", value.shape)
    k = arguments.integer("k", k, f"an int in 1..{scores.shape[1]}, the number of items", maximum=scores.shape[1])
    # What a user had before is no recommendation, and comes last. Of equal scores the first item comes first.
    order = np.argsort(np.where(taken, np.inf, -scores), axis=1, kind="stable")[:, :k]
    return np.take_along_axis(held_out & ~taken, order, axis=1), (held_out & ~taken).sum(axis=1)


def _of_users(values, counts):
    """Returns the mean over users of whom something is held out."""
    found = of_examples(values[counts > 0]) if (counts > 0).any() else Estimate(np.nan, np.nan)
    return found._replace(per_example=np.where(counts > 0, values, np.nan))


def recall(scores, held_out, k, fold_in=None):
    """Returns the mean over users of recall@R, R = `k`: how many of the first R are held out, of those that could be.

    recall@R = 1 / min(R, |I|) sum_(r <= R) [w(r) in I],  w(r) the item with the r-th highest score, I what is held out

    Items of `fold_in` are not ranked. A user of whom nothing is held out doesn't count.

    Reference: Liang et al. (2018), Variational autoencoders for collaborative filtering, arXiv 1802.05814, section 4.2.

    Args:
        scores: [N, D] numbers.
        held_out: [N, D], above 0 where an item is held out.
        k: R.
        fold_in: [N, D], above 0 for items that the scores were made of, or None.

    Returns:
        An `Estimate` in [0, 1].

    Raises:
        ValueError: Arrays of other shapes, or a `k` that is no int in 1..D.

    >>> recall([[3.0, 2.0, 1.0]], [[0, 0, 1]], k=2, fold_in=[[1, 0, 0]]).value
    1.0
    """
    hits, counts = _hits(scores, held_out, fold_in, k)
    return _of_users(hits.sum(axis=1) / np.maximum(np.minimum(hits.shape[1], counts), 1), counts)


def ndcg(scores, held_out, k, fold_in=None):
    """Returns the mean over users of NDCG@R, R = `k`: recall in which a higher rank counts more.

    NDCG@R = DCG@R / the highest that it could be,  DCG@R = sum_(r <= R) [w(r) in I] / log2(r + 1)

    Arguments, errors and reference as for `recall`.

    >>> round(ndcg([[3.0, 2.0, 1.0]], [[0, 1, 0]], k=2).value, 4)  # second of two: log2(2) / log2(3)
    0.6309
    """
    hits, counts = _hits(scores, held_out, fold_in, k)
    gains = 1 / np.log2(np.arange(2, hits.shape[1] + 2))
    best = np.cumsum(gains)[np.clip(counts, 1, hits.shape[1]) - 1]
    return _of_users(hits @ gains / best, counts)


def ranking(vae, fold_in, held_out, recall_at=(20, 50), ndcg_at=(100,)):
    """Returns how well a model of purchases ranks those that it was not shown, with standard errors.

    A user's items are ranked by the mean of p(x|z) at the mean of q(z|x), x being `fold_in`. For users that the model
    was trained on this says how it fills in; strong generalisation, as in the paper, is that of others.

    Args:
        vae: A model of vectors of counts, such as `recipes.mult_vae` makes.
        fold_in: [N, D] counts that the model is shown, an array or a matrix of scipy.sparse.
        held_out: [N, D] counts of the same users that it is not, likewise.
        recall_at: The R of `recall`; those beyond D are D.
        ndcg_at: Those of `ndcg`.

    Returns:
        A `Ranking`.

    Raises:
        ValueError: Matrices of other shapes, or nothing is held out.

    >>> from tfvae import recipes
    >>> vae = recipes.mult_vae((50,), 2)
    >>> vae.trained = True
    >>> purchases = np.random.default_rng(0).integers(0, 2, (30, 50))
    >>> later = np.arange(50) % 5 == 0
    >>> ranking(vae, purchases * ~later, purchases * later).num_examples
    30
    """
    models.usable(vae)
    models.of_one_array(vae, "ranking", "Rank the items of one modality by `recall` and `ndcg` of its means.")
    fold_in, held_out = (each.tocsr() if hasattr(each, "tocsr") else np.asarray(each) for each in (fold_in, held_out))
    if fold_in.shape != held_out.shape or len(fold_in.shape) != 2:
        raise arguments.invalid("held_out", f"the shape of `fold_in`, {fold_in.shape}, [N, D]", held_out.shape)
    items = fold_in.shape[1]
    found: dict[Any, list[Any]] = {}
    for start in range(0, fold_in.shape[0], _ROWS_AT_ONCE):
        shown, later = (_dense(each[start : start + _ROWS_AT_ONCE]) for each in (fold_in, held_out))
        scores = vae.decode(vae.encode(shown).mean()).mean().numpy()
        for measure, cutoffs in ((recall, recall_at), (ndcg, ndcg_at)):
            for k in cutoffs:
                at = min(arguments.integer(f"{measure.__name__}_at", k), items)
                found.setdefault((measure, k), []).append(measure(scores, later, at, shown).per_example)
    each = {key: np.concatenate(values) for key, values in found.items()}
    there = {key: np.isfinite(values).astype(int) for key, values in each.items()}
    count = max((int(where.sum()) for where in there.values()), default=0)
    if not count:
        raise arguments.invalid("held_out", "items that are not in `fold_in`", "none")
    estimates = {key: _of_users(values, there[key]) for key, values in each.items()}
    by_measure = [{k: value for (of, k), value in estimates.items() if of is by} for by in (recall, ndcg)]
    return Ranking(by_measure[0], by_measure[1], count)


def _dense(rows):
    return rows.toarray() if hasattr(rows, "toarray") else rows
