"""How well a model gives back what it was given."""

from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tfvae.data import epoch
from tfvae.evaluation import estimate, features, intensities
from tfvae.evaluation.estimate import Estimate
from tfvae.inputs import datasets, models

# Of Wang et al. (2004): a Gaussian window of 11 pixels.
_WINDOW = 11


class Reconstruction(NamedTuple):
    """How far reconstructions are from the data; pictures as intensities in [0, 1].

    Attributes:
        squared_error: Sum over the entries of an example that are there.
        squared_error_per_entry: Mean over these entries, pixels and channels.
        psnr: Peak signal-to-noise ratio in dB, of each example -10 log10(its squared error per entry), as the peak
            is 1; the mean of these. That of the mean error, -10 log10(squared_error_per_entry.value), is lower. None
            for events that are no pictures.
        ssim: Structural similarity in [-1, 1], 1 for equal pictures. None for events that are no pictures, that are
            smaller than 3 pixels, or that have missing entries.
        ssim_window: Side of the window in pixels, 11 or, for smaller pictures, the largest odd number that fits; or
            None. Figures of different windows can't be compared.
        feature_distance: Euclidean distance in the features of `network`, or None.
        network: Which network that was, or None.
        num_examples: N.
    """

    squared_error: Estimate
    squared_error_per_entry: Estimate
    psnr: Estimate | None
    ssim: Estimate | None
    ssim_window: int | None
    feature_distance: Estimate | None
    network: str | None
    num_examples: int


def _window(shape):
    """Returns the side of SSIM's window, or None where there is no SSIM."""
    side = min(_WINDOW, *shape[:2]) if intensities.is_picture(shape) else 0
    return side - (side + 1) % 2 if side >= 3 else None


def _pair(vae, raw, condition):
    """Returns the data and its reconstruction, [B, *event] each, pictures as intensities."""
    z = vae.encode_preprocessed(vae.preprocess(raw), condition).mean()
    return intensities.of_model(vae, raw), intensities.of_x(vae, vae.decode(z, condition, raw).mean())


def _errors(clean, again):
    """Returns the sums of squares and the number of entries that are there, [B] each."""
    there = ~tf.math.is_nan(clean)
    squares = tf.where(there, tf.cast(clean, tf.float64) - tf.cast(again, tf.float64), 0.0) ** 2
    axes = list(range(1, clean.shape.rank))
    return tf.reduce_sum(squares, axes), tf.reduce_sum(tf.cast(there, tf.float64), axes)


def reconstruction(vae, dataset, network: Any = None, verbose: Any = "auto"):
    """Measures how far reconstructions are from the data.

    x' = E[p(x|z)] at z = E[q(z|x)]

    The data is E[x] over the preprocessing's own noise, as intensities of a picture: for `data.DynamicBinarize` the
    grey picture, where the encoder is given the thresholded one, for `data.Binarize` the black and white one. Nothing
    is clipped. Events that are no pictures [height, width, channels] have squared errors alone, in x's units.

    References: Wang, Bovik, Sheikh and Simoncelli (2004), Image quality assessment: from error visibility to structural
    similarity, by `tf.image.ssim`.

    Args:
        vae: The model.
        dataset: Batches as for `fit`, finite; sample weights are ignored.
        network: A Keras model from intensities to features, such as `evaluation.classifier(...).features`, or None.
        verbose: As for Keras's `evaluate`: 0 shows no progress bar.

    Returns:
        A `Reconstruction`, of `Estimate`s with their standard errors over the examples.

    Raises:
        ValueError: Pictures that are no intensities in [0, 1], a network that doesn't take them, no data, or an array
            instead of batches.

    >>> from tfvae import data, evaluation, recipes
    >>> vae = recipes.vae((8, 8, 1), latent_size=2)
    >>> images, labels = data.digits("validation")
    >>> found = evaluation.reconstruction(vae, data.from_array(images), verbose=0)
    >>> found.ssim_window, found.num_examples
    (7, 180)
    """
    models.usable(vae)
    features.check(network)
    datasets.batches("dataset", dataset)
    shape = vae.likelihood.event_shape
    picture, window = intensities.is_picture(shape), _window(shape)
    extract = features.of(network)

    def measure(raw, condition):
        clean, again = _pair(vae, raw, condition)
        found = [clean, again, *_errors(clean, again)]
        if window is not None:
            similar = tf.image.ssim(tf.cast(clean, tf.float32), tf.cast(again, tf.float32), 1.0, filter_size=window)
            found.append(tf.cast(similar, tf.float64))
        return found

    # Made anew in each call: a function kept outside the model would keep the model alive.
    compiled = tf.function(measure, autograph=False, reduce_retracing=True)
    total = int(dataset.cardinality()) if hasattr(dataset, "cardinality") else -1
    bar = keras.utils.Progbar(total if total > 0 else None, verbose=1 if verbose == "auto" else verbose)
    squares, entries, similar, distances = [], [], [], []
    with epoch.in_order():
        for number, batch in enumerate(dataset):
            raw, condition, _ = vae.unpack(batch)
            vae.preprocess(raw)  # refuses values that a graph can't see
            clean, again, square, there, *rest = compiled(raw, condition)
            if picture:
                intensities.check_of_model(vae, clean)
            squares.append(square.numpy())
            entries.append(there.numpy())
            similar += [each.numpy() for each in rest]
            if network is not None:
                apart = extract(tf.cast(clean, tf.float32)) - extract(tf.cast(again, tf.float32))
                distances.append(np.sqrt((apart**2).sum(axis=1)))
            bar.update(number + 1, finalize=number + 1 == total)
    if not squares:
        raise ValueError("The dataset is empty: nothing to reconstruct.")
    square, there = np.concatenate(squares), np.concatenate(entries)
    if not there.all():
        raise ValueError(
            "Invalid value for argument `dataset`. Expected entries in each example. Received: one of NaN alone."
        )
    mean = square / there
    with np.errstate(divide="ignore"):
        decibel = -10 * np.log10(mean)
    whole = bool((there == np.prod(shape)).all())
    return Reconstruction(
        estimate.of_examples(square),
        estimate.of_examples(mean),
        estimate.of_examples(decibel) if picture else None,
        estimate.of_examples(np.concatenate(similar)) if window and whole else None,
        window if whole else None,
        estimate.of_examples(np.concatenate(distances)) if distances else None,
        None if network is None else features.name(network),
        len(square),
    )
