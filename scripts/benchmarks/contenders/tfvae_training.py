"""tfvae with nothing but defaults: `data.from_array`, `compile("adam")`, `fit`."""

import math

import numpy as np
import tensorflow as tf

from benchmarks import images
from benchmarks.contenders import keras_clock, tensorflow_settings, tfvae_model
from benchmarks.report import Report
from tfvae import data


def test_bound(vae, test):
    """Returns the bound that the model is trained on for each image, [N] nats, on fresh draws."""

    @tf.function(reduce_retracing=True)
    def bound(x, seed):
        inference = vae.infer(x, seed=seed)
        return -tf.add_n([term.value(inference) for term in vae.objective])

    chunks = range(0, len(test), 100)
    seeds = tf.random.stateless_uniform([len(chunks), 2], [1, 2], maxval=2**31 - 1, dtype=tf.int32)
    values = [bound(test[start : start + 100], seed) for start, seed in zip(chunks, seeds, strict=True)]
    return np.concatenate(values)


def train(report, work):
    """Returns the trained model."""
    tensorflow_settings.apply(report)
    dataset = data.from_array(images.raw(work, "train"), batch_size=work["batch_size"], seed=work["seed"])
    vae = tfvae_model.build(work)
    vae.fit(dataset, epochs=work["epochs"], verbose=0, callbacks=[keras_clock.clock(report, work)])
    return vae


def main():
    """Runs the contender."""
    report = Report()
    vae = train(report, report.work)
    if report.work.get("stop_early"):
        return report.finish(samples=[report.first_step])
    report.result(test_bound(vae, images.raw(report.work, "test")))
    parameters = sum(math.prod(variable.shape) for variable in vae.trainable_variables)
    return report.finish(parameters=parameters, **tensorflow_settings.device_memory())


if __name__ == "__main__":
    main()
