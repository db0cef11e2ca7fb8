"""What layers of a network make of its input."""

import keras

from tfvae import arguments


def outputs_of(network, layer_names):
    """Returns the functional model of a network's layers, [B, ...] -> their outputs, a list if there are several.

    Args:
        network: A functional Keras model of one input.
        layer_names: Names of its layers, or None for its own outputs.

    Raises:
        ValueError: It has no such layer.

    >>> inputs = keras.Input((8, 8, 1))
    >>> edges = keras.layers.Conv2D(4, 3, name="edges")(inputs)
    >>> outputs_of(keras.Model(inputs, keras.layers.Flatten()(edges)), ["edges"]).output_shape
    (None, 6, 6, 4)
    """
    if layer_names is None:
        return keras.Model(network.inputs[0], list(network.outputs))
    known = [layer.name for layer in network.layers]
    if not layer_names or not set(layer_names) <= set(known):
        raise arguments.invalid("layer_names", f"names of the network's layers: {', '.join(known)}", layer_names)
    return keras.Model(network.inputs[0], [network.get_layer(name).output for name in layer_names])
