"""The networks that suit the size of x, which all recipes take by default."""

import math

import keras

from tfvae import arguments, networks

# From this side on, a picture's neighbourhoods say more than its places.
_CONVOLUTIONS = 16
# From this side on, depth pays.
_RESIDUAL = 32
# From this side on, another halving keeps the smallest map from taking most of the weights.
_DEEPER = 128
# Channels of the stages of residual networks.
_CHANNELS = (16, 32, 64, 64)
# Of a map of latents for what is local. Of emoji, 64 sides and 640 latents in all, it is worth 3 dB.
_DETAILS = 8


def _stages(shape):
    """Returns how often a picture is halved: 0 for what is none, is small, or has an odd side."""
    if len(shape) != 3 or min(shape[:2]) < _CONVOLUTIONS:
        return 0
    most = 2 if min(shape[:2]) < _RESIDUAL else 3 if min(shape[:2]) < _DEEPER else 4
    halvings = min((side & -side).bit_length() - 1 for side in shape[:2])
    return min(most, halvings)


def has_maps(shape):
    """Returns whether the networks of x are convolutions, and their features maps.

    >>> has_maps((28, 28, 1)), has_maps((8, 8, 1))
    (True, False)
    """
    return _stages(shape) > 0


def residual_channels(shape):
    """Returns the channels of each stage of the residual networks of x, or () where it has others.

    >>> [residual_channels(shape) for shape in ((30,), (28, 28, 1), (64, 64, 3))]
    [(), (), (16, 32, 64)]
    """
    stages = _stages(shape)
    return _CHANNELS[:stages] if stages and min(shape[:2]) >= _RESIDUAL else ()


def details(shape):
    """Returns the channels of a second layer of latents, a map, for x of this shape; 0 where one layer is enough.

    >>> [details(shape) for shape in ((30,), (28, 28, 1), (64, 64, 3))]
    [0, 0, 8]
    """
    return _DETAILS if residual_channels(shape) else 0


def latent_size(shape):
    """Returns a number of latent dimensions for x of this shape.

    >>> [latent_size(shape) for shape in ((30,), (8, 8, 1), (28, 28, 1), (64, 64, 3), (128, 128, 3))]
    [16, 16, 32, 128, 256]
    """
    if not _stages(shape):
        return 16
    return 32 if min(shape[:2]) < _RESIDUAL else 2 * min(shape[:2])


def encoder(shape):
    """Returns x -> flat features.

    Args:
        shape: Of x, and of a condition's channels if it is told one.

    Returns:
        From 16x16 on convolutions, from 32x32 on residual ones; for smaller pictures, odd sides and anything else one
        dense layer of 512 units.

    >>> [type(encoder(shape).layers[0]).__name__ for shape in ((8, 8, 1), (28, 28, 1))]
    ['Flatten', 'Conv2D']
    """
    stages = _stages(shape)
    if not stages:
        return networks.mlp_encoder(shape)
    channels = residual_channels(shape)
    if not channels:
        return networks.conv_encoder(shape, (32, 64)[:stages])
    return networks.residual_encoder(shape, channels)


def map_shape(shape, channels):
    """Returns the shape of a map of latents for pictures of a shape.

    Raises:
        ValueError: They are no pictures, or a side is odd.

    >>> map_shape((64, 64, 3), 4), map_shape((28, 28, 1), 4), map_shape((8, 8, 1), 4)
    ((8, 8, 4), (7, 7, 4), (4, 4, 4))
    """
    if len(shape) != 3 or shape[0] % 2 or shape[1] % 2:
        raise arguments.invalid("event_shape", "pictures (height, width, channels) with even sides", shape)
    scale = 2 ** max(1, _stages(shape))
    return (shape[0] // scale, shape[1] // scale, channels)


def map_networks(latent_shape, shape):
    """Returns (x -> a map of features, a map of latents -> features of x), residual, for `map_shape`'s maps."""
    filters = _CHANNELS[: max(1, _stages(shape))]
    encoder = networks.residual_encoder(shape, filters, flatten=False)
    return encoder, networks.residual_decoder(latent_shape, shape[:2], filters[::-1])


def decoder(latent_shape, shape):
    """Returns z -> features of an x of `shape`, the counterpart of `encoder`."""
    stages = _stages(shape)
    if not stages:
        return networks.mlp_decoder(latent_shape)
    size = (math.prod(latent_shape),)
    channels = residual_channels(shape)
    if not channels:
        network = networks.conv_decoder(size, shape[:2], (32, 64)[:stages][::-1])
    else:
        network = networks.residual_decoder(size, shape[:2], channels[::-1])
    if len(latent_shape) == 1:
        return network
    return keras.Sequential([keras.Input(latent_shape), keras.layers.Flatten(), network])


def lowest(above, size, network):
    """Returns `network` of the last `size` of `above + size` numbers: a decoder's block that forgets the state above.

    >>> lowest(3, 2, networks.linear((2,)))(keras.ops.arange(5.0)[None]).numpy().tolist()
    [[3.0, 4.0]]
    """
    inputs = keras.Input((above + size,))
    return keras.Model(inputs, network(inputs[:, above:]))
