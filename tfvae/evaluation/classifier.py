"""A small network that sees what tells the pictures of a data set apart, for distances in its features."""

import itertools
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfvae import arguments, data
from tfvae.data import epoch, intensity
from tfvae.evaluation import intensities


class Classifier(NamedTuple):
    """A classifier of pictures.

    Attributes:
        features: `keras.Model` from intensities [B, h, w, c] to its last layer but one, [B, num_features], with a mean
            square of 1 over the training data: a `network` for `evaluation.fidelity` and `reconstruction`. Keep it with
            `features.save("features.keras")`.
        logits: The whole, to [B, classes].
        maps: `keras.Model` from intensities to what each convolution makes of them, a list of [B, h, w, c], each with a
            mean square of 1: a `network` for `terms.Perceptual`, `recipes.dfc_vae` and `autoencoder_kl`. All three
            share their layers.
        accuracy: On `test`, in [0, 1], or None.
    """

    features: Any
    logits: Any
    maps: Any
    accuracy: float | None


def _network(shape, classes, num_features, seed):
    """Returns the network of logits, and the outputs of its last layer but one and of each convolution before.

    Only the seed decides the weights.
    """
    seeds = itertools.count(seed * 1000)

    def weights():
        return keras.initializers.GlorotUniform(next(seeds))

    inputs: Any = keras.Input(shape)
    x, side = inputs, min(shape[:2])
    filters = 32 if side < 32 else 16  # of a large picture the first maps take most of the time
    x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer=weights())(x)
    maps = [x]
    while side > 4:
        filters, side = min(2 * filters, 128), -(-side // 2)
        layer = keras.layers.Conv2D
        x = layer(filters, 3, strides=2, padding="same", activation="relu", kernel_initializer=weights())(x)
        maps.append(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(num_features, activation="relu", kernel_initializer=weights(), name="features")(x)
    logits = keras.layers.Dense(classes, kernel_initializer=weights(), name="logits")(x)
    return keras.Model(inputs, logits, name=f"classifier_of_{classes}_classes_logits"), [x, *maps]


def _scaled(network, dataset):
    """Returns the network's outputs with a mean square of 1: a kernel's outliers would decide, were they large."""
    compiled = tf.function(
        lambda x: [tf.reduce_mean(tf.cast(y, tf.float64) ** 2) for y in network(x, training=False)],
        reduce_retracing=True,
    )
    squares, count = np.zeros(len(network.outputs)), 0
    with epoch.in_order():
        for x, *_ in dataset:
            squares, count = squares + len(x) * np.array(compiled(x)), count + len(x)
    scales = [1.0 if square == 0 else float(np.sqrt(count / square)) for square in squares]
    return [keras.layers.Rescaling(scale)(y) for scale, y in zip(scales, network.outputs, strict=True)]


def _labelled(argument, dataset, seed):
    """Returns a dataset of (x, label) and what is known after one pass: the pictures' shape and the classes."""
    if isinstance(dataset, tuple) and len(dataset) == 2:
        dataset = data.from_array(*dataset, seed=seed)
    if not isinstance(dataset, tf.data.Dataset):
        raise arguments.invalid(argument, "a tf.data.Dataset of batches (image, label), or two arrays", dataset)
    shape, highest = None, -1
    with epoch.in_order():
        for batch in intensities.batches(argument, dataset):
            x, label, _ = keras.utils.unpack_x_y_sample_weight(batch)
            if label is None or isinstance(label, tuple) or not label.dtype.is_integer or label.shape.rank != 1:
                raise ValueError(
                    f"Invalid value for argument `{argument}`. Expected batches (image, label), labels int [B], as by "
                    "data.load(..., labels=True). Pictures without labels have some by evaluation.rotations(images)."
                )
            if not intensities.is_picture(x.shape[1:]):
                raise arguments.invalid(argument, "pictures [B, height, width, channels]", tuple(x.shape))
            intensities.of_raw(argument, x)
            low, shape = int(np.min(label)), tuple(x.shape[1:])
            if low < 0:
                raise arguments.invalid(argument, "labels from 0 on", low)
            highest = max(highest, int(np.max(label)))
    if highest < 1:
        raise arguments.invalid(argument, "labels of at least two classes", highest + 1)

    def read(x, label, *_):
        return tf.cast(x, tf.float32) / intensity.white(x.dtype), label

    return dataset.map(read), shape, highest + 1


def classifier(train, test=None, *, epochs=20, num_features=64, seed=0, verbose: Any = "auto"):
    """Trains a small convolutional classifier, whose features tell apart what the labels tell apart.

    Where no network with trained weights fits the data, as for digits, this one does, and the same seed makes the same
    one. Its features know the classes and little beside; the Frechet distance in them is no "FID", which is that of
    one Inception network.

    Convolutions of 32 to 128 filters, of sides from 32 on 16 to 128, halving the picture until it is 4 pixels, then
    `num_features` and the classes; Adam at 0.001.

    Args:
        train: A dataset of batches (image, label), or two arrays; label int [B] in 0..classes - 1. Without labels:
            `evaluation.rotations(images)`.
        test: Likewise, for the accuracy, or None.
        epochs: Passes over `train`.
        num_features: Size of the last layer but one.
        seed: int >= 0, of the weights, and of the order of arrays.
        verbose: As for Keras's `fit`.

    Returns:
        A `Classifier`.

    Raises:
        ValueError: No labels, labels that are no classes, images that are no pictures.

    >>> from tfvae import data
    >>> images, labels = data.digits("validation")
    >>> found = classifier((images, labels), epochs=1, verbose=0)
    >>> found.features(tf.zeros([2, 8, 8, 1])).shape
    TensorShape([2, 64])
    """
    epochs = arguments.integer("epochs", epochs)
    num_features = arguments.integer("num_features", num_features)
    seed = arguments.integer("seed", seed, "an int >= 0", minimum=0)
    dataset, shape, classes = _labelled("train", train, seed)
    tested = None if test is None else _labelled("test", test, seed)[0]
    logits, seen = _network(shape, classes, num_features, seed)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    logits.compile(keras.optimizers.Adam(1e-3), loss, metrics=["accuracy"], jit_compile=False)
    with epoch.at(0):  # the order is that of the first epochs, whatever was read before
        logits.fit(dataset, epochs=epochs, verbose=verbose, shuffle=False)
    accuracy = None
    if tested is not None:
        accuracy = float(logits.evaluate(tested, verbose=0, return_dict=True)["accuracy"])
    features, *maps = _scaled(keras.Model(logits.input, seen), dataset)
    name = f"classifier_of_{classes}_classes"
    to_features, to_maps = (keras.Model(logits.input, outputs, name=name) for outputs in (features, maps))
    return Classifier(to_features, logits, to_maps, accuracy)


def rotations(images):
    """Returns pictures turned by quarters of a circle, with the number of quarters as the label.

    A network that tells them apart has to know which way up a picture is, and so what is on it: labels for pictures
    that have none. Pictures that are not square are turned by half a circle or not at all.

    Reference: Gidaris, Singh and Komodakis (2018), Unsupervised representation learning by predicting image rotations,
    arXiv 1803.07728.

    Args:
        images: An array [N, h, w, c], or a dataset of batches, of which anything but the images is dropped.

    Returns:
        A `tf.data.Dataset` of batches (image, label), each with all turns of its pictures.

    Raises:
        ValueError: They are no pictures.

    >>> turned, labels = next(iter(rotations(np.arange(4, dtype="uint8").reshape(1, 2, 2, 1))))
    >>> turned[:, 0, 0, 0].numpy().tolist(), labels.numpy().tolist()
    ([0, 1, 3, 2], [0, 1, 2, 3])
    """
    if hasattr(images, "shape"):
        images = data.from_array(images)
    if not isinstance(images, tf.data.Dataset):
        raise arguments.invalid("images", "an array of pictures, or a tf.data.Dataset of batches", images)
    first = tf.nest.flatten(images.element_spec)[0]
    if first.shape.rank != 4 or None in first.shape[1:3]:
        raise arguments.invalid("images", "pictures [B, height, width, channels]", tuple(first.shape))
    turns = range(4) if first.shape[1] == first.shape[2] else (0, 2)

    def turn(*batch):
        x = tf.nest.flatten(batch)[0]
        labels = tf.repeat(tf.range(len(turns)), tf.shape(x)[0])
        return tf.concat([tf.image.rot90(x, quarters) for quarters in turns], axis=0), labels

    return images.map(turn)
