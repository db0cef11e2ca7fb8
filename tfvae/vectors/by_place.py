"""Arrays as one vector, in their order: each flattened, then joined."""

import math

import tensorflow as tf


def join(values, shapes):
    """Returns arrays [..., *shape], all with the same leading axes, as one vector [..., D].

    >>> join([tf.ones([5, 2]), tf.zeros([5, 2, 2])], [(2,), (2, 2)]).shape
    TensorShape([5, 6])
    """
    flat = [
        tf.reshape(value, tf.concat([tf.shape(value)[: value.shape.rank - len(shape)], [math.prod(shape)]], 0))
        for value, shape in zip(values, shapes, strict=True)
    ]
    joined = tf.concat(flat, axis=-1)
    leading = values[0].shape[: values[0].shape.rank - len(shapes[0])]
    return tf.ensure_shape(joined, [*leading, sum(map(math.prod, shapes))])


def split(x, shapes):
    """Returns the arrays [..., *shape] of a vector [..., D]."""
    pieces = tf.split(x, [math.prod(shape) for shape in shapes], axis=-1)
    leading = tf.shape(x)[:-1]
    return [
        tf.ensure_shape(tf.reshape(piece, tf.concat([leading, shape], 0)), [*x.shape[:-1], *shape])
        for piece, shape in zip(pieces, shapes, strict=True)
    ]
