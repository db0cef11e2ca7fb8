"""Processes a batch in pieces when all its draws at once would take too much memory.

With K draws of z for each example the decoder's activations are K times those
of a plain VAE. The gradient is a sum over examples, so it can be taken piece by
piece and added up. Each example keeps all its draws, so a multi-sample bound
needs nothing computed twice. On the MLP of the benchmark with K = 50, two cores,
1 to 16 pieces take the same time to within 10 %, the noise.
"""

import math

import tensorflow as tf

from tfvae import random

# Dimensions of x over all draws of a piece, 4 MiB in float32: about as many as in a batch of a plain VAE.
_DIMENSIONS = 1 << 20


def divisible(model):
    """Returns whether the gradient of a batch is the sum of the gradients of its pieces."""
    # A network with state of its own, such as batch normalisation, updates it from the whole batch.
    stateful = model.encoder.non_trainable_weights or model.decoder.non_trainable_weights
    return not stateful and not model._loss.couples_examples


def size(model, batch_size):
    """Returns the number of examples per piece, an int or a scalar tensor, or None if the batch is one piece.

    Args:
        model: A `VAE`.
        batch_size: int, or a scalar tensor if it is not known statically.
    """
    draws = model.num_samples * model.posterior.enumerated
    if draws == 1 or not divisible(model):
        return None
    most = max(1, _DIMENSIONS // (draws * math.prod(model.likelihood.event_shape)))
    count = -(-batch_size // most)
    if isinstance(count, int):
        return None if count == 1 else -(-batch_size // count)
    return -(-batch_size // tf.maximum(count, 1))


def total(learn, x, condition, weights, seed, size, like):
    """Returns the sum over pieces of what `learn` returns for each.

    Args:
        learn: (x, condition, weights, seed, portion) -> tensors, which add up over
            the examples; `portion` is the piece's fraction of anything that doesn't.
        x: [B, ...] raw.
        condition: [B, ...] or None.
        weights: [B] shares of the batch's mean.
        seed: int32[2].
        size: Examples per piece, as `size` returns it; the last piece is padded with examples of weight 0.
        like: Tensors or variables with the shapes and dtypes of the result.
    """
    batch = tf.shape(x)[0]
    count = -(-batch // size)
    portion = 1.0 / tf.cast(count, weights.dtype)

    def add(number, sums):
        rows = number * size + tf.range(size)
        inside = rows < batch
        rows = tf.minimum(rows, batch - 1)
        seen = None if condition is None else tf.gather(condition, rows)
        shares = tf.where(inside, tf.gather(weights, rows), tf.zeros([size], weights.dtype))
        # 0 to 5 are folded in by the forward pass, an evaluation, the first look at data and terms that draw.
        values = learn(tf.gather(x, rows), seen, shares, random.fold(seed, 6, number), portion)
        return number + 1, [total + value for total, value in zip(sums, values, strict=True)]

    zeros = [tf.zeros(value.shape, value.dtype) for value in like]
    return tf.while_loop(lambda number, _: number < count, add, (0, zeros), parallel_iterations=1)[1]
