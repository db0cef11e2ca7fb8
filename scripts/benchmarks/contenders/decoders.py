"""Three ways to enlarge a feature map, with the same channels: 7x7x64 -> 14x14x64 -> 28x28x32."""

import keras
import tensorflow as tf

from tfvae import networks

_SEED_MAP = (7, 7, 64)


class Resize(keras.layers.Layer):
    """Doubles height and width by repeating pixels."""

    def call(self, x):
        """Returns [B, 2 H, 2 W, C]."""
        return keras.ops.image.resize(x, (2 * x.shape[1], 2 * x.shape[2]), interpolation="nearest")


class DepthToSpace(keras.layers.Layer):
    """Doubles height and width by dividing the channels by 4."""

    def call(self, x):
        """Returns [B, 2 H, 2 W, C / 4]."""
        return tf.nn.depth_to_space(x, 2)


def _enlarging(latent, blocks):
    return keras.Sequential(
        [
            keras.Input((latent,)),
            keras.layers.Dense(7 * 7 * 64, activation="relu"),
            keras.layers.Reshape(_SEED_MAP),
            *(layer for block in blocks for layer in block),
        ]
    )


def transposed(latent):
    """Returns tfvae's own: transposed convolutions."""
    return networks.conv_decoder((latent,), (28, 28))


def resize(latent):
    """Returns nearest-neighbour enlargement, each followed by a 3x3 convolution."""
    return _enlarging(
        latent, ((Resize(), keras.layers.Conv2D(filters, 3, padding="same", activation="relu")) for filters in (64, 32))
    )


def sub_pixel(latent):
    """Returns 3x3 convolutions to four times the channels, and depth-to-space (Shi et al. 2016, arXiv 1609.05158)."""
    return _enlarging(
        latent,
        (
            (keras.layers.Conv2D(4 * filters, 3, padding="same", activation="relu"), DepthToSpace())
            for filters in (64, 32)
        ),
    )


BY_NAME = {"transposed": transposed, "resize": resize, "sub_pixel": sub_pixel}
