"""A second layer of latents for what is local in a picture: a map, below a flat vector for the whole."""

from tfvae import arguments, families, networks, priors
from tfvae.recipes import by_size

#: The arguments of a `VAE` that `parts` returns.
MADE = {"encoder", "posterior", "prior", "decoder"}


def parts(event_shape, latent_size, channels):
    """Returns encoder, posterior, prior and decoder of a `VAE` of pictures with two layers of latents.

    z_1 ~ N(0, I), a vector;  z_2 ~ N(loc(s), scale(s)^2), a map,  s = block_1(z_1)

    The map has the size of the residual networks' smallest one. A dense layer to as many latents would have hundreds of
    weights for each, and would have to learn what a corner is at every place anew.

    Args:
        event_shape: Shape of x.
        latent_size: Number of dimensions of z_1.
        channels: Of z_2.

    Raises:
        ValueError: x has no residual networks.

    >>> parts((64, 64, 3), 128, 8)["posterior"]
    TopDown([Normal((128,)), Normal((8, 8, 8))])
    """
    stages = by_size.residual_channels(event_shape)
    if not stages:
        expected = f"0 for x of shape {event_shape}, as it is for pictures of even sides from 32x32 on"
        raise arguments.invalid("details", expected, channels)
    local = networks.residual_encoder(event_shape, stages, flatten=False)
    height, width, features = local.output_shape[1:]
    top, below = (latent_size,), (height, width, channels)
    # Half of the smallest map, where it can be halved.
    smaller = {"filters": (features,), "strides": (1 if height % 2 or width % 2 else 2,)}
    blocks = [
        networks.residual_decoder(top, (height, width), **smaller),
        networks.residual_decoder((height, width, features + channels), event_shape[:2], stages[::-1]),
    ]
    return {
        "encoder": networks.BottomUpEncoder([local, networks.residual_encoder((height, width, features), **smaller)]),
        "posterior": families.TopDown([families.Normal(top), families.Normal(below)]),
        "prior": priors.Hierarchical(priors.StandardNormal(top), [families.Normal(below)]),
        "decoder": networks.TopDownDecoder(blocks, [top, below]),
    }
