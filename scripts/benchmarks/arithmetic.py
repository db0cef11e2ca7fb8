"""How many floating-point operations a case needs: those of its matrix products and convolutions, and no others."""


def _layers(network, latent):
    """Returns (encoder, decoder): multiplications for one example in each layer, the encoder's first layer first."""
    if network == "mlp":
        return [784 * 512, 512 * 2 * latent], [latent * 512, 512 * 784]
    if network == "residual":
        return _residual(latent)
    encoder = [14 * 14 * 9 * 32, 7 * 7 * 9 * 32 * 64, 3136 * 2 * latent]
    # A transposed convolution multiplies at each position of its input.
    return encoder, [latent * 3136, 7 * 7 * 9 * 64 * 64, 14 * 14 * 9 * 64 * 32, 28 * 28 * 32]


def _residual(latent):
    # Of each stage the side of its map, then its channels and those of its neighbour.
    encoder, decoder = [], [latent * 4096]
    for side, channels, filters in ((32, 3, 16), (16, 16, 32), (8, 32, 64)):
        encoder += [side**2 * 9 * channels * filters, *[side**2 * 9 * filters**2] * 2]
    for side, filters, enlarged in ((8, 64, 32), (16, 32, 16), (32, 16, 16)):
        decoder += [*[side**2 * 9 * filters**2] * 2, side**2 * 9 * filters * enlarged]
    return [*encoder, 4096 * 2 * latent], [*decoder, 64**2 * 16 * 3]


def training(work):
    """Returns the operations of one epoch.

    A multiplication and an addition forward, twice as many backward: by the
    layer's input and by its kernel. The first layer needs no gradient by its input.

    Args:
        work: A case's specification.

    >>> training({"network": "mlp", "latent": 16, "examples": 1, "num_samples": 1})
    4161536
    """
    encoder, decoder = _layers(work["network"], work["latent"])
    products = 6 * (sum(encoder) + work["num_samples"] * sum(decoder)) - 2 * encoder[0]
    return work["examples"] * products


def decoding(work):
    """Returns the operations that decode one z."""
    return 2 * sum(_layers(work["network"], work["latent"])[1])
