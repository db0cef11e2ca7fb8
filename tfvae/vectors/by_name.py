"""An example of several modalities as one vector: flattened and joined in the order of their names.

So all that takes x as one array, batches, weights, replicas and programs of many steps, takes it. A modality that is
absent in an example is NaN as a whole.
"""

import math

import tensorflow as tf

from tfvae.vectors import by_place


def ordered(named):
    """Returns a dict in the order of its names, which is that of the vector, whatever order it was written in."""
    return {name: named[name] for name in sorted(named)}


def size(shapes):
    """Returns how many numbers the vector has, for {name: shape of one event}."""
    return sum(math.prod(shape) for shape in shapes.values())


def join(values, shapes):
    """Returns the vector.

    Args:
        values: {name: [..., *shape]}, all with the same leading axes and one dtype of floats.
        shapes: {name: shape of one event}; one that isn't among `values` is absent in all examples.

    Returns:
        [..., D].

    >>> shapes = {"image": (2, 2), "label": (3,)}
    >>> join({"label": tf.constant([[0.0, 1.0, 0.0]])}, shapes).numpy().tolist()
    [[nan, nan, nan, nan, 0.0, 1.0, 0.0]]
    """
    values = {name: tf.convert_to_tensor(value) for name, value in values.items()}
    name, value = next(iter(values.items()))
    axes, absent = value.shape.rank - len(shapes[name]), tf.constant(math.nan, value.dtype)
    leading, static, shapes = tf.shape(value)[:axes], value.shape[:axes], ordered(shapes)

    def piece(name, shape):
        if name in values:
            return values[name]
        return tf.ensure_shape(tf.fill(tf.concat([leading, shape], 0), absent), [*static, *shape])

    return by_place.join([piece(*each) for each in shapes.items()], list(shapes.values()))


def split(x, shapes):
    """Returns {name: [..., *shape]} for vectors [..., D], in the order of the names."""
    shapes = ordered(shapes)
    return dict(zip(shapes, by_place.split(x, list(shapes.values())), strict=True))


def present(value, shape):
    """Returns [...] bool, whether a modality [..., *shape] is there: NaN in a part of it is another matter."""
    return tf.logical_not(tf.reduce_all(tf.math.is_nan(value), axis=list(range(-len(shape), 0))))


def where(there, value, other):
    """Returns `value` [..., *shape] in the examples that `there` [...] marks, and `other` in the rest."""
    there = tf.reshape(there, tf.concat([tf.shape(there), [1] * (value.shape.rank - there.shape.rank)], 0))
    return tf.where(there, value, tf.cast(other, value.dtype))
