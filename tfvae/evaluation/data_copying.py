"""Whether a model copies its training data: samples against held-out data, by how near either is to them."""

from typing import Any, NamedTuple

import keras
import numpy as np

from tfvae import arguments, random
from tfvae.evaluation import compared, features
from tfvae.evaluation.cells import Cells, over_cells
from tfvae.evaluation.nearest import nearest
from tfvae.evaluation.rank_sum import rank_sum

# From so many numbers of either set on, U is about normal.
_FEWEST = 8


class DataCopying(NamedTuple):
    """Whether samples are nearer to the training data than held-out data are; `evaluation.data_copying` makes it.

    Attributes:
        distance: float64 [M], of each sample to the nearest training example, in the features.
        nearest: int64 [M], which training example that is, in the order in which they were given.
        held_out_distance: float64 [N], of each held-out example to the nearest training example.
        u: Mann and Whitney's U, from 0 to M N: pairs of a sample and a held-out example of which the sample is farther
            from the training data; ties by half.
        z: Z_U, U less its mean in standard deviations. Far below 0: samples are copies; far above: the model underfits.
        p_value: Of z, two-sided.
        cells: The same within `Cells` of the data, for what is copied in some places only.
        num_train: T, training examples.
        network: Which network the features are of, with a hash of its weights.
        samples: float32 [M, *event], what a model drew, pictures in [0, 1]; None where samples were given.
    """

    distance: np.ndarray
    nearest: np.ndarray
    held_out_distance: np.ndarray
    u: float
    z: float
    p_value: float
    cells: Cells
    num_train: int
    network: str
    samples: np.ndarray | None


