"""Any network, made conditional."""

import math

from keras import ops

from tfvae import arguments
from tfvae.component import Component, register, shape_tuple


@register
class Conditional(Component):
    """Passes the condition to a network as extra channels of its input.

    network(concat[x, c]), c repeated at every position of x

    Reference: Sohn, Lee and Yan (2015), Learning structured output
    representation using deep conditional generative models.

    Args:
        network: A Keras model whose input has one extra channel on its last axis for
            each number of the condition.
        condition_shape: Shape of one condition; () for a label.
        num_classes: Number of labels, which are then one-hot encoded.

    Raises:
        ValueError: `num_classes` is given for a condition that is not a scalar.

    >>> import tensorflow as tf
    >>> from tfvae.networks import mlp_decoder
    >>> network = Conditional(mlp_decoder((16 + 10,)), num_classes=10)
    >>> network(tf.zeros([5, 16]), tf.constant([0, 1, 2, 3, 4])).shape
    TensorShape([5, 512])
    """

    def __init__(self, network, condition_shape=(), num_classes=None, **kwargs):
        super().__init__(**kwargs)
        self.network = network
        self.condition_shape, num_classes = condition_of(condition_shape, num_classes)
        if not callable(network):
            raise arguments.invalid("network", "a Keras model, such as networks.mlp_encoder((8, 8, 1 + 10))", network)
        self.num_classes = num_classes

    @property
    def condition_dtype(self):
        """Dtype in which a condition is served: int32 for labels, else float32."""
        return "float32" if self.num_classes is None else "int32"

    def call(self, x, condition, training=None):
        """Returns the network's features.

        Args:
            x: [B, ...].
            condition: [B, *condition_shape].
            training: As for every Keras layer.
        """
        x = ops.cast(x, self.compute_dtype)
        channels = as_vectors(self, condition)
        channels = ops.reshape(channels, [-1, *[1] * (len(x.shape) - 2), size_of(self)])
        # Multiplying by ones keeps the batch dynamic for every exporter.
        channels = channels * ops.ones_like(x[..., :1])
        return self.network(ops.concatenate([x, channels], axis=-1), training=training)


def condition_of(condition_shape, num_classes):
    """Returns both as a part keeps them, a tuple and an int or None.

    Raises:
        ValueError: `num_classes` is given for a condition that is not a scalar, or is no int >= 2.
    """
    condition_shape = shape_tuple("condition_shape", condition_shape)
    if num_classes is not None:
        labels = "an int >= 2, for a condition that is a label, condition_shape=()"
        num_classes = arguments.integer("num_classes", num_classes, labels, minimum=2)
        if condition_shape:
            raise arguments.invalid("condition_shape", "() with num_classes", condition_shape)
    return condition_shape, num_classes


def size_of(part):
    """Returns how many numbers a condition of the part's has as a vector."""
    return part.num_classes or math.prod(part.condition_shape)


def as_vectors(part, condition):
    """Returns the conditions of a part as vectors, [B, size], labels one-hot."""
    if part.num_classes is None:
        return ops.reshape(ops.cast(condition, part.compute_dtype), [-1, size_of(part)])
    labels = ops.cast(ops.reshape(condition, [-1]), "int32")
    return ops.one_hot(labels, part.num_classes, dtype=part.compute_dtype)


def takes_condition(part):
    """Whether `part` is called with a condition, that is, has a `condition_shape`."""
    return getattr(part, "condition_shape", None) is not None


def condition_optional(part):
    """Whether `part` takes a condition that may be unknown: left out, or -1 for an example whose label is unknown."""
    return getattr(part, "condition_optional", False)


def told(model):
    """Returns the parts of a model that take a condition."""
    parts = (model.encoder, model.posterior, model.decoder, model.prior)
    return [part for part in parts if takes_condition(part)]


def given(model):
    """Returns what the condition of a batch is for: the parts that are told, and the terms that take labels."""
    return [*told(model), *(term for term in model.objective if takes_condition(term))]


def take_condition_of(part, within):
    """Makes a part conditional if one of the networks within it is.

    Args:
        part: A Keras layer that calls others.
        within: Those, all of which are given the part's condition.

    Raises:
        ValueError: They expect different conditions.
    """
    found = [network for network in within if takes_condition(network)]
    for name in ("condition_shape", "condition_dtype", "num_classes"):
        values = {getattr(network, name, None) for network in found}
        if len(values) > 1:
            raise ValueError(
                f"The networks of {type(part).__name__} are given one condition, and expect other ones. Received: "
                f"{name} {', '.join(map(str, sorted(values, key=str)))}. Make their networks.Conditional with one."
            )
        setattr(part, name, values.pop() if values else None)
    part.condition_optional = bool(found) and all(condition_optional(network) for network in found)


def run(network, x, condition, training):
    """Calls a network, conditional or not."""
    if takes_condition(network):
        return network(x, ops.convert_to_tensor(condition), training=training)
    return network(x, training=training)
