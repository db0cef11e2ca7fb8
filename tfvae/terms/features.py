"""Distances of events in what the layers of a network see."""

import math

import tensorflow as tf


def distance(network, x, made):
    """Returns sum_l 1/2 mean (f_l(x) - f_l(made))^2 over the features of each layer, [N].

    Args:
        network: As by `networks.layers.outputs_of`.
        x: Events, [N, ...].
        made: Others, of the same shape.
    """
    distances = []
    outputs = (tf.nest.flatten(network(events, training=False)) for events in (x, made))
    for true, own in zip(*outputs, strict=True):
        true, own = tf.cast(true, x.dtype), tf.cast(own, x.dtype)
        squares = tf.reshape((true - own) ** 2, [tf.shape(true)[0], math.prod(true.shape[1:])])
        distances.append(0.5 * tf.reduce_mean(squares, axis=-1))
    return tf.add_n(distances)
