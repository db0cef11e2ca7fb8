"""How runs differ in log p(x), example by example."""

import math


def differences(runs):
    """Returns for each run but the first how its log p(x) differs from that of the first, in nats an example.

    d_n = log p(x_n) - log p_1(x_n);  mean(d), with the standard error s(d) / sqrt(N)

    Both are estimated on the same examples, so what makes an example hard for all models is no part of the error.

    Args:
        runs: What `report_figures.measure` returned for each.

    >>> x = {"preprocessing": None, "discrete": True}
    >>> first = {"run": "a", "x": x, "log_likelihood": {"per_example": [-1.0, -5.0]}}
    >>> other = {"run": "b", "x": x, "log_likelihood": {"per_example": [0.0, -3.0]}}
    >>> differences([first, other])
    [{'run': 'b', 'value': 1.5, 'standard_error': 0.5}]
    """
    import numpy as np

    first, *others = runs
    found = []
    for other in others:
        without = next((run["run"] for run in (first, other) if "log_likelihood" not in run), None)
        if without is not None:
            found.append({"run": other["run"], "left_out": f"{without} has no log p(x)."})
        elif first["x"] != other["x"]:
            said = " and ".join(_form(run["x"]) for run in (first, other))
            found.append({"run": other["run"], "left_out": f"Their log p(x) is of different x: {said}."})
        else:
            a, b = (np.asarray(run["log_likelihood"]["per_example"], "float64") for run in (other, first))
            found.append({"run": other["run"], **_mean(a - b)})
    return found


def _form(x):
    step = "no preprocessing" if x["preprocessing"] is None else x["preprocessing"]
    return f"{'a probability' if x['discrete'] else 'a density'} by {step}"


def _mean(values):
    """Returns a mean with its standard error, which one value doesn't have."""
    error = float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return {"value": float(values.mean()), "standard_error": error}
