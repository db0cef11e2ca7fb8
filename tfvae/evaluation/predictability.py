"""How much better the best single dimension of a code predicts a factor than the second best (SAP)."""

import numpy as np

from tfvae import arguments
from tfvae.evaluation.codes import bootstrap_error, checked, gap, held_out, resampling
from tfvae.evaluation.estimate import Estimate


def _right(codes, values, train):
    """Returns which examples a linear classifier of one dimension, fitted to the rows `train`, is right about, [N]."""
    from sklearn.svm import LinearSVC

    known = np.unique(values[train])
    if len(known) == 1:
        return values == known[0]
    inside = codes[train]
    scale = inside.std() if np.ptp(inside) else 1.0
    scaled = ((codes - inside.mean()) / scale)[:, np.newaxis]
    return LinearSVC(C=0.01, class_weight="balanced").fit(scaled[train], values[train]).predict(scaled) == values


def _squared_correlations(codes, values):
    """Returns the squared correlation of each column of `codes` with `values`, [D], 0 of a constant."""
    moved = codes - codes.mean(axis=0)
    values = values - values.mean()
    scales = np.where(np.ptp(codes, axis=0) > 0, (moved**2).sum(axis=0), 0.0) * (values**2).sum()
    return np.divide((values @ moved) ** 2, scales, out=np.zeros(len(scales)), where=scales > 0)


def separated_attribute_predictability(codes, factors, *, continuous=False, resamples=50, seed=0):
    """Returns how much better one dimension of a code predicts a factor than any other does (SAP).

    SAP = 1/F sum_k (S_dk - max_{j != d} S_jk),  d the dimension with the highest S_dk

    S_dk is how well z_d alone predicts factor k: of a continuous factor the squared correlation, that is R^2 of a
    linear regression; of classes the accuracy, on examples held out, of a linear classifier (scikit-learn's LinearSVC,
    C = 0.01, balanced classes). 0 where two dimensions predict alike, or none does. 1 is reached by continuous factors
    alone. Of classes chance is above 0, and of many on a line a linear classifier finds the outer two: perfect codes of
    factors of six values have 2/6 - 1/6. Each dimension is divided by its standard deviation, so scales don't matter.

    References: Kumar, Sattigeri and Balakrishnan (2018), Variational inference of disentangled latent concepts from
    unlabeled observations, arXiv 1711.00848, section 3; Locatello et al. (2019), arXiv 1811.12359, who take all
    factors as classes and don't divide.

    Args:
        codes: [N, D] finite numbers, such as means of q(z|x).
        factors: [N, F] whole numbers, the value of each factor.
        continuous: Whether the numbers of a factor's values are in proportion to what they stand for, such as a place:
            True or False for all factors, or a sequence of F of them.
        resamples: Of the standard error, which is that of a bootstrap over examples; the classifiers stay as they are.
        seed: int >= 0, of the examples held out, a third, and of the bootstrap.

    Returns:
        An `Estimate`, in [0, 1].

    Raises:
        ValueError: Codes, factors or `continuous` are no such numbers, or a factor has one value.

    >>> factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> round(separated_attribute_predictability(factors, factors, continuous=True).value, 6)
    1.0
    """
    codes, factors = checked(codes, factors)
    resamples, seed = resampling(resamples, seed)
    count = factors.shape[1]
    given = np.asarray(continuous)
    if given.dtype != bool or given.shape not in ((), (count,)):
        raise arguments.invalid("continuous", f"True, False, or {count} of them, one for each factor", continuous)
    regressed = np.broadcast_to(given, count)
    train, test = held_out(len(codes), seed)
    right = np.zeros((*codes.shape, count), bool)
    for factor in np.flatnonzero(~regressed):
        for dimension, column in enumerate(codes.T):
            right[:, dimension, factor] = _right(column, factors[:, factor], train)

    def value(rows, tested):
        scores = right[tested].mean(axis=0)
        for factor in np.flatnonzero(regressed):
            scores[:, factor] = _squared_correlations(codes[rows], factors[rows, factor])
        return float(gap(scores).mean())

    def resampled(rows, draws):
        return value(rows, test[draws.integers(len(test), size=len(test))])

    error = bootstrap_error(resampled, len(codes), resamples, seed)
    return Estimate(value(slice(None), test), float(error))
