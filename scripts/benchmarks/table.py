"""From the processes' reports to rows: medians, ratios, and which comparison is void."""

import math
import statistics

from . import arithmetic, cases

#: How many standard errors two results may be apart.
ALLOWED_ERRORS = 4


def median_of(values):
    """Returns the median of the values that are there, or None."""
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def result_error(groups):
    """Returns the standard error of one contender's mean result, or None where no contender has two rounds.

    Rounds differ in their seeds, so what the mean of R rounds is worth is s /
    sqrt(R), with s from all contenders' rounds together. The test images are
    the same for all, so their number adds no noise to a difference.

    Args:
        groups: For each contender the results of its rounds; those that are no numbers are left out.

    >>> result_error([[-100.0, -102.0], [-99.0, -101.0]])
    1.0
    """
    groups = [[value for value in group if math.isfinite(value)] for group in groups]
    groups = [group for group in groups if group]
    freedom = sum(len(group) - 1 for group in groups)
    if not freedom:
        return None
    squares = sum((value - statistics.fmean(group)) ** 2 for group in groups for value in group)
    return math.sqrt(squares / freedom / min(len(group) for group in groups))


def is_void(result, reference, error):
    """Returns whether two results are further apart than the noise of both allows; None where that isn't known.

    >>> is_void(-240.0, -240.5, 0.2), is_void(-240.0, -242.0, 0.2)
    (False, True)
    """
    if result is None or reference is None or error is None:
        return None
    # NaN is no agreement.
    return not abs(result - reference) <= ALLOWED_ERRORS * math.sqrt(2) * error


def is_another(parameters, expected):
    """Returns whether two models can't be the same, by their numbers of parameters; False where one isn't known.

    >>> is_another(100, 100), is_another(100, 101), is_another(None, 101)
    (False, True, False)
    """
    return None not in (parameters, expected) and parameters != expected


def _row(case, contender, runs):
    """Returns one contender's figures, without what needs the others."""
    done = [run for run in runs if "error" not in run]
    row = {
        "contender": contender.name,
        "runs": len(done),
        "error": next((r["error"] for r in runs if "error" in r), None),
    }
    samples = [sample for run in done for sample in run["samples"]]
    if not samples:
        return row
    row |= {"median": statistics.median(samples), "min": min(samples), "max": max(samples)}
    for key in ("memory", "device_memory", "imported", "first_step", "first"):
        row[key] = median_of([run.get(key) for run in done])
    row["parameters"] = done[0].get("parameters")
    work = done[0]["work"]
    if case.unit == "seconds an epoch" and case.name != "profile":
        row["gflops"] = arithmetic.training(work) / row["median"] / 1e9
        if case.name == "images":
            row["image"] = 1e3 * row["median"] / work["examples"]
    elif case.name == "evaluation":
        row["gflops"] = arithmetic.decoding(work) * row["median"] / 1e9
    results = [run["result"] for run in done if "result" in run]
    if case.result and results and work.get("num_samples") == case.work.get("num_samples"):
        row["result"] = statistics.fmean(results)
        row["result_error"] = median_of([run["result_error"] for run in done])
        row["rounds"] = results
    return row


def rows(case, runs, peak=None):
    """Returns one dict a contender, in the case's order.

    Args:
        case: `cases.Case`.
        runs: Reports of the processes, each with its contender's name.
        peak: Measured GFLOP/s of a matrix product, or None.
    """
    table = []
    for contender in case.contenders:
        own = [run for run in runs if run["contender"] == contender.name]
        if own:
            table.append(_row(case, contender, own))
    if not table:
        return table
    first = {}
    for contender in case.contenders:
        first.setdefault(contender.group, contender.name)
    groups = {contender.name: contender.group for contender in case.contenders}
    by_name = {row["contender"]: row for row in table}
    error = result_error([row.get("rounds", []) for row in table])
    for row in table:
        if "median" not in row:
            continue
        reference = by_name.get(first[groups[row["contender"]]], {})
        row["void"] = is_void(row.get("result"), reference.get("result"), error)
        row["another"] = bool(case.result) and is_another(row.get("parameters"), reference.get("parameters"))
        if row.get("result") is not None and error is not None:
            row["result_error"] = error
        if "median" in reference and not row["void"] and not row["another"]:
            row["ratio"] = row["median"] / reference["median"]
        if peak and "gflops" in row:
            row["of_peak"] = row["gflops"] / peak
        row.pop("rounds", None)
    return table


def targets(tables):
    """Returns (target, its ratio, whether it is met) for every target whose rows are all there.

    Args:
        tables: {case: rows}.
    """
    found = []
    for target in cases.TARGETS:
        by_name = {row["contender"]: row for row in tables.get(target.case, [])}
        over, under = (by_name.get(name, {}).get(key) for name, key in (target.over, target.under))
        if over is None or under is None:
            continue
        used = [by_name[name] for name, _ in (target.over, target.under)]
        if any(row.get("void") or row.get("another") for row in used):
            continue
        found.append((target, over / under, over / under <= target.bound))
    return found
