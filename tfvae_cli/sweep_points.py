"""What the runs of a sweep come to: means over seeds, and which of them are best."""

import math
import statistics
from typing import Any, NamedTuple

from tfvae_cli import sweep_grid

#: Figures of a run, in nats but for the last three; each but the loss and the last has a standard error.
ESTIMATES = ("elbo", "rate", "distortion", "log_likelihood")
PLAIN = ("loss", "active_latents", "seconds")


class Point(NamedTuple):
    """Runs that differ in their seed alone.

    Attributes:
        values: {axis: its value}, without the seed.
        figures: {figure: (mean over the seeds, its standard error or None)}, of those that the runs have.
        runs: How many.
    """

    values: dict
    figures: dict
    runs: int


def points(entries):
    """Returns the `Point` of each combination but for the seed, in the order of the entries.

    Of one run the errors are its own, over the held-out examples; of several they are those of the mean over the seeds.

    Args:
        entries: Of `Record.entries`, those that were measured.
    """
    groups: dict[tuple, list] = {}
    for entry in entries:
        values = {name: value for name, value in entry["values"].items() if name != sweep_grid.SEED}
        groups.setdefault(tuple(values.items()), []).append(entry["figures"])
    return [Point(dict(values), _averaged(figures), len(figures)) for values, figures in groups.items()]


def _averaged(figures):
    found: dict[str, tuple[Any, Any]] = {}
    for name in (*ESTIMATES, *PLAIN):
        known = [each[name] for each in figures if each.get(name) is not None]
        if len(known) < len(figures):
            continue
        if len(known) == 1:
            found[name] = known[0], figures[0].get(f"{name}_standard_error")
        else:
            found[name] = statistics.fmean(known), statistics.stdev(known) / math.sqrt(len(known))
    return found


def best(found, name):
    """Returns the `Point` with the highest figure of a name, or None where none has it.

    Args:
        found: What `points` returned.
        name: "elbo" or "log_likelihood".
    """
    known = [point for point in found if name in point.figures]
    return max(known, key=lambda point: point.figures[name][0], default=None)


def smallest(found):
    """Returns the `Point` of the fewest latents within one standard error of the best ELBO, or None.

    ELBO >= best - s, s the standard error of the best. Of several with as few latents it is the one with the highest
    ELBO. The rule is that of Breiman, Friedman, Olshen and Stone (1984), Classification and regression trees, for the
    size of a tree.

    Args:
        found: What `points` returned.
    """
    top = best(found, "elbo")
    if top is None or sweep_grid.LATENT_SIZE not in top.values or top.figures["elbo"][1] is None:
        return None
    least = top.figures["elbo"][0] - top.figures["elbo"][1]
    near = [point for point in found if "elbo" in point.figures and point.figures["elbo"][0] >= least]
    return min(near, key=lambda point: (point.values[sweep_grid.LATENT_SIZE], -point.figures["elbo"][0]))


def front(found):
    """Returns the points that no other one beats in both rate and distortion, by rising rate."""
    from tfvae import evaluation

    known = [point for point in found if "elbo" in point.figures]
    costs = ([point.figures[name][0] for point in known] for name in ("rate", "distortion"))
    return [known[place] for place in evaluation.pareto_front(*costs)]
