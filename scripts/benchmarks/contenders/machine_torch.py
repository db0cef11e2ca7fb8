"""What the machine can do, as PyTorch reaches it: matrix products."""

import time

import torch

from benchmarks.report import Report


def main():
    """Runs the measurement."""
    report = Report()
    gpu = report.work["gpu"]
    report.imported()
    size, dtype = (8192, torch.bfloat16) if gpu else (2048, torch.float32)
    a = torch.randn(size, size, device="cuda" if gpu else "cpu").to(dtype)
    times = []
    for _ in range(8):
        start = time.perf_counter()
        (a @ a)[0, 0].item()  # waits for the device
        times.append(time.perf_counter() - start)
    report.finish(samples=[2 * size**3 / min(times[1:]) / 1e9], versions={"PyTorch": torch.__version__})


if __name__ == "__main__":
    main()
