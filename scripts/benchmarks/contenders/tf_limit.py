"""The limit in TensorFlow: all steps of an epoch in one program, written out for this one model.

The images are resident as uint8, an epoch is one call with a permutation, and
parameters and Adam's moments are carried through a `tf.while_loop`. The
program is compiled by XLA, but for convolutions on a CPU, which XLA makes many
times slower: there it is a plain graph.
"""

import numpy as np
import tensorflow as tf

from benchmarks import fashion_mnist
from benchmarks.contenders import tensorflow_settings, tf_limit_networks
from benchmarks.report import Report

BETAS = 0.9, 0.999


def bounds(network, parameters, x, samples):
    """Returns the bound of each image, [B] nats, for x [B, 784]."""
    loc, raw = tf.split(network.encode(parameters, x), 2, axis=-1)
    scale = 1e-3 + tf.nn.softplus(raw + 0.54132485)
    noise = tf.random.normal([samples, tf.shape(x)[0], loc.shape[-1]])
    z = loc + scale * noise
    logits = tf.reshape(network.decode(parameters, tf.reshape(z, [-1, loc.shape[-1]])), [samples, -1, 784])
    # log p(x|z) = x logits - softplus(logits), in one pass.
    log_likelihood = tf.reduce_sum(x * logits - tf.nn.softplus(logits), -1)
    if samples > 1:
        log_ratio = tf.reduce_sum(0.5 * noise**2 - 0.5 * z**2 + tf.math.log(scale), -1)
        return tf.reduce_logsumexp(log_likelihood + log_ratio, 0) - np.log(samples)
    kl = 0.5 * tf.reduce_sum(loc**2 + scale**2 - 1 - 2 * tf.math.log(scale), -1)
    return log_likelihood[0] - kl


def adam(moved, gradients, work):
    """Returns (t, values, m, v) after a step of Adam from such a state."""
    t, values, m, v = moved
    first, second = BETAS
    t += 1.0
    rate = work["learning_rate"] * tf.sqrt(1 - second**t) / (1 - first**t)
    m = [a + (g - a) * (1 - first) for a, g in zip(m, gradients, strict=True)]
    v = [b + (g * g - b) * (1 - second) for b, g in zip(v, gradients, strict=True)]
    values = [p - rate * a / (tf.sqrt(b) + work["epsilon"]) for p, a, b in zip(values, m, v, strict=True)]
    return t, values, m, v


def start(values):
    """Returns Adam's state before the first step."""
    return tf.constant(0.0), values, [tf.zeros_like(p) for p in values], [tf.zeros_like(p) for p in values]


def size_of(values):
    """Returns how many numbers are trained."""
    return sum(value.shape.num_elements() for value in values)


def steps_program(step, jit_compile):
    """Returns (state, images, order [steps, batch]) -> (state, sum of losses).

    Args:
        step: (state, raw images) -> (state, loss).
        jit_compile: Whether XLA compiles it.
    """

    @tf.function(jit_compile=jit_compile)
    def run(state, images, order):
        def body(number, state, total):
            state, loss = step(state, tf.gather(images, order[number]))
            return number + 1, state, total + loss

        count = order.shape[0]
        loop = (tf.constant(0), state, tf.constant(0.0))
        _, state, total = tf.while_loop(lambda number, *_: number < count, body, loop, parallel_iterations=1)
        return state, total

    return run


def train(report, run, state, images):
    """Returns the state after all epochs.

    Args:
        report: `benchmarks.report.Report`.
        run: From `steps_program`.
        state: Before the first step.
        images: Raw, [N, ...], on the device.
    """
    work = report.work
    batch = work["batch_size"]
    whole = len(images) // batch * batch
    rng = np.random.default_rng(work["seed"])
    report.training_begins()
    for _ in range(work["epochs"]):
        order = rng.permutation(len(images)).astype("int32")
        state, total = run(state, images, tf.constant(order[:whole].reshape(-1, batch)))
        if whole < len(images):
            state, rest = run(state, images, tf.constant(order[None, whole:]))
            total += rest
        total.numpy()
        report.step_done()
        report.epoch_done()
    return state


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    tensorflow_settings.apply(report)
    network = tf_limit_networks.BY_NAME[work["network"]](work["latent"], half=work["gpu"])

    def step(state, rows):
        values = state[1]
        x = tf.cast(rows > 127, tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(values)
            loss = -tf.reduce_mean(bounds(network, values, x, work["num_samples"]))
        return adam(state, tape.gradient(loss, values), work), loss

    with tf.device("GPU:0" if work["gpu"] else "CPU:0"):
        images = fashion_mnist.images(work["source"], "train", work["examples"])
        run = steps_program(step, jit_compile=work["network"] == "mlp" or work["gpu"])
        state = train(report, run, start(network.initial(work["seed"])), tf.constant(images.reshape(-1, 784)))
        test = fashion_mnist.binary(work["source"], "test", work.get("test_examples")).reshape(-1, 784)
        chunks = [test[at : at + 100] for at in range(0, len(test), 100)]
        report.result(np.concatenate([bounds(network, state[1], x, work["num_samples"]) for x in chunks]))
    report.finish(parameters=size_of(state[1]), **tensorflow_settings.device_memory())


if __name__ == "__main__":
    main()
