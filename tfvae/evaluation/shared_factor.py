"""Whether a code shows which factor some examples share: the scores of the FactorVAE and the beta-VAE papers."""

import numpy as np

from tfvae import arguments
from tfvae.evaluation.codes import bootstrap_error, checked, resampling
from tfvae.evaluation.estimate import Estimate

_AT_ONCE = 1 << 20  # numbers that are gathered at once


def sharing(factors, which, rows, size, draws):
    """Returns for each of `rows` some examples, drawn with replacement, that have its value of one factor.

    Args:
        factors: [N, F].
        which: [K], the factor.
        rows: [K], the example that has the value.
        size: How many of them.
        draws: A NumPy generator.

    Returns:
        int [K, size], each example with that value as likely as the others, the row itself among them.
    """
    found = np.empty((len(rows), size), int)
    for factor in range(factors.shape[1]):
        here = which == factor
        order = np.argsort(factors[:, factor], kind="stable")
        in_order, value = factors[order, factor], factors[rows[here], factor]
        first, end = (np.searchsorted(in_order, value, side)[:, np.newaxis] for side in ("left", "right"))
        found[here] = order[first + (draws.random((len(value), size)) * (end - first)).astype(int)]
    return found


def _alive(codes, threshold):
    """Returns the dimensions whose standard deviation is above the threshold, divided by it."""
    deviation = codes.std(axis=0)
    alive = (deviation > threshold) & (np.ptp(codes, axis=0) > 0)
    return codes[:, alive] / deviation[alive]


def _sets(measure, codes, factors, count, size, draws):
    """Returns the factor that each of `count` sets shares, [count], and `measure` of its codes, [count, ...]."""
    which = draws.integers(factors.shape[1], size=count)
    step = max(1, _AT_ONCE // (size * codes.shape[1]))
    found = [measure(codes, factors, which[at : at + step], size, draws) for at in range(0, count, step)]
    return which, np.concatenate(found)


def _steadiest(codes, factors, which, size, draws):
    """Returns the dimension that varies least within each set."""
    rows = draws.integers(len(codes), size=len(which))
    return codes[sharing(factors, which, rows, size, draws)].var(axis=1, ddof=1).argmin(axis=1)


def _distances(codes, factors, which, size, draws):
    """Returns the mean distance of a set's pairs in each dimension; each pair shares a value of its own."""
    which_of_pair = np.repeat(which, size)
    first = draws.integers(len(codes), size=len(which_of_pair))
    second = sharing(factors, which_of_pair, first, 1, draws)[:, 0]
    return abs(codes[first] - codes[second]).reshape(len(which), size, -1).mean(axis=1)


def _by_votes(train, test):
    """Returns the accuracy of the classifier that knows of each dimension for which factor it stood most often."""
    shape = 1 + np.maximum(np.max(train, axis=1), np.max(test, axis=1))
    votes, tested = np.zeros(shape, int), np.zeros(shape, int)
    np.add.at(votes, train, 1)
    np.add.at(tested, test, 1)
    return tested[votes.argmax(axis=0), np.arange(shape[1])].sum() / tested.sum()


def _by_lines(train, test):
    """Returns the accuracy of a linear classifier of distances."""
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(solver="newton-cholesky").fit(train[1], train[0]).score(test[1], test[0])


def _score(measure, accuracy, codes, factors, set_size, sizes, threshold, resamples, seed):
    codes, factors = checked(codes, factors)
    set_size = arguments.integer("set_size", set_size, "an int >= 2", minimum=2)
    sizes = [arguments.integer(name, size) for name, size in zip(("num_train", "num_test"), sizes, strict=True)]
    arguments.number("threshold", threshold, "a number >= 0", minimum=0)
    resamples, seed = resampling(resamples, seed)

    def value(rows, draws):
        alive = _alive(codes[rows], threshold)
        if not alive.shape[1]:
            return 1 / factors.shape[1]
        return float(accuracy(*[_sets(measure, alive, factors[rows], size, set_size, draws) for size in sizes]))

    found = value(slice(None), np.random.default_rng(seed))
    return Estimate(found, float(bootstrap_error(value, len(codes), resamples, seed)))


def factor_vae_score(
    codes, factors, *, set_size=64, num_train=2000, num_test=1000, threshold=0.05, resamples=20, seed=0
):
    """Returns how often the dimension that varies least among examples that share a factor tells which one it is.

    d = argmin_j Var(z_j | v_k = v) / Var(z_j),  k and v drawn, the first variance that of `set_size` examples;
    the score is P(k = vote(d)) on further draws, vote(d) the factor for which d was found most often

    1 where each factor has a dimension that nothing else moves. Chance is 1 / F, as for dimensions that are alike. A
    factor that no dimension holds costs its share. Order and scales of the dimensions don't matter, but for
    `threshold`: dimensions below it are left out, since a dead one has hardly any variance whatever is shared. Where
    none is left the score is chance, where disentanglement_lib has 0.

    References: Kim and Mnih (2018), Disentangling by factorising, arXiv 1802.05983, section 4; the size of sets, and
    the threshold, as in Locatello et al. (2019), arXiv 1811.12359, who draw 10,000 and 5,000.

    Args:
        codes: [N, D] finite numbers, such as means of q(z|x).
        factors: [N, F] whole numbers, the value of each factor. Sets are drawn from the examples, with replacement.
        set_size: Examples that share a value.
        num_train: Sets that vote.
        num_test: Sets by which the votes are tested.
        threshold: Least standard deviation of a dimension, in its own units.
        resamples: Of the standard error, which is that of a bootstrap over examples, each with draws of its own.
        seed: int >= 0, of all draws.

    Returns:
        An `Estimate`, in [0, 1].

    Raises:
        ValueError: Codes or factors are no such numbers, a factor has one value, or another argument is no such number.

    >>> factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> factor_vae_score(factors, factors, num_train=50, num_test=20).value
    1.0
    """
    sizes = num_train, num_test
    return _score(_steadiest, _by_votes, codes, factors, set_size, sizes, threshold, resamples, seed)


def beta_vae_score(codes, factors, *, set_size=64, num_train=2000, num_test=1000, threshold=0.05, resamples=20, seed=0):
    """Returns how often a linear classifier tells which factor pairs of examples share, from how near their codes are.

    x = 1 / set_size sum_l |z_l - z'_l|,  v_k of z_l and z'_l the same, k one for all pairs; the score is the accuracy
    of a logistic regression of k on x, on further draws

    1 where each factor has a dimension that nothing else moves, and also where all but one have; chance is 1 / F, as
    for codes without a dimension above the threshold. Each dimension is divided by its standard deviation first, so
    neither order nor scales matter, but for `threshold`.

    References: Higgins et al. (2017), beta-VAE: Learning basic visual concepts with a constrained variational
    framework, openreview Sy2fzU9gl, section 3; Locatello et al. (2019), arXiv 1811.12359, who draw 10,000 and 5,000
    and don't divide.

    Arguments, errors and what is returned are as for `factor_vae_score`, with `set_size` pairs in a set, `num_train`
    sets for the classifier and `num_test` to test it.

    >>> factors = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> beta_vae_score(factors, factors, num_train=50, num_test=20, resamples=2).value
    1.0
    """
    sizes = num_train, num_test
    return _score(_distances, _by_lines, codes, factors, set_size, sizes, threshold, resamples, seed)
