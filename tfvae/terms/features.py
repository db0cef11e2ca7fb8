"""Distances of events in what the layers of a network see."""

import math

import keras
import tensorflow as tf

from tfvae import arguments


def of(network, layer_names):
    """Returns the functional model of a network's layers, events -> a list of their outputs.

    Args:
        network: A functional Keras model.
        layer_names: Names of its layers, or None for its output.

    Raises:
        ValueError: It has no such layer.
    """
    if layer_names is None:
        return keras.Model(network.inputs[0], list(network.outputs))
    known = [layer.name for layer in network.layers]
    if not layer_names or not set(layer_names) <= set(known):
        raise arguments.invalid("layer_names", f"names of the network's layers: {', '.join(known)}", layer_names)
    return keras.Model(network.inputs[0], [network.get_layer(name).output for name in layer_names])


def distance(network, x, made):
    """Returns sum_l 1/2 mean (f_l(x) - f_l(made))^2 over the features of each layer, [N]."""
    distances = []
    for true, own in zip(_outputs(network, x), _outputs(network, made), strict=True):
        squares = tf.reshape((true - own) ** 2, [tf.shape(true)[0], math.prod(true.shape[1:])])
        distances.append(0.5 * tf.reduce_mean(squares, axis=-1))
    return tf.add_n(distances)


def _outputs(network, events):
    found = network(events, training=False)
    found = found if isinstance(found, list | tuple) else [found]
    return [tf.cast(each, events.dtype) for each in found]
