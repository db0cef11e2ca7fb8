"""Where an epoch of `fit` goes: each part by itself, the others left out."""

import tensorflow as tf

from benchmarks import fashion_mnist
from benchmarks.contenders import tensorflow_settings, tfvae_model
from benchmarks.contenders.tfvae_training import train
from benchmarks.report import Report
from tfvae import data
from tfvae.data import resident
from tfvae.devices import xla


def pipeline(work):
    """Iterates over the dataset, and does nothing with it."""
    dataset = data.from_array(_images(work), batch_size=work["batch_size"])
    return lambda steps: [None for _ in dataset]


def memory(work):
    """Gathers the epoch's blocks from memory, as `fit` does."""
    dataset = data.from_array(_images(work), batch_size=work["batch_size"])
    batches = 128

    def run(steps):
        del steps
        epoch, ended = resident.Epoch(resident.of(dataset)), False
        while not ended:
            ended = epoch.block(None, batches, batches).ended

    return run


def arithmetic(work):
    """Runs `train_step` on one batch, all steps in one XLA program."""
    vae, batch = tfvae_model.build(work), _batch(work)

    @tf.function(jit_compile=True)
    def run(steps):
        def body(number):
            vae.train_step(batch)
            return (number + 1,)

        with xla.program():  # as `fit` runs it: without a branch for each step, with the noise that XLA is fast at
            return tf.while_loop(lambda number: number < steps, body, (tf.constant(0),), parallel_iterations=1)

    return lambda steps: run(tf.constant(steps))[0].numpy()


def dispatch(work):
    """Calls an XLA program of one `train_step` from Python."""
    vae, batch = tfvae_model.build(work), _batch(work)
    step = tf.function(vae.train_step, jit_compile=True)

    def run(steps):
        for _ in range(steps):
            logs = step(batch)
        return logs["loss"].numpy()

    return run


def _images(work):
    return fashion_mnist.images(work["source"], "train", work["examples"])


def _batch(work):
    return tf.constant(_images(work)[: work["batch_size"]])


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    if work["part"] == "fit":
        train(report, work)
        return report.finish()
    tensorflow_settings.apply(report)
    part = {"input": pipeline, "memory": memory, "arithmetic": arithmetic, "dispatch": dispatch}[work["part"]](work)
    report.training_begins()
    for _ in range(work["epochs"]):
        part(-(-work["examples"] // work["batch_size"]))
        report.step_done()
        report.epoch_done()
    return report.finish()


if __name__ == "__main__":
    main()
