"""Rows as tables of Markdown."""

from . import load, table

_COLUMNS = {
    "contender": "",
    "median": "median",
    "min": "min",
    "max": "max",
    "image": "milliseconds a picture",
    "ratio": "ratio",
    "gflops": "GFLOP/s",
    "of_peak": "of matmul rate",
    "memory": "peak MiB",
    "device_memory": "peak MiB on the GPU",
    "first_step": "first step, s",
    "imported": "of which imports, s",
    "result": "",
}


def number(value):
    """Returns a number with three significant digits or all before the point.

    >>> number(0.012345), number(2.5), number(17912.3), number(None)
    ('0.0123', '2.50', '17,912', '')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:#.3g}"


def _cell(key, row):
    if key == "contender":
        return row["contender"]
    if "median" not in row:
        return "failed" if key == "median" else ""
    if key == "ratio" and (row.get("void") or row.get("another")):
        return "void"
    if row.get(key) is None:
        return ""
    if key == "result":
        return f"{row['result']:.2f} +- {row['result_error']:.2f}"
    if key == "of_peak":
        return f"{100 * row[key]:.0f} %"
    if key in ("memory", "device_memory"):
        return f"{row[key]:,.0f}"
    return number(row[key])


def of_case(case, rows):
    """Returns a case's table.

    Args:
        case: `cases.Case`.
        rows: From `table.rows`.
    """
    used = [key for key in _COLUMNS if key == "median" or any(row.get(key) is not None for row in rows)]
    if case.name in ("decoding", "profile"):
        # One call or one part of the work in each process: neither has a first step of its own.
        used = [key for key in used if key not in ("first_step", "imported", "memory")]
    if case.name == "first-step":
        used.remove("first_step")
    names = {**_COLUMNS, "contender": case.unit, "result": case.result}
    lines = ["| " + " | ".join(names[key] for key in used) + " |", "|---" + "|---:" * (len(used) - 1) + "|"]
    lines += ["| " + " | ".join(_cell(key, row) for key in used) + " |" for row in rows]
    if any(row.get("void") for row in rows):
        lines.append(
            f"\nVoid: the {case.result} is not that of {rows[0]['contender']} within {table.ALLOWED_ERRORS} standard "
            "errors of the difference, so the times are those of different results."
        )
    lines += [
        f"\nVoid: {row['contender']} has {row['parameters']:,} parameters, not {rows[0]['parameters']:,}."
        for row in rows
        if row.get("another")
    ]
    if case.result and all(row.get("void") is None for row in rows):
        lines.append(
            f"\nOne round says nothing of what seeds do to the {case.result}, which has its error over images here: "
            "whether it is the same for all is not judged."
        )
    lines += [f"\n{row['contender']} failed: {row['error']}" for row in rows if row.get("error")]
    return "\n".join(lines)


def of_targets(found):
    """Returns the table of targets, from `table.targets`."""
    lines = ["| target | at most | measured | |", "|---|---:|---:|---|"]
    lines += [
        f"| {target.text} | {target.bound:.2f} | {ratio:.2f} | {'met' if met else 'not met'} |"
        for target, ratio, met in found
    ]
    return "\n".join(lines)


def of_machine(entry):
    """Returns one line about where and when a case was measured."""
    machine = entry["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    rate = f"matmul {machine['matmul']:,.0f} GFLOP/s, memory {machine['bandwidth']:,.0f} GB/s"
    count = 1 + max(run["round"] for run in entry["runs"])
    rounds = f"{count} rounds" if count > 1 else "1 round"
    quick = "; a --quick run, whose figures mean nothing" if entry["quick"] else ""
    line = f"{entry['date']}, {machine['name']}; {rate} as measured; {rounds}{quick}; {versions}."
    shares = load.shares(entry)
    if shares and shares[-1] > load.QUIET:
        line += (
            f" The machine was not idle: other processes took {100 * shares[0]:.0f} to {100 * shares[-1]:.0f} % of "
            "it, which slows contenders unequally."
        )
    return line
