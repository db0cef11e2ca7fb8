"""What is missing of x, from what is there: means, draws and intervals, by importance weights."""

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from tfvae import arguments, random
from tfvae.data import cells
from tfvae.evaluation import support
from tfvae.inputs import conditions, datasets, models

# Draws decoded at once, over all rows of a batch: bounds memory whatever `num_samples` is.
_DECODED_AT_ONCE = 32_768


class Imputation(NamedTuple):
    """What is missing of x, given what is there. Entries that are there are as they were given.

    Each but the last two is in the form in which the model takes x: an array, or of a table's model {name: [N]} in the
    columns' own dtypes. In the latter `stddev`, `low` and `high` are of the columns of numbers and dates alone.

    Attributes:
        mean: [N, ...], x with E[x_missing|x_there] where an entry is missing; of words the most probable one.
        stddev: [N, ...], standard deviation of a missing entry given what is there, in x's unit, for a date in days;
            0 where one is there.
        low: [N, ...], the lower end of the interval that holds a missing entry with probability `coverage`.
        high: [N, ...], the upper end.
        draws: [M, N, ...], x with draws of p(x_missing|x_there), jointly of all entries of an example.
        probabilities: {name: [N, L]}, of a table's columns of words the probability of each; {} for another model.
        effective_draws: [N], (sum w)^2 / sum w^2 of the weights, from 1 to K. Near 1 all of
            this is of one draw of z: take more.
    """

    mean: Any
    stddev: Any
    low: Any
    high: Any
    draws: Any
    probabilities: dict[str, np.ndarray]
    effective_draws: np.ndarray


