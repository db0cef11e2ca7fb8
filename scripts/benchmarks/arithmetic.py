"""How many floating-point operations a case needs: those of its matrix products and convolutions, and no others."""


def _layers(network, latent):
    """Returns (encoder, decoder): multiplications for one example in each layer, the encoder's first layer first."""
    if network == "mlp":
        return [784 * 512, 512 * 2 * latent], [latent * 512, 512 * 784]
    encoder = [14 * 14 * 9 * 32, 7 * 7 * 9 * 32 * 64, 3136 * 2 * latent]
    # A transposed convolution multiplies at each position of its input.
    return encoder, [latent * 3136, 7 * 7 * 9 * 64 * 64, 14 * 14 * 9 * 64 * 32, 28 * 28 * 32]


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
