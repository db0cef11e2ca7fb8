"""Networks that others have trained, for the features that they see."""

import keras

from tfvae import arguments
from tfvae.component import shape_tuple
from tfvae.networks import layers

#: The layers of the VAE-123 of Hou et al. (2017): edges, textures, and small patterns.
_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1")


def vgg19(image_shape, layer_names=_LAYERS, weights="imagenet"):
    """Returns pictures' intensities in [0, 1] -> what layers of VGG19 make of them, for `terms.Perceptual`.

    The layers after the last one named are left out: 0.56 million weights of 20 million remain.

    Args:
        image_shape: (height, width, channels), of 1 or 3 channels; sides from 32 on.
        layer_names: Names of convolutions of VGG19.
        weights: As for `keras.applications.VGG19`: "imagenet", which Keras downloads (80 MB) once, a file, or None for
            random ones.

    Returns:
        A functional `keras.Model`, [B, *image_shape] -> the outputs of these layers, [B, h, w, c], a list if there are
        several.

    Raises:
        ValueError: `image_shape` is not that of such a picture, there is no such layer, or the weights can't be had.

    Reference: Simonyan and Zisserman (2015), Very deep convolutional networks for large-scale image recognition, arXiv
    1409.1556.

    >>> vgg19((64, 64, 3), weights=None).output_shape
    [(None, 64, 64, 64), (None, 32, 32, 128), (None, 16, 16, 256)]
    """
    image_shape = shape_tuple("image_shape", image_shape)
    if len(image_shape) != 3 or image_shape[-1] not in (1, 3) or min(image_shape[:2]) < 32:
        expected = "(height, width, 1 or 3) with sides of 32 or more, such as (64, 64, 3)"
        raise arguments.invalid("image_shape", expected, image_shape)
    inputs = keras.Input(image_shape)
    colour = keras.layers.Concatenate()([inputs] * 3) if image_shape[-1] == 1 else inputs
    pixels = keras.applications.vgg19.preprocess_input(keras.layers.Rescaling(255.0)(colour))
    try:
        network = keras.applications.VGG19(include_top=False, weights=weights, input_tensor=pixels)
    except Exception as error:  # Keras raises no narrower one where a download fails
        raise ValueError(
            f"The weights {weights!r} of VGG19 can't be had. Download them where there is a network and give "
            "weights=FILE, or take another network, such as the convolutions of one that "
            f"evaluation.classifier(images, labels) trains. Keras says: {arguments.one_line(error)}"
        ) from error
    return layers.outputs_of(network, layer_names)
