"""An encoder of all modalities together, on top of those of each."""

import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component, register
from tfvae.networks.conditional import run, take_condition_of
from tfvae.networks.modalities import ModalityEncoders

#: Where the joint features stand beside those of each modality. No modality has this name.
JOINT = "+"


@register
class JointEncoder(Component):
    """Features of each modality, and of all of them together: the encoder of `families.JointAndExperts`.

    The joint network sees the features of all modalities, flattened and joined in the order of their names, so
    that it knows nothing of pictures or labels itself. Where a modality is absent, what it makes of the others is not
    used.

    Reference: Suzuki, Nakayama and Matsuo (2016), Joint multimodal learning with deep
    generative models, arXiv 1611.01891, who have layers of their own below the joint ones.

    Args:
        encoders: `networks.ModalityEncoders`.
        network: From the joined features to features. It may be a `Conditional`.

    Attributes:
        modalities: The names, in order.
        seen_shapes: The shape of each modality.

    Raises:
        ValueError: `encoders` or `network` is something else, or their conditions differ.

    >>> from tfvae.networks import mlp_encoder
    >>> each = ModalityEncoders({"image": mlp_encoder((8, 8, 1), (32,)), "label": mlp_encoder((10,), (16,))})
    >>> found = JointEncoder(each, mlp_encoder((48,), (24,)))(tf.constant([[0.5] * 64 + [float("nan")] * 10]))
    >>> {name: (features.shape[-1], bool(there[0])) for name, (features, there) in found.items()}
    {'image': (32, True), 'label': (16, False), '+': (24, False)}
    """

    def __init__(self, encoders, network, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(encoders, ModalityEncoders):
            raise arguments.invalid("encoders", "networks.ModalityEncoders({name: network, ...})", encoders)
        if not callable(network):
            raise arguments.invalid("network", "a Keras model, such as networks.mlp_encoder((1024,))", network)
        self.encoders, self.network = encoders, network
        self.modalities = encoders.modalities
        self.seen_shapes = encoders.seen_shapes
        take_condition_of(self, [encoders, network])

    def call(self, x, condition=None, training=None):
        """Returns {name: (features [B, ...], [B] bool, whether it is there), "+": likewise, of all}.

        Args:
            x: [B, D], the modalities flattened and joined in the order of their names, NaN where one is absent.
            condition: [B, ...], or None if no network takes one.
            training: As for every Keras layer.
        """
        found = run(self.encoders, x, condition, training)
        flat = [tf.reshape(features, [tf.shape(features)[0], -1]) for features, _ in found.values()]
        sizes = [features.shape[1:].num_elements() for features, _ in found.values()]
        joined = tf.ensure_shape(tf.concat(flat, axis=-1), [None, sum(sizes)])
        every = tf.reduce_all(tf.stack([there for _, there in found.values()]), axis=0)
        return found | {JOINT: (run(self.network, joined, condition, training), every)}
