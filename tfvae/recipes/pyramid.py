"""Maps of latents at rising resolutions, several at each, above one another."""

import itertools

import keras

from tfvae import arguments, families, networks, priors
from tfvae.networks.attention import BRANCH_SCALE


def _sides(event_shape):
    """Returns (height, width) of each map, from the smallest."""
    if len(event_shape) != 3 or event_shape[0] % 2 or event_shape[1] % 2:
        raise arguments.invalid("event_shape", "pictures (height, width, channels) with even sides", event_shape)
    height, width = event_shape[0] // 2, event_shape[1] // 2
    sides = [(height, width)]
    while len(sides) < 4 and not (height % 2 or width % 2):
        height, width = height // 2, width // 2
        sides.insert(0, (height, width))
    return sides


def _small():
    """Returns what kernels begin with, so that all priors and posteriors begin near N(0, I).

    Of many layers with unlike scales the KLs of the first steps would be millions of nats.
    """
    return keras.initializers.VarianceScaling(BRANCH_SCALE)


def _view(shape, filters, smaller):
    """Returns a block of the encoder: x, or the view of the level below -> the view of a level."""
    first = []
    if shape[-1] != filters:
        first = [keras.layers.Conv2D(filters, 3, 2, "same", kernel_initializer=_small())]
    elif smaller:
        first = [keras.layers.AveragePooling2D(2)]
    return keras.Sequential([keras.Input(shape), *first, networks.ResidualBlock(filters)])


def _growth(shape, latents, filters, enlarge, last):
    """Returns a block of the decoder: the state above, joined with z of a level -> the state below.

    z is added to the state, so that a level whose z says nothing changes nothing.
    """
    inputs: keras.KerasTensor = keras.Input(shape)
    state = keras.layers.Conv2D(filters, 1, kernel_initializer=_small())(inputs[..., -latents:])
    if shape[-1] != latents:
        state = keras.layers.Add()([inputs[..., :-latents], state])
    # By name: Keras would make one up, another for the model from a file.
    state = networks.ResidualBlock(filters, name="residual")(state)
    if enlarge:
        state = keras.layers.Conv2DTranspose(filters, 3, 2, "same", kernel_initializer="he_normal")(state)
    return keras.Model(inputs, keras.layers.Activation("silu")(state) if last else state)


def parts(event_shape, latents, filters, depth, lower):
    """Returns encoder, posterior, prior and decoder of a `VAE` of pictures with many layers of latents.

    Args:
        event_shape: Shape of x.
        latents: Channels of z at each level.
        filters: Channels of all networks.
        depth: Levels at each resolution: halves, quarters, eighths and sixteenths of the picture's sides.
        lower: A `families.Normal` -> the posterior of a level below the top.

    Raises:
        ValueError: x are no pictures with even sides.

    >>> parts((8, 8, 1), 2, 16, 1, lambda family: family)["posterior"]
    TopDown([Normal((1, 1, 2)), Normal((2, 2, 2)), Normal((4, 4, 2))])
    """
    sides = [side for side in _sides(event_shape) for _ in range(depth)]
    maps = [(*side, filters) for side in sides]
    shapes = [(*side, latents) for side in sides]
    grows = [one != two for one, two in itertools.pairwise(sides)] + [True]
    inputs = [shapes[0], *((*side, filters + latents) for side in sides[1:])]
    views = [_view(event_shape, filters, smaller=False)]
    # From the bottom: what a level sees is made of what the one below it saw.
    views += [_view(shape, filters, smaller) for shape, smaller in zip(maps[:0:-1], grows[-2::-1], strict=True)]
    blocks = [
        _growth(shape, latents, filters, enlarge, last=number == len(sides) - 1)
        for number, (shape, enlarge) in enumerate(zip(inputs, grows, strict=True))
    ]
    laws = [families.Normal(shape) for shape in shapes]
    return {
        "encoder": networks.BottomUpEncoder(views),
        "posterior": families.TopDown([laws[0], *map(lower, laws[1:])]),
        "prior": priors.Hierarchical(priors.StandardNormal(shapes[0]), [families.Normal(s) for s in shapes[1:]]),
        "decoder": networks.TopDownDecoder(blocks, shapes),
    }
