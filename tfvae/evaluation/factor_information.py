"""What each dimension of a code says of each factor, in nats, and two scores of it: the gap and modularity."""

import numpy as np
from scipy import special

from tfvae import arguments
from tfvae.evaluation.codes import bootstrap_error, checked, gap, resampling
from tfvae.evaluation.estimate import Estimate

_ROUNDING = 1e-12  # nats: the sum of what is independent isn't 0 to the last digit, and modularity is of ratios


def _binned(codes, bins):
    """Returns the number of each value's bin, int [N, D]; the bins of a dimension are of one width."""
    bins = arguments.integer("bins", bins, "an int >= 2", minimum=2)
    inner = [np.histogram_bin_edges(column, bins)[1:-1] for column in codes.T]
    return np.stack([np.digitize(column, edges) for column, edges in zip(codes.T, inner, strict=True)], axis=1)


def _information(binned, factors):
    """Returns the mutual information of each column of one with each of the other, [D, F]."""
    found = np.empty((binned.shape[1], factors.shape[1]))
    values = factors.max(axis=0) + 1
    for place in np.ndindex(found.shape):
        code, factor = binned[:, place[0]], factors[:, place[1]]
        size = values[place[1]]
        table = np.bincount(code * size + factor, minlength=(code.max() + 1) * size).reshape(-1, size) / len(code)
        found[place] = special.rel_entr(table, table.sum(axis=1, keepdims=True) * table.sum(axis=0)).sum()
    return np.where(found > _ROUNDING, found, 0.0)


def _entropies(factors):
    return np.array([special.entr(np.bincount(column) / len(column)).sum() for column in factors.T])


def _gap(binned, factors):
    # A resample may have but one value of a rare factor, of which there is nothing to know.
    entropies = _entropies(factors)
    gaps = gap(_information(binned, factors))
    return np.divide(gaps, entropies, out=np.zeros_like(gaps), where=entropies > 0).mean()


def _modularity(information):
    squares = information**2
    best = squares.max(axis=1)
    others = (squares.sum(axis=1) - best) / (squares.shape[1] - 1)
    used = best > 0
    return float(np.mean(np.where(used, 1 - others / np.where(used, best, 1.0), 0.0)))


def mutual_information(codes, factors, bins=20):
    """Returns the mutual information of each dimension of the codes with each factor.

    I(z_d; v_k) = sum_b,v p(b, v) log p(b, v) / (p(b) p(v)),  b the bin of z_d among `bins` of one width

    p is a share of the examples, so it is biased upwards, by about (bins - 1)(values - 1) / (2 N) nats.

    Args:
        codes: [N, D] finite numbers.
        factors: [N, F] whole numbers, the value of each factor.
        bins: How many each dimension is cut into, from its least value to its greatest.

    Returns:
        float64 [D, F], in nats.

    Raises:
        ValueError: Codes or factors are no such numbers, or fewer than two dimensions, factors or bins.

    >>> factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> mutual_information(3.0 * factors[:, ::-1], factors).round(6).tolist()
    [[0.0, 0.693147], [0.693147, 0.0]]
    """
    codes, factors = checked(codes, factors)
    return _information(_binned(codes, bins), factors)


def mutual_information_gap(codes, factors, *, bins=20, resamples=50, seed=0):
    """Returns how far one dimension of a code is ahead of all others in what it says of a factor (MIG).

    MIG = 1/F sum_k (I(z_d; v_k) - max_{j != d} I(z_j; v_k)) / H(v_k),  d the dimension that says most of factor k

    1 where each factor can be read off one dimension and off no other, 0 where two say the same of each factor, or none
    says anything. It is a function of bins, so neither order nor scales of the dimensions matter. That one dimension
    holds several factors is no fault here; `modularity` asks that.

    References: Chen, Li, Grosse and Duvenaud (2018), Isolating sources of disentanglement in variational autoencoders,
    arXiv 1802.04942, equation 6; of means in 20 bins as in Locatello et al. (2019), Challenging common assumptions in
    the unsupervised learning of disentangled representations, arXiv 1811.12359, where Chen et al. have all of q(z|x).

    Args:
        codes: [N, D] finite numbers, such as means of q(z|x).
        factors: [N, F] whole numbers, the value of each factor.
        bins: As for `mutual_information`.
        resamples: Of the standard error, which is that of a bootstrap over examples, with the bins as they are.
        seed: int >= 0, of the bootstrap.

    Returns:
        An `Estimate`, in [0, 1].

    Raises:
        ValueError: As for `mutual_information`, and a factor with one value.

    >>> factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> round(mutual_information_gap(factors, factors).value, 6)
    1.0
    """
    codes, factors = checked(codes, factors)
    resamples, seed = resampling(resamples, seed)
    binned = _binned(codes, bins)
    error = bootstrap_error(lambda rows, _: _gap(binned[rows], factors[rows]), len(codes), resamples, seed)
    return Estimate(float(_gap(binned, factors)), float(error))


def modularity(codes, factors, *, bins=20, resamples=50, seed=0):
    """Returns how far each dimension of a code says something of one factor alone.

    1/D sum_d (1 - sum_{k != k*} I(z_d; v_k)^2 / ((F - 1) I(z_d; v_k*)^2)),  k* the factor of which z_d says most

    1 where no dimension knows of two factors, 0 where each knows as much of all. A dimension that knows nothing counts
    0, as in disentanglement_lib; few examples never leave it at nothing, but at chance, where the ratio is arbitrary.
    Several dimensions may hold one factor; `mutual_information_gap` asks that. Neither order nor scales of the
    dimensions matter.

    Reference: Ridgeway and Mozer (2018), Learning deep disentangled embeddings with the F-statistic loss, arXiv
    1802.05312.

    Arguments, errors and what is returned are as for `mutual_information_gap`.

    >>> factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> modularity(factors, factors).value, modularity(factors @ [[1, 1], [1, -1]], factors).value
    (1.0, 0.0)
    """
    codes, factors = checked(codes, factors)
    resamples, seed = resampling(resamples, seed)
    binned = _binned(codes, bins)

    def value(rows, _=None):
        return _modularity(_information(binned[rows], factors[rows]))

    return Estimate(value(slice(None)), float(bootstrap_error(value, len(codes), resamples, seed)))
