"""`tfvae.evaluation.log_likelihood`, with its defaults."""

import time

from benchmarks import fashion_mnist
from benchmarks.contenders.tfvae_training import train
from benchmarks.report import Report
from tfvae import data, evaluation


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    vae = train(report, work)
    images = fashion_mnist.images(work["source"], "test", work["estimated"])
    dataset = data.from_array(images, batch_size=min(100, len(images)), shuffle=False)
    rates = []
    # The first estimate traces and compiles: it is what one call costs, and not what more of them do.
    for repeat in range(1 + work["repeats"]):
        start = time.perf_counter()
        found = evaluation.log_likelihood(vae, dataset, num_samples=work["draws"], seed=repeat, verbose=0)
        rates.append(len(images) * work["draws"] / (time.perf_counter() - start))
    report.result(found.per_example)
    report.finish(samples=rates[1:], first=rates[0])


if __name__ == "__main__":
    main()
