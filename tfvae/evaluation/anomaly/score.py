"""What a score of anomaly must be, and its values."""

import numpy as np

from tfvae import arguments
from tfvae.data import epoch


def check(argument, score):
    """Returns a score; refuses what isn't a function.

    Args:
        argument: Its name, for the error.
        score: (dataset, seed, verbose) -> [N].

    Raises:
        ValueError: It is something else, such as a model.
    """
    if not callable(score) or hasattr(score, "infer"):
        expected = (
            "a score of anomaly, a function of (dataset, seed, verbose) such as "
            "evaluation.anomaly.NegativeLogLikelihood(vae)"
        )
        raise arguments.invalid(argument, expected, score)
    return score


def values(score, dataset, seed, verbose=0):
    """Returns the scores of a dataset, float64 [N], in the order of its input; refuses what `checked` does."""
    name = getattr(score, "__name__", type(score).__name__)
    with epoch.in_order():
        found = score(dataset, seed, verbose)
    return checked(f"What the score {name} returned", found)


def checked(what, found):
    """Returns scores as float64 [N].

    Args:
        what: Names them, for the error.
        found: The scores.

    Raises:
        ValueError: They aren't one number for each example, or some are NaN, which has no rank.
    """
    found = np.asarray(found, "float64")
    if found.ndim != 1 or not len(found):
        raise ValueError(f"{what} has the shape {found.shape}. Expected one number for each example, [N].")
    missing = np.flatnonzero(np.isnan(found))
    if len(missing):
        raise ValueError(
            f"{what} is NaN for {len(missing)} of {len(found)} examples, the first of them number {missing[0]}. NaN "
            "has no rank among scores. Look for NaN in the data and in the model's weights."
        )
    return found


def all_values(several, dataset, seed, verbose=0):
    """Returns several scores of the same dataset, float64 [M, N].

    Raises:
        ValueError: As `values`; or they are of different numbers of examples, as one of them isn't of this dataset.
    """
    found = [values(score, dataset, seed, verbose) for score in several]
    counts = [len(each) for each in found]
    if len(set(counts)) > 1:
        raise ValueError(f"Expected scores of the same examples. Received: {', '.join(map(str, counts))} of them.")
    return np.stack(found)


class Shown:
    """Shows a score by the call that makes it."""

    def __repr__(self):
        """Returns the call."""
        given = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({given})"
