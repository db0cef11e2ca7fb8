"""The limit in TensorFlow for the residual VAE of colour pictures, as `tf_limit` is for the small ones."""

import math

import numpy as np
import tensorflow as tf

from benchmarks import images
from benchmarks.contenders import tensorflow_settings, tf_limit
from benchmarks.report import Report

# Of the errors of earlier steps, as tfvae keeps them.
_KEPT = 0.9
_MIN_SCALE = 1e-3
_EPSILON = 1e-5
_STAGES = ((3, 16), (16, 32), (32, 64))
_ENLARGED = ((64, 32), (32, 16), (16, 16))
# Variance of a kernel's numbers over that of 1 / (inputs of an output); of the heads Glorot's, by inputs and outputs.
_LECUN, _HE, _SMALL, _GLOROT = 1.0, 2.0, 0.02, None


def _block(channels):
    kernel = (3, 3, channels, channels)
    return [("norm", channels, None), (kernel, channels, _HE), ("norm", channels, None), (kernel, channels, _SMALL)]


def layers(latent):
    """Returns (shape of the kernel or "norm", channels, variance of the kernel) of each layer, in the order of use."""
    found = []
    for channels, filters in _STAGES:
        found += [((3, 3, channels, filters), filters, _LECUN), *_block(filters)]
    found += [((4096, 2 * latent), 2 * latent, _GLOROT), ((latent, 4096), 4096, _LECUN)]
    for filters, enlarged in _ENLARGED:
        found += [*_block(filters), ((3, 3, enlarged, filters), enlarged, _HE)]
    return [*found, ((16, 3), 3, _GLOROT)]


def _kernel(rng, shape, scale):
    if scale is _GLOROT:
        limit = math.sqrt(6 / sum(shape))
        return tf.constant(rng.uniform(-limit, limit, shape).astype("float32"))
    # The spread of a normal distribution that is cut off at two of its own.
    spread = math.sqrt(scale / math.prod(shape[:-1])) / 0.87962566103423978
    return tf.random.stateless_truncated_normal(shape, rng.integers(2**31, size=2), stddev=spread)


def initial(latent, seed):
    """Returns the two arrays of each layer: kernel and bias, or scale and offset."""
    rng = np.random.default_rng(seed)
    values = []
    for shape, channels, scale in layers(latent):
        first = tf.ones([channels]) if shape == "norm" else _kernel(rng, shape, scale)
        values += [first, tf.zeros([channels])]
    return values


