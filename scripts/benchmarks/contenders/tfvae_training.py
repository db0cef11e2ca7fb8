"""tfvae with nothing but defaults: `data.from_array`, `compile("adam")`, `fit`."""

import numpy as np
import tensorflow as tf

from benchmarks import fashion_mnist
from benchmarks.contenders import keras_clock, tensorflow_settings, tfvae_model
from benchmarks.report import Report
from tfvae import data


def test_bound(vae, images):
    """Returns the bound that the model is trained on for each image, [N] nats, on fresh draws."""

    @tf.function(reduce_retracing=True)
    def bound(x, seed):
        inference = vae.infer(x, seed=seed)
        return -tf.add_n([term.value(inference) for term in vae.objective])

    chunks = range(0, len(images), 100)
    seeds = tf.random.stateless_uniform([len(chunks), 2], [1, 2], maxval=2**31 - 1, dtype=tf.int32)
    values = [bound(images[start : start + 100], seed) for start, seed in zip(chunks, seeds, strict=True)]
    return np.concatenate(values)


def train(report, work):
    """Returns the trained model."""
    tensorflow_settings.apply(report)
    images = fashion_mnist.images(work["source"], "train", work["examples"])
    dataset = data.from_array(images, batch_size=work["batch_size"], seed=work["seed"])
    vae = tfvae_model.build(work)
    vae.fit(dataset, epochs=work["epochs"], verbose=0, callbacks=[keras_clock.clock(report, work)])
    return vae


def main():
    """Runs the contender."""
    report = Report()
    vae = train(report, report.work)
    if report.work.get("stop_early"):
        return report.finish(samples=[report.first_step])
    test = fashion_mnist.images(report.work["source"], "test", report.work.get("test_examples"))
    report.result(test_bound(vae, test))
    return report.finish(**tensorflow_settings.device_memory())


if __name__ == "__main__":
    main()
