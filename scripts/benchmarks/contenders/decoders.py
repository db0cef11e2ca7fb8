"""Three ways to enlarge a feature map, with the same channels: 7x7x64 -> 14x14x64 -> 28x28x32."""

import functools

import keras

from tfvae import networks


def _decoder(latent, enlarge):
    return networks.conv_decoder((latent,), (28, 28), enlarge=enlarge)


#: {name: latent size -> network}.
BY_NAME = {
    name: functools.partial(_decoder, enlarge=enlarge)
    for name, enlarge in (
        ("transposed", keras.layers.Conv2DTranspose),
        ("resize", networks.ResizeConv2D),
        ("sub_pixel", networks.SubPixelConv2D),
    )
}
