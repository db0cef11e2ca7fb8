"""A picture in several steps, each of which adds to what the last one left."""

import math

import keras

from tfvae import families, networks, priors
from tfvae.recipes import by_size


def _flat_picture(features, event_shape):
    """Returns a picture made of features, flat."""
    if len(features.shape) == 2:
        return keras.layers.Dense(math.prod(event_shape))(features)
    return keras.layers.Flatten()(keras.layers.Conv2D(event_shape[-1], 3, padding="same")(features))


def _refinement(event_shape, latents):
    """Returns (the picture before, z) as one vector -> the picture after, flat.

    The change is added to the picture, so that a step that has nothing to add can leave it alone.
    """
    size = math.prod(event_shape)
    inputs: keras.KerasTensor = keras.Input((size + latents,))
    before, z = inputs[:, :size], inputs[:, size:]
    if by_size.has_maps(event_shape):
        maps = [keras.layers.Reshape(event_shape)(before), by_size.decoder((latents,), event_shape)(z)]
        seen = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(keras.layers.Concatenate()(maps))
    else:
        seen = by_size.decoder((size + latents,), event_shape)(inputs)
    return keras.Model(inputs, keras.layers.Add()([before, _flat_picture(seen, event_shape)]))


def _beginning(event_shape, latents):
    """Returns z -> the first picture, flat."""
    z: keras.KerasTensor = keras.Input((latents,))
    return keras.Model(z, _flat_picture(by_size.decoder((latents,), event_shape)(z), event_shape))


def parts(event_shape, sizes):
    """Returns encoder, posterior, prior and decoder of a `VAE` whose layers are steps of one picture.

    Args:
        event_shape: Shape of x.
        sizes: Latent dimensions of each step, two or more.

    >>> parts((8, 8, 1), [2, 3])["posterior"]
    TopDown([Normal((2,)), Normal((3,))])
    """
    encoder = by_size.encoder(event_shape)
    # One network sees x; each step has its own view of what that found.
    views = [encoder]
    for _ in sizes[1:]:
        views.append(networks.mlp_encoder(tuple(views[-1].output_shape[1:]), (256,)))
    blocks = [_beginning(event_shape, sizes[0]), *(_refinement(event_shape, each) for each in sizes[1:])]
    # As the picture that it is, so that the head needs one number for each channel, not for each pair of pixels.
    blocks[-1] = keras.Sequential([blocks[-1], keras.layers.Reshape(event_shape)])
    laws, below = ([families.Normal((each,)) for each in some] for some in (sizes, sizes[1:]))
    return {
        "encoder": networks.BottomUpEncoder(views),
        "posterior": families.TopDown(laws),
        "prior": priors.Hierarchical(priors.StandardNormal(laws[0].event_shape), below),
        "decoder": networks.TopDownDecoder(blocks, [law.event_shape for law in laws]),
    }