class Network:
    """The two networks, as functions of a list of arrays that are taken in the order of use.

    Args:
        values: As `initial` returns them.
        half: Whether products are in bfloat16.
    """

    def __init__(self, values, half):
        self._values = iter(values)
        self._dtype = tf.bfloat16 if half else tf.float32

    def _take(self, *others):
        return [tf.cast(each, self._dtype) for each in (*others, next(self._values), next(self._values))]

    def _convolution(self, x, stride=1):
        x, kernel, bias = self._take(x)
        return tf.nn.conv2d(x, kernel, stride, "SAME") + bias

    def _enlarged(self, x):
        x, kernel, bias = self._take(x)
        shape = [tf.shape(x)[0], 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2]]
        return tf.nn.conv2d_transpose(x, kernel, shape, 2, "SAME") + bias

    def _dense(self, x):
        x, kernel, bias = self._take(x)
        return x @ kernel + bias

    def _activated_norm(self, x):
        gamma, beta = next(self._values), next(self._values)
        wide = tf.cast(x, tf.float32)
        normal = group_norm(wide, gamma, beta, gamma.shape[0] // 16)
        return silu(tf.cast(normal, x.dtype))

    def _block(self, x):
        inner = x
        for _ in range(2):
            inner = self._convolution(self._activated_norm(inner))
        return x + inner

    def encode(self, x):
        """Returns loc and raw scale, float32."""
        for _ in _STAGES:
            x = self._block(self._convolution(x, 2))
        return tf.cast(self._dense(tf.reshape(silu(x), [-1, 4096])), tf.float32)

    def decode(self, z):
        """Returns the mean of each pixel, float32."""
        x = tf.reshape(self._dense(z), [-1, 8, 8, 64])
        for _ in _ENLARGED:
            x = self._enlarged(self._block(x))
        mean = self._dense(tf.reshape(silu(x), [-1, 16]))
        return tf.cast(tf.reshape(mean, [-1, 64, 64, 3]), tf.float32)


@tf.custom_gradient
def silu(x):
    """Returns x sigmoid(x), and keeps the sigmoid for the gradient."""
    sigmoid = tf.sigmoid(x)
    y = x * sigmoid
    return y, lambda upstream: upstream * (sigmoid + y * (1 - sigmoid))


def group_norm(x, gamma, beta, groups):
    """Returns the normalised map, with the gradient in closed form, which takes fewer passes than the tape's."""
    height, width, channels = x.shape[1:]
    size = channels // groups

    def mean(by_channel):
        sums = tf.reduce_sum(tf.reshape(by_channel, [-1, groups, size]), -1, keepdims=True)
        return tf.reshape(sums * tf.fill([groups, size], 1 / (height * width * size)), [-1, 1, 1, channels])

    @tf.custom_gradient
    def normalise(x, gamma, beta):
        centred = x - mean(tf.reduce_sum(x, [1, 2]))
        inverse = tf.math.rsqrt(mean(tf.reduce_sum(tf.square(centred), [1, 2])) + _EPSILON)
        scale = inverse * gamma

        def gradient(upstream):
            sums, products = tf.reduce_sum(upstream, [1, 2]), tf.reduce_sum(upstream * centred, [1, 2])
            for_gamma = tf.reduce_sum(products * tf.reshape(inverse, [-1, channels]), 0)
            common, along = inverse * mean(sums * gamma), inverse**3 * mean(products * gamma)
            return upstream * scale - (centred * along + common), for_gamma, tf.reduce_sum(sums, 0)

        return centred * scale + beta, gradient

    return normalise(x, gamma, beta)


def bounds(values, record, x, half):
    """Returns (the bound of each picture, [B] nats, and its squared error) for x [B, 64, 64, 3]."""
    network = Network(values, half)
    loc, raw = tf.split(network.encode(x), 2, axis=-1)
    scale = 1e-3 + tf.nn.softplus(raw + 0.54132485)
    mean = network.decode(loc + scale * tf.random.normal(tf.shape(loc)))
    kl = 0.5 * tf.reduce_sum(loc**2 + scale**2 - 1 - 2 * tf.math.log(scale), -1)
    error = tf.reduce_sum(tf.math.squared_difference(x, mean), [1, 2, 3])
    errors, seen = record
    variance = tf.maximum(tf.where(seen > 0, tf.math.divide_no_nan(errors, seen), 1.0), _MIN_SCALE**2)
    size = math.prod(x.shape[1:])
    return -0.5 * (error / variance + size * tf.math.log(2 * math.pi * variance)) - kl, error


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    tensorflow_settings.apply(report)
    half = work["gpu"]

    def step(state, rows):
        moved, (errors, seen) = state
        x = tf.cast(rows, tf.float32) / 255
        with tf.GradientTape() as tape:
            tape.watch(moved[1])
            bound, error = bounds(moved[1], (errors, seen), x, half)
            loss = -tf.reduce_mean(bound)
        moved = tf_limit.adam(moved, tape.gradient(loss, moved[1]), work)
        errors = _KEPT * errors + tf.reduce_sum(error) / math.prod(x.shape[1:])
        return (moved, (errors, _KEPT * seen + tf.cast(tf.shape(x)[0], tf.float32))), loss

    with tf.device("GPU:0" if work["gpu"] else "CPU:0"):
        state = (tf_limit.start(initial(work["latent"], work["seed"])), (tf.constant(0.0), tf.constant(0.0)))
        run = tf_limit.steps_program(step, jit_compile=work["gpu"])
        moved, record = tf_limit.train(report, run, state, tf.constant(images.raw(work, "train")))
        test = images.raw(work, "test")
        chunks = [tf.constant(test[at : at + 100] / 255, tf.float32) for at in range(0, len(test), 100)]
        report.result(np.concatenate([bounds(moved[1], record, x, half)[0] for x in chunks]))
    report.finish(parameters=tf_limit.size_of(moved[1]), **tensorflow_settings.device_memory())


if __name__ == "__main__":
    main()