def data_copying(
    samples: Any,
    train: Any,
    held_out: Any,
    network: Any = None,
    *,
    count: Any = None,
    cells=5,
    least=20,
    mean=True,
    seed=0,
    verbose: Any = "auto",
):
    """Tests whether samples are copies of training data, with held-out data as the yardstick.

    U = sum over samples i and held-out examples j of 1[d(s_i) > d(h_j)] + 1[d(s_i) = d(h_j)] / 2,
    Z_U = (U - M N / 2) / sqrt(Var[U]),  d(x) = the distance of x to the nearest training example

    The null is that samples and held-out examples are draws of one law, independent of each other and, given the model,
    of the training data. Then their distances are exchangeable, and Z_U has mean 0 and variance 1 exactly, for any
    features, also those of a network that was fitted to the training data. It is far below 0 where samples are nearer
    to the training data than new data are (copying), far above 0 where they are farther (underfitting). `cells` tests
    the same within each part of the data, see `Cells`: copies in a part where distances are large aren't seen in the
    whole, as they are still not nearer than examples of other parts, and copies here and underfitting there cancel.

    What it assumes: held-out data from where the training data are from, which the model has never seen, also not by
    early stopping, and without duplicates of training data. What it can't say: that a model is good. Samples of a few
    modes, each new, pass. And p(x|z)'s mean is smoother than data: in pixels it is nearer to everything, so a z
    somewhat below 0 may be blur; the features of a network know better.

    Memory holds the features, 8 (T + M + N) D bytes, and a model's samples; time is of the order (M + N) T D.

    References: Meehan, Chaudhuri and Dasgupta (2020), A non-parametric test to detect data-copying in generative
    models, arXiv 2004.05675.

    Args:
        samples: Raw images, an array [M, ...] or a finite dataset of batches, as for `fit`; or a `VAE`, which samples,
            with the conditions of held-out examples where it takes any.
        train: The training data, likewise an array or a dataset, in an order of their own: a dataset that shuffles by
            itself makes `nearest` mean nothing.
        held_out: Data that the model has never seen, likewise.
        network: A Keras model from intensities to features, such as `evaluation.classifier(train).features` or
            `evaluation.adapted(...)`; None for the values themselves, of pictures their pixels.
        count: M, samples that a model draws; None takes as many as there are held-out examples.
        cells: k, cells of the partition.
        least: Samples, and held-out examples, that a cell needs; others are left out.
        mean: Whether a model's samples are means of p(x|z) rather than draws from it.
        seed: int, of the samples and of the cells.
        verbose: As for Keras's `evaluate`: 0 shows no progress bar.

    Returns:
        A `DataCopying`.

    Raises:
        ValueError: Fewer than 8 samples or held-out examples, fewer training examples than cells, values that are no
            intensities or not finite, a network that doesn't take them, sets of different sizes, or a `count` of
            samples that are given.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> train, held_out = rng.normal(size=[200, 2]), rng.normal(size=[100, 2])
    >>> found = data_copying(train[:100] + 1e-6, train, held_out, verbose=0)
    >>> found.nearest[:5].tolist(), found.z < -3, found.cells.z < -3
    ([0, 1, 2, 3, 4], True, True)
    """
    features.check(network)
    cells, least = arguments.integer("cells", cells), arguments.integer("least", least)
    model = samples if hasattr(samples, "infer") else None
    if count is not None:
        expected = f"an int >= {_FEWEST}, or None"
        count = arguments.integer("count", count, expected, minimum=_FEWEST)
        if model is None:
            raise arguments.invalid("count", "None, as it is of samples that a model draws: samples[:count]", count)
    base, extract = random.as_seed(seed, None), features.of(network)
    if model is not None:
        compared.usable(model)
    bar = keras.utils.Progbar(None, verbose=1 if verbose == "auto" else verbose, unit_name="batch")
    known, _ = compared.read("train", train, extract, model, bar)
    real, conditions = compared.read("held_out", held_out, extract, model, bar)
    if model is None:
        made, pictures = compared.read("samples", samples, extract, None, bar)[0], None
    else:
        count = len(real) if count is None else count
        if conditions is not None:
            conditions = conditions[np.resize(compared.order(len(real), random.fold(base, 0)), count)]
        made, pictures = _sampled(model, count, conditions, extract, mean, random.fold(base, 1), bar)
    _check(known, real, made, cells)
    distance, which = nearest(made, known)
    held_out_distance, _ = nearest(real, known)
    start = int(random.uniform([], random.fold(base, 2), "float64") * 2**31)
    found = over_cells(made, known, real, cells, least, start)
    whole = rank_sum(distance, held_out_distance)
    return DataCopying(
        distance, which, held_out_distance, *whole, found, len(known), features.name(network), samples=pictures
    )


def _sampled(model, count, conditions, extract, mean, seed, bar):
    """Returns the features [M, D] of a model's samples, and the samples [M, *event]."""
    found, pictures = [], []
    for x in compared.drawn(model, count, conditions, mean, seed):
        found.append(extract(x))
        pictures.append(x.numpy())
        bar.add(1)
    return np.concatenate(found), np.concatenate(pictures)


def _check(train, held_out, samples, cells):
    """Refuses features [., D] that can't be compared."""
    given = {"train": train, "held_out": held_out, "samples": samples}
    for argument, found in given.items():
        if found.shape[1] != train.shape[1]:
            raise ValueError(
                f"Invalid value for argument `{argument}`. Expected images like those of `train`, with "
                f"{train.shape[1]} features each. Received: {found.shape[1]}."
            )
        if not np.isfinite(found).all():
            rows = int((~np.isfinite(found)).any(axis=1).sum())
            raise ValueError(
                f"Invalid value for argument `{argument}`. Expected finite values, between which there are distances. "
                f"Received: NaN or infinity in {rows} of {len(found)} examples. Leave them out."
            )
        if argument != "train" and len(found) < _FEWEST:
            raise ValueError(
                f"Invalid value for argument `{argument}`. Expected at least {_FEWEST} examples, as the law of U is "
                f"known for. Received: {len(found)}. Give more."
            )
    if len(train) < cells:
        raise arguments.invalid("cells", f"at most {len(train)}, the training examples", cells)
