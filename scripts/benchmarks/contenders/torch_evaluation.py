"""log p(x) in PyTorch: each image is encoded once, draws are decoded 8,192 at once, in inference mode."""

import math
import time

import torch

from benchmarks.contenders import torch_model
from benchmarks.contenders.torch_training import load, precision, train
from benchmarks.report import Report

_AT_ONCE = 8192


def estimate(vae, images, draws):
    """Returns log p(x) of each image, [N]."""
    estimates = []
    for x in images.split(100):
        loc, scale = torch_model.location_and_scale(vae.encoder(x))
        chunk = max(1, _AT_ONCE // len(x))
        sizes = [min(chunk, draws - at) for at in range(0, draws, chunk)]
        parts = [torch.logsumexp(vae.log_weights(loc, scale, x, size).double(), 0) for size in sizes]
        estimates.append(torch.logsumexp(torch.stack(parts), 0) - math.log(draws))
    return torch.cat(estimates).cpu()


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    vae = train(report, work)
    images = load(work, "test", work["estimated"])
    rates = []
    with torch.inference_mode(), precision(work):
        estimate(vae, images[:100], work["draws"])  # the first call allocates
        for _ in range(work["repeats"]):
            start = time.perf_counter()
            values = estimate(vae, images, work["draws"])
            rates.append(len(images) * work["draws"] / (time.perf_counter() - start))
    report.result(values.numpy())
    report.finish(samples=rates)


if __name__ == "__main__":
    main()