def impute(vae, x, num_samples=1000, num_draws=10, coverage=0.9, condition=None, seed=0):
    """Fills what is missing of x, by self-normalised importance sampling of the latents.

    E[h(x_missing)|x_there] ~ sum_k w_k E[h(x_missing)|z_k] / sum_k w_k,  w_k = p(x_there|z_k) p(z_k) / q(z_k|x_there)

    with z_k ~ q(z|x_there). Means, variances and probabilities are of p(x_missing|z_k) in closed form; draws and the
    ends of intervals are of draws from it, drawn anew and counted by the weights. All are of the model: where it
    doesn't fit the data, its intervals needn't cover what is missing as often as they say.

    Reference: Mattei and Frellsen (2019), MIWAE, arXiv 1812.02633, the section on imputation.

    Args:
        vae: A model whose likelihood takes missing entries, such as one of `recipes.table_iwae`, and whose posterior,
            prior and likelihood have densities.
        x: [N, ...] with NaN where an entry is missing; of a table's model also {name: cells} or a DataFrame.
        num_samples: K, draws of z for each example. Errors fall as the inverse root of the effective draws.
        num_draws: M, how many draws of x are returned.
        coverage: Probability of the intervals, in (0, 1).
        condition: [N, ...] for a conditional model.
        seed: int; the same seed gives the same result.

    Returns:
        An `Imputation`; its `mean`, of a DataFrame, is one with the same index.

    Raises:
        ValueError: A model that takes nothing missing, has no density or is of several modalities; x that doesn't fit
            it; arguments that aren't numbers.

    >>> import numpy as np
    >>> from tfvae import data, recipes
    >>> people = data.table({"age": [31, 54, None], "town": ["Ulm", "Ulm", "Bonn"]}, learn_from="all")
    >>> vae = recipes.table_iwae(people, 2)
    >>> vae.trained = True
    >>> found = impute(vae, {"age": [31, None], "town": [None, "Ulm"]}, num_samples=50)
    >>> int(found.mean["age"][0]), found.mean["town"][1], found.probabilities["town"].shape
    (31, 'Ulm', (2, 3))
    """
    models.usable(vae)
    support.refuse_without_density(vae)
    if not vae.likelihood.takes_missing or vae.likelihood.modalities is not None:
        raise ValueError(
            "impute needs a model whose likelihood takes missing entries of one array or table: families.Observed(...) "
            f"with networks.WithMask(...), or recipes.table_iwae(table). Received: likelihood={vae.likelihood!r}."
        )
    num_samples = arguments.integer("num_samples", num_samples)
    num_draws = arguments.integer("num_draws", num_draws)
    coverage = arguments.number("coverage", coverage, "a number in (0, 1)", minimum=0, maximum=1)
    if not 0 < coverage < 1:
        raise arguments.invalid("coverage", "a number in (0, 1)", coverage)
    raw = np.asarray(datasets.gathered(vae, x))
    datasets.in_memory(("x",), x=raw)
    conditions.presence(vae, condition)
    size = max(1, _DECODED_AT_ONCE // num_samples)
    pieces = []
    for number, first in enumerate(range(0, len(raw), size)):
        part = None if condition is None else condition[first : first + size]
        own = random.fold(random.as_seed(seed, None), number)
        rng = np.random.default_rng(np.asarray(own).view("uint32"))
        pieces.append(_filled(vae, raw[first : first + size], part, num_samples, num_draws, coverage, own, rng))
    found = {
        name: np.concatenate([piece[name] for piece in pieces], axis=1 if name == "draws" else 0) for name in pieces[0]
    }
    return _shown(vae, x, raw, found)


def _filled(vae, raw, condition, num_samples, num_draws, coverage, seed, rng):
    """Returns {name: array} of a batch, in the unit of x as the likelihood sees it."""
    x = support.in_support(vae, raw, random.fold(seed, 0))
    posterior = vae.encode_preprocessed(x, condition)
    inference = vae.infer_from(posterior, x, condition, num_samples, random.fold(seed, 1))
    law = inference.likelihood
    log_weight = np.asarray(tf.cast(inference.log_weight, tf.float64))
    weight = np.exp(log_weight - log_weight.max(axis=0))
    weight /= weight.sum(axis=0)  # [K, B]
    x = np.asarray(x, "float64")
    gone, event = np.isnan(x), x.shape[1:]

    def expected(values):
        return np.einsum("kb,kb...->b...", weight, np.asarray(values, "float64"))

    means, variances = _moments(law)
    mean = expected(means)
    variance = expected(variances + (means - mean) ** 2)
    drawn = np.asarray(law.sample(seed=random.fold(seed, 2)), "float64")  # [K, B, ...]
    # By a row's weights, whole rows: what depends on each other in a row does so in its draws.
    chosen = _resampled(weight, num_draws, rng)  # [M, B]
    rows = np.take_along_axis(drawn, chosen.reshape(*chosen.shape, *[1] * len(event)), axis=0)
    low, high = _quantiles(drawn, weight, ((1 - coverage) / 2, (1 + coverage) / 2))
    found = {
        "mean": np.where(gone, mean, x),
        "stddev": np.where(gone, np.sqrt(variance), 0.0),
        "low": np.where(gone, low, x),
        "high": np.where(gone, high, x),
        "draws": np.where(gone, rows, x),
        "effective_draws": 1 / np.square(weight).sum(axis=0),
    }
    for place, (name, count) in enumerate(getattr(law, "levels", {}).items()):
        if count is not None:
            there = np.rint(np.where(gone[:, place], 0.0, x[:, place]) * (count - 1)).astype(int)
            chances = expected(tf.exp(law.log_probabilities(name)))
            found[f"P:{name}"] = np.where(gone[:, place, None], chances, np.eye(count)[there])
            found["mean"][:, place] = found[f"P:{name}"].argmax(axis=1) / (count - 1)
    return found


def _moments(law):
    """Returns mean and variance [K, B, ...] of p(x|z)."""
    if hasattr(law, "columns"):
        each = law.columns.values()
        return tuple(
            np.concatenate([np.asarray(of, "float64") for of in every], axis=-1)
            for every in zip(*((one.mean(), one.variance() + tf.zeros_like(one.mean())) for one in each), strict=True)
        )
    mean = np.asarray(law.mean(), "float64")
    return mean, np.asarray(law.variance(), "float64") + np.zeros_like(mean)


def _resampled(weight, count, rng):
    """Returns the places [M, B] of independent draws by the weights [K, B]."""
    ends = np.cumsum(weight, axis=0)
    uniform = rng.random((count, weight.shape[1])) * ends[-1]
    return np.stack([np.searchsorted(end, each, side="right") for end, each in zip(ends.T, uniform.T, strict=True)], 1)


def _quantiles(drawn, weight, levels):
    """Returns for each level the least draw whose weights below and at it come to it, [B, ...]."""
    order = np.argsort(drawn, axis=0)
    ranked = np.take_along_axis(drawn, order, axis=0)
    spread = np.broadcast_to(weight.reshape(*weight.shape, *[1] * (drawn.ndim - 2)), drawn.shape)
    below = np.cumsum(np.take_along_axis(spread, order, axis=0), axis=0)
    last = len(drawn) - 1
    return [
        np.take_along_axis(ranked, np.minimum((below < level).sum(axis=0), last)[np.newaxis], axis=0)[0]
        for level in levels
    ]


def _shown(vae, x, raw, found):
    """Returns the `Imputation`, in the form of x."""
    named = ("mean", "stddev", "low", "high", "draws")
    step, effective = vae.preprocessing, found["effective_draws"]
    if getattr(step, "columns", None) is None:
        return Imputation(**{name: found[name] for name in named}, probabilities={}, effective_draws=effective)
    columns, levels = step.columns, {name: column.levels for name, column in step.columns.items()}

    def shown_of(values, there):
        # What is there isn't rounded, as it would be by float32.
        numbers = np.where(there, raw, np.asarray(step.raw(values)))
        return {name: column.cells(numbers[..., place]) for place, (name, column) in enumerate(columns.items())}

    shown = {name: shown_of(found[name], ~np.isnan(raw)) for name in named if name != "stddev"}
    numbers = [name for name in columns if levels[name] is None]
    spread = dict(zip(columns, found["stddev"].T, strict=True))
    shown["stddev"] = {name: spread[name] * columns[name].scale for name in numbers}
    for name in ("low", "high"):
        shown[name] = {column: shown[name][column] for column in numbers}
    if cells.is_frame(x):
        shown["mean"] = type(x)(shown["mean"], index=x.index)
    chances = {name.removeprefix("P:"): value for name, value in found.items() if name.startswith("P:")}
    return Imputation(**shown, probabilities=chances, effective_draws=effective)
