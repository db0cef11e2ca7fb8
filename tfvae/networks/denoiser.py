"""A residual network that knows how much noise is in what it sees."""

import math
from typing import Any

import keras
import tensorflow as tf

from tfvae import arguments
from tfvae.component import Component, register, shape_tuple
from tfvae.networks.activations import silu
from tfvae.networks.attention import BRANCH_SCALE, SelfAttention
from tfvae.networks.group_norm import GroupNorm
from tfvae.networks.residual_block import ResidualBlock

# Periods of the waves by which a noise level is told, in units of the level, which is a logarithm.
_SHORTEST, _LONGEST, _WAVES = 0.5, 16.0, 16


@register
class Denoiser(Component):
    """(x, noise level) -> an array of `event_shape`, for `priors.Diffusion`.

    Residual blocks, of a map `ResidualBlock`, of a vector the same with dense layers. Before each of them, numbers that
    a dense layer makes of the noise level are added to the channels, so that each block knows it.

    Reference: Ho, Jain and Abbeel (2020), Denoising diffusion probabilistic models, arXiv 2006.11239, appendix B, for a
    residual network that is told the level so.

    Args:
        event_shape: Shape of what it returns: of a map (height, width, channels), or any other, which is treated as a
            vector. x has the same places and any number of channels.
        filters: Channels inside.
        blocks: Residual blocks.
        attention: Whether `SelfAttention` follows each block of a map, but for the last.

    Raises:
        ValueError: A size is no positive int.

    >>> Denoiser((4, 4, 3), filters=16)(tf.zeros([2, 4, 4, 3]), tf.zeros([2])).shape
    TensorShape([2, 4, 4, 3])
    """

    # What it is called with is the noise level, by the name that all networks have for what they are told.
    condition_shape = ()
    condition_dtype = "float32"

    def __init__(self, event_shape, filters=64, blocks=4, attention=False, **kwargs):
        super().__init__(**kwargs)
        self.event_shape = shape_tuple("event_shape", event_shape)
        self.filters = arguments.integer("filters", filters)
        self.blocks = arguments.integer("blocks", blocks)
        self.attention = attention

    def build(self, input_shape):
        """Makes the layers for x [B, *places, C]."""
        mapped, width, kept = len(self.event_shape) == 3, self.filters, {"dtype": self.dtype_policy}
        # A vector has no convolutions, whose programs XLA makes slow on a CPU.
        self._inside = input_shape[1:] if mapped else (math.prod(input_shape[1:]),)
        channels = self.event_shape[-1] if mapped else math.prod(self.event_shape)
        small = keras.initializers.VarianceScaling(1e-3, "fan_in", "truncated_normal")
        self.first, self.last = _layer(mapped, width, "lecun_normal", kept), _layer(mapped, channels, small, kept)
        self.norm = _norm(mapped, kept)
        self.level = keras.layers.Dense(width, activation=silu, kernel_initializer="lecun_normal", **kept)
        self.offsets = [keras.layers.Dense(width, **kept) for _ in range(self.blocks)]
        block = ResidualBlock if mapped else _DenseBlock
        self.stages = [block(width, **kept) for _ in range(self.blocks)]
        self.looks = [SelfAttention(**kept) for _ in range(self.blocks - 1)] if self.attention and mapped else []
        self.first.build((None, *self._inside))
        self.level.build((None, 2 * _WAVES))
        for layer in (*self.stages, *self.looks, self.norm, self.last):
            layer.build((None, *self._inside[:-1], width))
        for layer in self.offsets:
            layer.build((None, width))
        self.built = True

    def call(self, x, condition, training=None):
        """Returns [B, *event_shape].

        Args:
            x: [B, *places, C].
            condition: The noise level, [B].
            training: Without effect.
        """
        del training
        x = self.first(tf.reshape(tf.cast(x, self.compute_dtype), [-1, *self._inside]))
        level = tf.cast(condition, self.float_dtype)[:, None]
        lengths = _SHORTEST * (_LONGEST / _SHORTEST) ** (tf.range(_WAVES, dtype=level.dtype) / (_WAVES - 1))
        waves = 2 * math.pi * level / lengths
        told = self.level(tf.cast(tf.concat([tf.sin(waves), tf.cos(waves)], -1), self.compute_dtype))
        told = tf.reshape(told, [-1, *[1] * (len(self._inside) - 1), self.filters])
        for number, (block, offset) in enumerate(zip(self.stages, self.offsets, strict=True)):
            x = block(x + offset(told))
            if number < len(self.looks):
                x = self.looks[number](x)
        return tf.reshape(self.last(silu(self.norm(x))), [-1, *self.event_shape])

    def compute_output_shape(self, input_shape, *_):
        """Returns [B, *event_shape]."""
        return (input_shape[0], *self.event_shape)


def _layer(mapped, size, initial, kept):
    """Returns the linear layer of a map or of a vector."""
    if mapped:
        return keras.layers.Conv2D(size, 3, padding="same", kernel_initializer=initial, **kept)
    return keras.layers.Dense(size, kernel_initializer=initial, **kept)


def _norm(mapped, kept) -> Any:
    return GroupNorm(**kept) if mapped else keras.layers.LayerNormalization(epsilon=1e-5, **kept)


class _DenseBlock(keras.layers.Layer):
    """`ResidualBlock` of a vector: two dense layers, each after a normalisation and an activation."""

    def __init__(self, size, **kept):
        super().__init__(**kept)
        small = keras.initializers.VarianceScaling(BRANCH_SCALE, "fan_in", "truncated_normal")
        kept = {"dtype": self.dtype_policy}
        self.norms = [_norm(False, kept) for _ in range(2)]
        self.layers = [_layer(False, size, initial, kept) for initial in ("he_normal", small)]

    def build(self, input_shape):
        for layer in (*self.norms, *self.layers):
            layer.build(input_shape)
        self.built = True

    def call(self, x):
        around = x
        for norm, layer in zip(self.norms, self.layers, strict=True):
            x = layer(silu(norm(x)))
        return around + x
