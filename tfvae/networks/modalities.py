"""A network for each modality: the encoders of what is there of x, and the decoders of one z."""

from typing import Any

import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component, register, shape_tuple
from tfvae.networks.conditional import run, take_condition_of
from tfvae.vectors import by_name


def _networks(value, example) -> dict[str, Any]:
    """Returns {name: network} in the order of the names, refusing anything else."""
    good = isinstance(value, dict) and value and all(isinstance(name, str) for name in value)
    if not good or not all(callable(network) for network in value.values()):
        raise arguments.invalid("networks", f"a dict of a Keras model for each modality, such as {example}", value)
    return by_name.ordered(value)


@register
class ModalityEncoders(Component):
    """Features of each modality of x, and in which examples it is there: the encoder of `families.ProductOfExperts`.

    Each network sees its modality alone, and zeros in place of one that is absent; what it makes
    of them is not used. A `keras.layers.BatchNormalization` would count these zeros. A modality of which only
    some entries are missing has a `WithMask`.

    Reference: Wu and Goodman (2018), arXiv 1802.05335, section 2.2.

    Args:
        networks: {name: network}. Each may be a `Conditional`.
        event_shapes: {name: shape of one event}. None takes the shapes of the networks' inputs, which a
            Keras model knows, and `Conditional`, `WithMask` and a layer don't.

    Attributes:
        modalities: The names, in order.
        seen_shapes: `event_shapes`, where they are not given those of the networks.

    Raises:
        ValueError: `networks` is no such dict, a shape isn't known, or the networks' conditions differ.

    >>> from tfvae.networks import mlp_encoder
    >>> encoder = ModalityEncoders({"image": mlp_encoder((8, 8, 1), (32,)), "label": mlp_encoder((10,), (16,))})
    >>> found = encoder(tf.constant([[0.5] * 64 + [float("nan")] * 10]))
    >>> {name: (features.shape[-1], bool(there[0])) for name, (features, there) in found.items()}
    {'image': (32, True), 'label': (16, False)}
    """

    def __init__(self, networks, event_shapes=None, **kwargs):
        super().__init__(**kwargs)
        example = "{'image': networks.mlp_encoder((8, 8, 1)), 'label': networks.mlp_encoder((10,))}"
        self.networks = _networks(networks, example)
        self.modalities = tuple(self.networks)
        self.event_shapes = event_shapes
        self.seen_shapes = self._shapes(event_shapes)
        take_condition_of(self, self.networks.values())

    def _shapes(self, given):
        """Returns {name: shape}, given or that of the network's input."""
        if given is None:
            given = {name: getattr(network, "input_shape", (None,))[1:] for name, network in self.networks.items()}
        if not isinstance(given, dict) or sorted(given) != list(self.networks) or not all(given.values()):
            names = ", ".join(self.networks)
            expected = f"a dict of the shape of one event for each of {names}, as not all networks have an input_shape"
            raise arguments.invalid("event_shapes", expected, given)
        return {name: shape_tuple("event_shapes", given[name]) for name in self.networks}

    def call(self, x, condition=None, training=None):
        """Returns {name: (features [B, ...], [B] bool, whether it is there)}.

        Args:
            x: [B, D], the modalities flattened and joined in the order of their names, NaN where one is absent.
            condition: [B, ...], or None if no network takes one.
            training: As for every Keras layer.
        """
        found = {}
        for name, piece in by_name.split(tf.convert_to_tensor(x), self.seen_shapes).items():
            there = by_name.present(piece, self.seen_shapes[name])
            seen = tf.cast(by_name.where(there, piece, 0.0), self.compute_dtype)
            found[name] = run(self.networks[name], seen, condition, training), there
        return found


@register
class ModalityDecoders(Component):
    """Features for each modality from one z: the decoder of `families.Modalities`.

    Args:
        networks: {name: network}, each from z to features. Each may be a `Conditional`.

    Attributes:
        modalities: The names, in order.

    Raises:
        ValueError: `networks` is no such dict, or the networks' conditions differ.

    >>> from tfvae.networks import mlp_decoder
    >>> decoder = ModalityDecoders({"image": mlp_decoder((2,), (32,)), "label": mlp_decoder((2,), (16,))})
    >>> {name: features.shape[-1] for name, features in decoder(tf.zeros([5, 2])).items()}
    {'image': 32, 'label': 16}
    """

    def __init__(self, networks, **kwargs):
        super().__init__(**kwargs)
        example = "{'image': networks.mlp_decoder((16,)), 'label': networks.mlp_decoder((16,))}"
        self.networks = _networks(networks, example)
        self.modalities = tuple(self.networks)
        take_condition_of(self, self.networks.values())

    def call(self, z, condition=None, training=None):
        """Returns {name: features [B, ...]}.

        Args:
            z: [B, ...].
            condition: [B, ...], or None if no network takes one.
            training: As for every Keras layer.
        """
        return {name: run(network, z, condition, training) for name, network in self.networks.items()}
