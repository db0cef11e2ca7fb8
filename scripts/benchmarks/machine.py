"""What the figures were measured on."""

import os
import pathlib

from . import processes


def _processor():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores" + (f" of an {names[0]}" if names else "")


def describe(pythons, gpu):
    """Measures the machine.

    Args:
        pythons: {environment: its Python}.
        gpu: Whether its GPU is meant.

    Returns:
        Its name, `matmul` in GFLOP/s (the best that a framework here reaches),
        `bandwidth` in GB/s, and versions.

    Raises:
        RuntimeError: A measurement failed.
    """
    work = {"gpu": gpu, "seed": 0}
    reports = [processes.run(pythons["tensorflow"], "machine_tensorflow", work)]
    if "torch" in pythons:
        reports.append(processes.run(pythons["torch"], "machine_torch", work))
    for report in reports:
        if "error" in report:
            raise RuntimeError(f"the machine could not be measured: {report['error']}")
    versions = {name: version for report in reports for name, version in report["versions"].items()}
    return {
        "name": reports[0]["device"] if gpu else _processor(),
        "matmul": max(rate for report in reports for rate in report["samples"]),
        "bandwidth": reports[0]["bandwidth"],
        "versions": versions,
    }
