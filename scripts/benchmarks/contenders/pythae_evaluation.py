"""pythae's `get_nll`, which estimates log p(x), despite its name; in batches of 1,000, faster than its default of 100.

from benchmarks.report import Report
Gradients are off: `get_nll` itself records them, which costs time and serves nothing.
"""

import tempfile
import time

import numpy as np
import torch

from benchmarks.contenders.pythae_training import load, train
from benchmarks.report import Report


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    with tempfile.TemporaryDirectory() as folder:
        model = train(report, work, folder)
    images = load(work, "test", work["estimated"]).to(model.device)
    batch = min(1000, work["draws"])
    rates = []
    with torch.no_grad():
        model.get_nll(images[:5], work["draws"], batch)  # the first call allocates
        for _ in range(work["repeats"]):
            start = time.perf_counter()
            values = [model.get_nll(x, work["draws"], batch) for x in images.split(1)]
            rates.append(len(images) * work["draws"] / (time.perf_counter() - start))
    report.result(np.array(values))
    report.finish(samples=rates)


if __name__ == "__main__":
    main()
