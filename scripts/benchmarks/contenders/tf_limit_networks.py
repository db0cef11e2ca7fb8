"""The networks of the hand-written limit, as functions of a list of arrays."""

import numpy as np
import tensorflow as tf


def _glorot(rng, shape):
    receptive = int(np.prod(shape[:-2]))
    limit = np.sqrt(6 / (receptive * (shape[-2] + shape[-1])))
    return tf.constant(rng.uniform(-limit, limit, shape).astype("float32"))


class _Network:
    """Kernels of Keras's initial distribution, zero biases; products in bfloat16 where `half`."""

    def __init__(self, latent, half=False):
        self._dtype = tf.bfloat16 if half else tf.float32
        self.latent = latent

    def initial(self, seed):
        """Returns [kernel, bias, kernel, bias, ...]."""
        rng = np.random.default_rng(seed)
        values = []
        for shape, bias in self.shapes():
            values += [_glorot(rng, shape), tf.zeros([bias])]
        return values

    def _cast(self, *tensors):
        return [tf.cast(tensor, self._dtype) for tensor in tensors]

    def _dense(self, x, kernel, bias):
        x, kernel, bias = self._cast(x, kernel, bias)
        return x @ kernel + bias


class Mlp(_Network):
    """784-512-2 latent, latent-512-784."""

    def shapes(self):
        """Returns the shape of each kernel with the size of its bias."""
        sizes = ((784, 512), (512, 2 * self.latent), (self.latent, 512), (512, 784))
        return [(pair, pair[1]) for pair in sizes]

    def encode(self, values, x):
        """Returns loc and raw scale, float32."""
        hidden = tf.nn.relu(self._dense(x, *values[:2]))
        return tf.cast(self._dense(hidden, *values[2:4]), tf.float32)

    def decode(self, values, z):
        """Returns logits [N, 784], float32."""
        hidden = tf.nn.relu(self._dense(z, *values[4:6]))
        return tf.cast(self._dense(hidden, *values[6:8]), tf.float32)


class Conv(_Network):
    """Two strided convolutions of 32 and 64 channels, and their transposes."""

    def shapes(self):
        """Returns the shape of each kernel with the size of its bias."""
        return [
            ((3, 3, 1, 32), 32),
            ((3, 3, 32, 64), 64),
            ((3136, 2 * self.latent), 2 * self.latent),
            ((self.latent, 3136), 3136),
            ((3, 3, 64, 64), 64),
            ((3, 3, 32, 64), 32),  # transposed: (height, width, out, in)
            ((32, 1), 1),
        ]

    def encode(self, values, x):
        """Returns loc and raw scale, float32."""
        x = tf.reshape(x, [-1, 28, 28, 1])
        for kernel, bias in (values[:2], values[2:4]):
            x, kernel, bias = self._cast(x, kernel, bias)
            x = tf.nn.relu(tf.nn.conv2d(x, kernel, 2, "SAME") + bias)
        return tf.cast(self._dense(tf.reshape(x, [-1, 3136]), *values[4:6]), tf.float32)

    def decode(self, values, z):
        """Returns logits [N, 784], float32."""
        x = tf.reshape(tf.nn.relu(self._dense(z, *values[6:8])), [-1, 7, 7, 64])
        for kernel, bias in (values[8:10], values[10:12]):
            kernel, bias = self._cast(kernel, bias)
            shape = [tf.shape(x)[0], 2 * x.shape[1], 2 * x.shape[2], kernel.shape[2]]
            x = tf.nn.relu(tf.nn.conv2d_transpose(x, kernel, shape, 2, "SAME") + bias)
        logits = self._dense(tf.reshape(x, [-1, 32]), *values[12:14])
        return tf.cast(tf.reshape(logits, [-1, 784]), tf.float32)


BY_NAME = {"mlp": Mlp, "conv": Conv}
